"""Between metres and radians here, and millimetres and degrees in the controller.

Configuration data (``confdata``) says which of up to eight joint configurations a pose
means: the quarter turns of axes 1, 4 and 6, and three signs in ``cfx`` (*Technical reference
manual RAPID*, data type ``confdata``). A controller refuses a linear move with a wrong one,
so it is computed from the joint angles that the driver's own kinematics found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.abb.configuration import AbbTool
from pregrasp.hardware.kinematics import Joints, Matrix

Confdata = tuple[int, int, int, int]
"""cf1, cf4, cf6 and cfx."""

_ON_THE_EDGE = 1e-6
"""Angles this close to a quarter turn are taken as on it, whatever rounding did [rad]."""


class ToolFrame:
    """Where the tool centre point is, seen from the flange.

    Args:
        tool: As in the cell's description.
    """

    def __init__(self, tool: AbbTool) -> None:
        c, s = math.cos(tool.turn), math.sin(tool.turn)
        # A turn about the flange's z axis, then half a turn about y.
        self.T_flange_tool: Matrix = np.array(
            [[-c, -s, 0.0, tool.x], [-s, c, 0.0, tool.y], [0.0, 0.0, -1.0, tool.z], [0, 0, 0, 1.0]]
        )
        self._T_tool_flange = np.linalg.inv(self.T_flange_tool)
        half = 0.5 * tool.turn
        self.quaternion = (0.0, -math.sin(half), math.cos(half), 0.0)
        """Rotation of ``T_flange_tool``, w first."""

    def flange_of(self, T_base_tool: Pose) -> Matrix:
        """``T_base_flange`` when the tool is at a pose."""
        T_base_flange: Matrix = T_base_tool.matrix() @ self._T_tool_flange
        return T_base_flange

    def tool_of(self, T_base_flange: Matrix) -> Pose:
        """``T_base_tool``; what is left of the tool's tilt is dropped."""
        T_base_tool = T_base_flange @ self.T_flange_tool
        x, y, z = T_base_tool[:3, 3].tolist()
        return Pose(x, y, z, math.atan2(float(T_base_tool[1, 0]), float(T_base_tool[0, 0])))


def confdata(joints: Sequence[float]) -> Confdata:
    """The configuration data of joint angles.

    Args:
        joints: Six angles [rad].
    """
    q1, q2, q3, q4, q5, q6 = joints
    # The elbow's offset makes the forearm lean by this much when joint 3 is at zero.
    lean = math.atan2(irb120.FOREARM, irb120.ELBOW_OFFSET)
    length = math.hypot(irb120.FOREARM, irb120.ELBOW_OFFSET)
    in_front = irb120.UPPER_ARM * math.sin(q2) + length * math.sin(q2 + q3 + lean)
    behind_axis_1 = in_front < 0.0
    behind_lower_arm = math.sin(q3 + lean) < 0.0
    cfx = 4 * behind_axis_1 + 2 * behind_lower_arm + (q5 < -_ON_THE_EDGE)
    return quarter(q1), quarter(q4), quarter(q6), cfx


def quarter(angle: float) -> int:
    """The quarter turn that an angle [rad] is in: 0 from 0 to 90 degrees, -1 below zero."""
    return math.floor((angle + _ON_THE_EDGE) / (0.5 * math.pi))


def to_degrees(joints: Sequence[float]) -> list[float]:
    """Joint angles as the controller writes them [deg]."""
    return [angle / DEG for angle in joints]


def from_degrees(angles: Sequence[float]) -> Joints:
    """Joint angles as the driver uses them [rad]."""
    a, b, c, d, e, f = (float(angle) * DEG for angle in angles)
    return a, b, c, d, e, f


def to_millimetres(pose: Pose) -> tuple[list[float], list[float]]:
    """Position [mm] and quaternion, w first, of a vertical tool in the base frame."""
    half = 0.5 * pose.theta
    return (
        [pose.x / MM, pose.y / MM, pose.z / MM],
        [math.cos(half), 0.0, 0.0, math.sin(half)],
    )
