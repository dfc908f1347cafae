"""From the commands of a motion program to joint paths, or to the refusal a robot gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from pregrasp.frames import DEG, MM
from pregrasp.hardware import timing
from pregrasp.hardware.abb.geometry import confdata, quarter
from pregrasp.hardware.kinematics import (
    Joints,
    Matrix,
    branches,
    distance,
    exceeded,
    forward,
    inverse,
    nearest,
)
from pregrasp.hardware.virtual_controller.program_file import (
    Confdata,
    MoveAbsJ,
    MoveC,
    MoveJ,
    MoveL,
    ProgramFile,
    Speed,
    Target,
)

_LONGEST_JUMP = 0.2
"""Between neighbouring points of a path [rad]; more means that the wrist turns over."""
_EDGE = 0.1 * DEG
"""An angle this close to a quarter turn may be counted to either side [rad]."""
_TURN_STEP = 1.0 * DEG
"""Largest turn between neighbouring points of a path [rad]."""


class RefusedMotionError(Exception):
    """What ends a motion program.

    Args:
        code: ABB's event number.
        title: ABB's title of the event.
        detail: Which joint or target.
    """

    def __init__(self, code: int, title: str, detail: str) -> None:
        self.code = code
        self.title = title
        self.detail = detail
        super().__init__(f"{code} {title}: {detail}")


class MotionPlanner:
    """Plans one program's motions.

    Args:
        program: For its tool and work object.
    """

    def __init__(self, program: ProgramFile) -> None:
        self._T_base_work = program.T_base_work
        self._T_flange_tool = program.T_flange_tool
        self._T_tool_flange = np.linalg.inv(program.T_flange_tool)

    def plan(
        self, command: MoveAbsJ | MoveJ | MoveL | MoveC, here: Joints, ratio: float
    ) -> timing.Stretch:
        """The path of one command, from rest to rest.

        Args:
            command: Where to, and how.
            here: Where the arm is [rad].
            ratio: Of the programmed speed, in (0, 1].

        Raises:
            RefusedMotionError: The controller would not go there.
        """
        if isinstance(command, MoveAbsJ):
            number = exceeded(command.joints)
            if number is not None:
                raise RefusedMotionError(50027, "Joint Out of Range", f"rob1_{number}")
            points = [here, command.joints]
        elif isinstance(command, MoveJ):
            points = [here, self._solve(command.target, here)]
        else:
            points = self._path(command, here)
        return timing.Stretch(tuple(points), self._duration(points, command.speed) / ratio)

    # --- joints ------------------------------------------------------------------------
    def _solve(self, target: Target, seed: Joints) -> Joints:
        T_base_flange = self._T_base_work @ target.T_work_tool @ self._T_tool_flange
        reachable = inverse(T_base_flange, seed)
        for joints in reachable:
            if _matches(joints, target.configuration):
                return joints
        if reachable:
            raise RefusedMotionError(50080, "Position not compatible", "configuration")
        outside = branches(T_base_flange, seed)
        if not outside:
            raise RefusedMotionError(50050, "Position outside reach", "rob1")
        likely = min(outside, key=lambda branch: distance(branch, seed))
        raise RefusedMotionError(50027, "Joint Out of Range", f"rob1_{exceeded(likely)}")

    def _path(self, command: MoveL | MoveC, here: Joints) -> list[Joints]:
        end = self._solve(command.target, here)
        points = [here]
        for T_base_flange in self._way(command, here):
            found = nearest(T_base_flange, points[-1])
            if found is None:
                raise RefusedMotionError(50027, "Joint Out of Range", "on the path")
            if max(abs(a - b) for a, b in zip(found, points[-1], strict=True)) > _LONGEST_JUMP:
                raise RefusedMotionError(50026, "Close to singularity", "rob1")
            points.append(found)
        if max(abs(a - b) for a, b in zip(end, points[-1], strict=True)) > _LONGEST_JUMP:
            raise RefusedMotionError(50080, "Position not compatible", "configuration")
        points[-1] = end
        return points

    # --- ways of the tool --------------------------------------------------------------
    def _way(self, command: MoveL | MoveC, here: Joints) -> Iterator[Matrix]:
        start = forward(here) @ self._T_flange_tool
        goal = self._T_base_work @ command.target.T_work_tool
        if isinstance(command, MoveL):
            a, b = start[:3, 3], goal[:3, 3]
            length = float(np.linalg.norm(b - a))
        else:
            via = (self._T_base_work @ command.via.T_work_tool)[:3, 3]
            circle = _Circle(start[:3, 3], via, goal[:3, 3])
            length = circle.length
        axis, angle = _turn(start, goal)
        pieces = max(1, math.ceil(length / timing.LINEAR_STEP), math.ceil(angle / _TURN_STEP))
        for piece in range(1, pieces + 1):
            share = piece / pieces
            T_base_tool = np.eye(4)
            T_base_tool[:3, :3] = _rotation(axis, share * angle) @ start[:3, :3]
            T_base_tool[:3, 3] = (
                a + share * (b - a) if isinstance(command, MoveL) else circle.at(share)
            )
            yield T_base_tool @ self._T_tool_flange

    def _duration(self, points: list[Joints], speed: Speed) -> float:
        """Shortest time for a path, within the programmed speed and the joints' own [s]."""
        tools = [forward(joints) @ self._T_flange_tool for joints in _sampled(points)]
        way = sum(float(np.linalg.norm(b[:3, 3] - a[:3, 3])) for a, b in pairwise(tools))
        turn = sum(_turn(a, b)[1] for a, b in pairwise(tools))
        return max(
            timing.PEAK_SPEED * way / speed.translation,
            timing.PEAK_SPEED * turn / speed.rotation,
            timing.joint_duration(points[0], points[-1], 1.0),
        )


class _Circle:
    """An arc from a point through another to a third.

    Raises:
        RefusedMotionError: They lie on a line, or too close together.
    """

    def __init__(self, start: Matrix, via: Matrix, end: Matrix) -> None:
        u, v = via - start, end - start
        normal = np.cross(u, v)
        size = float(np.linalg.norm(normal))
        if size < (0.1 * MM) ** 2:
            raise RefusedMotionError(50021, "Circle uncertain", "points too close")
        self._centre = start + (np.cross(normal, u) * (v @ v) + np.cross(v, normal) * (u @ u)) / (
            2.0 * size * size
        )
        self._axis = normal / size
        self._first = start - self._centre
        spoke = end - self._centre
        sine = float(self._axis @ np.cross(self._first, spoke))
        angle = math.atan2(sine, float(self._first @ spoke))
        self._angle = angle if angle > 0.0 else angle + 2.0 * math.pi
        self.length = self._angle * float(np.linalg.norm(self._first))

    def at(self, share: float) -> Matrix:
        point: Matrix = self._centre + _rotation(self._axis, share * self._angle) @ self._first
        return point


def _matches(joints: Joints, wanted: Confdata) -> bool:
    """Whether joint angles are in a configuration, give or take the edges of its quarters."""
    q1, q2, q3, q4, q5, q6 = joints
    for angle, number in zip((q1, q4, q6), wanted[:3], strict=True):
        if number not in (quarter(angle - _EDGE), quarter(angle + _EDGE)):
            return False
    signs = {confdata((q1, q2, q3, q4, q5 + edge, q6))[3] for edge in (-_EDGE, _EDGE)}
    return wanted[3] in signs


def _sampled(points: list[Joints]) -> list[Joints]:
    """At least nine points of a path, so that its length can be measured."""
    if len(points) > 2:
        return points
    a, b = points
    pairs = list(zip(a, b, strict=True))
    found = []
    for step in range(9):
        q = [x + step / 8 * (y - x) for x, y in pairs]
        found.append((q[0], q[1], q[2], q[3], q[4], q[5]))
    return found


def _turn(start: Matrix, goal: Matrix) -> tuple[Matrix, float]:
    """Axis and angle [rad] of the rotation from one frame to another, in the base frame."""
    R = goal[:3, :3] @ start[:3, :3].T
    axis = np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]])
    sine = 0.5 * float(np.linalg.norm(axis))
    angle = math.atan2(sine, 0.5 * (float(np.trace(R)) - 1.0))
    if sine > 1e-9:
        return axis / (2.0 * sine), angle
    # No turn, or half a turn: then the axis is the eigenvector of 1.
    column = (R + np.eye(3))[:, int(np.argmax(np.diag(R)))]
    return column / float(np.linalg.norm(column)), angle if angle > 1e-6 else 0.0


def _rotation(axis: Matrix, angle: float) -> Matrix:
    """Rodrigues' formula, float64 (3, 3)."""
    x, y, z = axis.tolist()
    K = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])  # noqa: N806
    R: Matrix = np.eye(3) + math.sin(angle) * K + (1.0 - math.cos(angle)) * (K @ K)
    return R
