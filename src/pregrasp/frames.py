"""Poses of a tool that always points straight down, and the moves between them.

The paper's arm keeps its tool perpendicular to the workbench, so a pose has four numbers:
a position and a rotation about the vertical. These poses form a group (the Schoenflies
group), and its planar part, SE(2), is the motion command v = (x, y, theta) of the paper.

Frames are named by one letter or word and a transform by the two frames it joins:
``T_base_tool`` is the pose of *tool* in *base*, it maps tool coordinates to base
coordinates, and ``T_base_tool @ T_tool_goal`` is ``T_base_goal``.

================  ====================================================================
frame             where it is
================  ====================================================================
``base``          foot of the robot, x forward, z up
``tool``          tool centre point (the paper's ``e``), z **up**, x and y as jogged
``pregrasp``      the tool frame at the taught pregrasp pose (the paper's ``e*``)
``grasp``         the tool frame at the taught grasp pose
``part``          centre of the part's underside, z up
``camera``        optical frame, x right, y down, z forward
================  ====================================================================

Everything is in metres and radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

MM = 1e-3
"""One millimetre [m]."""

DEG = math.pi / 180.0
"""One degree [rad]."""


def wrap_angle(angle: float) -> float:
    """The same angle in (-pi, pi] [rad].

    Example:
        >>> wrap_angle(1.5 * math.pi) == -0.5 * math.pi
        True
    """
    wrapped = math.remainder(angle, 2.0 * math.pi)
    return math.pi if wrapped == -math.pi else wrapped


@dataclass(frozen=True, slots=True)
class MotionCommand:
    """A planar move v = (x, y, theta), an element of SE(2), in the frame it starts from.

    The paper writes the translation in the base frame, yet labels a picture with the pose
    of e* in e (its eq. 3). Only the second reading can grasp a part that was put down at
    another angle, so it is the one used here: v is ``T_tool_pregrasp``.

    Example:
        >>> quarter = MotionCommand(0.1, 0.0, math.pi / 2)
        >>> twice = quarter @ quarter
        >>> round(twice.x, 6), round(twice.y, 6), round(twice.theta, 6)
        (0.1, 0.1, 3.141593)
    """

    x: float = 0.0
    """Along the x axis of the start frame [m]."""
    y: float = 0.0
    """Along the y axis of the start frame [m]."""
    theta: float = 0.0
    """About the vertical, counter-clockwise seen from above [rad]."""

    @property
    def translation(self) -> float:
        """Length of the translation [m]."""
        return math.hypot(self.x, self.y)

    @property
    def rotation(self) -> float:
        """Size of the rotation [rad], never negative."""
        return abs(self.theta)

    @property
    def distance(self) -> float:
        """How far it leads, one degree counting as one millimetre [mm]."""
        return self.translation / MM + self.rotation / DEG

    def __matmul__(self, other: MotionCommand) -> MotionCommand:
        c, s = math.cos(self.theta), math.sin(self.theta)
        return MotionCommand(
            self.x + c * other.x - s * other.y,
            self.y + s * other.x + c * other.y,
            wrap_angle(self.theta + other.theta),
        )

    def inverse(self) -> MotionCommand:
        """The move that leads back."""
        c, s = math.cos(self.theta), math.sin(self.theta)
        return MotionCommand(
            -c * self.x - s * self.y, s * self.x - c * self.y, wrap_angle(-self.theta)
        )

    def matrix(self) -> npt.NDArray[np.float64]:
        """The homogeneous matrix, float64 (3, 3) [m]."""
        c, s = math.cos(self.theta), math.sin(self.theta)
        return np.array([[c, -s, self.x], [s, c, self.y], [0.0, 0.0, 1.0]])

    def __str__(self) -> str:
        return f"({self.x / MM:+.3f} mm, {self.y / MM:+.3f} mm, {self.theta / DEG:+.3f} deg)"


@dataclass(frozen=True, slots=True)
class Pose:
    """A pose of a vertical tool: a position and a rotation about the vertical.

    Example:
        >>> T_base_tool = Pose(0.374, 0.0, 0.2, math.pi / 2)
        >>> T_tool_grasp = Pose(0.01, 0.0, -0.118)
        >>> str(T_base_tool @ T_tool_grasp)
        '(374.000 mm, 10.000 mm, 82.000 mm, 90.000 deg)'
    """

    x: float = 0.0
    """[m]"""
    y: float = 0.0
    """[m]"""
    z: float = 0.0
    """[m]"""
    theta: float = 0.0
    """About the vertical, counter-clockwise seen from above [rad]."""

    @classmethod
    def from_motion(cls, motion: MotionCommand, z: float = 0.0) -> Self:
        """A planar move as a pose, lifted by z [m]."""
        return cls(motion.x, motion.y, z, motion.theta)

    @property
    def planar(self) -> MotionCommand:
        """The part of the pose in the plane, without its height."""
        return MotionCommand(self.x, self.y, self.theta)

    def __matmul__(self, other: Pose | MotionCommand) -> Pose:
        rise = other.z if isinstance(other, Pose) else 0.0
        planar = other.planar if isinstance(other, Pose) else other
        return Pose.from_motion(self.planar @ planar, self.z + rise)

    def inverse(self) -> Pose:
        """The transform that leads back."""
        return Pose.from_motion(self.planar.inverse(), -self.z)

    def at_height(self, z: float) -> Pose:
        """The same pose at another height z [m]."""
        return Pose(self.x, self.y, z, self.theta)

    def matrix(self) -> npt.NDArray[np.float64]:
        """The homogeneous matrix, float64 (4, 4) [m]; the z axis points up."""
        c, s = math.cos(self.theta), math.sin(self.theta)
        return np.array(
            [
                [c, -s, 0.0, self.x],
                [s, c, 0.0, self.y],
                [0.0, 0.0, 1.0, self.z],
                [0.0, 0.0, 0.0, 1.0],
            ]
        )

    def __str__(self) -> str:
        x, y, z = self.x / MM, self.y / MM, self.z / MM
        return f"({x:.3f} mm, {y:.3f} mm, {z:.3f} mm, {self.theta / DEG:.3f} deg)"
