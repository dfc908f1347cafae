"""How long moves take, and where the joints are in between.

Every move is a minimum-jerk quintic from rest to rest (Flash and Hogan 1985), stretched
until no joint exceeds its speed or its acceleration.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pregrasp.frames import MM, Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.kinematics import Joints

PEAK_SPEED = 1.875
"""Of the quintic over unit distance and unit time."""
PEAK_ACCELERATION = 10.0 / math.sqrt(3.0)
"""Of the quintic over unit distance and unit time."""

LINEAR_SPEED = 0.25
"""Fastest tool on a straight line near parts and people (ISO 10218-1, reduced speed) [m/s]."""
LINEAR_ACCELERATION = 2.0
"""Of the tool on a straight line [m/s^2]."""
TURNING_SPEED = 2.0
"""Fastest turn of the tool about the vertical on a straight line [rad/s]."""
LINEAR_STEP = 2 * MM
"""Distance between the points at which a straight line is turned into joint angles [m]."""

Numbers = npt.NDArray[np.float64]


def progress(share: float) -> float:
    """The quintic: how far after a share of the time, both in [0, 1]."""
    u = min(1.0, max(0.0, share))
    return u * u * u * (10.0 + u * (6.0 * u - 15.0))


def progress_all(shares: Numbers) -> Numbers:
    """`progress` of many shares, to the last bit."""
    u = np.minimum(1.0, np.maximum(0.0, shares))
    far: Numbers = u * u * u * (10.0 + u * (6.0 * u - 15.0))
    return far


def rate(share: float) -> float:
    """Slope of `progress`."""
    u = min(1.0, max(0.0, share))
    return 30.0 * u * u * (1.0 - u) * (1.0 - u)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A motion from rest to rest through evenly spaced joint configurations."""

    points: tuple[Joints, ...]
    """At least two [rad]."""
    duration: float
    """[s]"""

    def at(self, time: float) -> tuple[Joints, Joints]:
        """Joint angles [rad] and speeds [rad/s] after a time from the start [s]."""
        share = time / self.duration if self.duration > 0 else 1.0
        pieces = len(self.points) - 1
        place = progress(share) * pieces
        index = min(int(place), pieces - 1)
        here, there, along = self.points[index], self.points[index + 1], place - index
        speed = rate(share) * pieces / self.duration if self.duration > 0 else 0.0
        q = tuple(a + along * (b - a) for a, b in zip(here, there, strict=True))
        v = tuple(speed * (b - a) for a, b in zip(here, there, strict=True))
        return (q[0], q[1], q[2], q[3], q[4], q[5]), (v[0], v[1], v[2], v[3], v[4], v[5])

    def at_all(self, times: Numbers) -> tuple[Numbers, Numbers]:
        """`at` after many times at once, to the last bit, for whoever needs every millisecond.

        Args:
            times: float64 (n,) [s]; the motion must take some time.

        Returns:
            Joint angles [rad] and speeds [rad/s], float64 (n, 6) each.
        """
        u = np.minimum(1.0, np.maximum(0.0, times / self.duration))
        points = np.asarray(self.points)
        pieces = len(points) - 1
        place = progress_all(u) * pieces
        index = np.minimum(place.astype(int), pieces - 1)
        here, step = points[index], points[index + 1] - points[index]
        speed = 30.0 * u * u * (1.0 - u) * (1.0 - u) * pieces / self.duration
        return here + (place - index)[:, None] * step, speed[:, None] * step


def joint_duration(start: Sequence[float], goal: Sequence[float], speed: float) -> float:
    """Shortest time of a joint move within the arm's limits [s].

    Args:
        start: Six angles [rad].
        goal: Six angles [rad].
        speed: Share of full speed, in (0, 1].
    """
    shortest = 0.0
    for a, b, fastest, acceleration in zip(
        start, goal, irb120.MAX_SPEEDS, irb120.MAX_ACCELERATIONS, strict=True
    ):
        way = abs(b - a)
        # Slowing a move down by a share slows its acceleration by the share's square.
        for_speed = PEAK_SPEED * way / fastest
        for_acceleration = math.sqrt(PEAK_ACCELERATION * way / acceleration)
        shortest = max(shortest, for_speed, for_acceleration)
    return shortest / speed


def linear_duration(start: Pose, goal: Pose, speed: float) -> float:
    """Shortest time of a straight move of the tool [s].

    Args:
        start: ``T_base_tool`` at the start.
        goal: ``T_base_tool`` at the end.
        speed: Share of full speed, in (0, 1].
    """
    way = math.dist((start.x, start.y, start.z), (goal.x, goal.y, goal.z))
    turn = abs((start.inverse() @ goal).theta)
    return (
        max(
            PEAK_SPEED * way / LINEAR_SPEED,
            math.sqrt(PEAK_ACCELERATION * way / LINEAR_ACCELERATION),
            PEAK_SPEED * turn / TURNING_SPEED,
        )
        / speed
    )


def straight(start: Pose, goal: Pose) -> list[Pose]:
    """Poses along a straight line, evenly spaced, both ends included."""
    way = math.dist((start.x, start.y, start.z), (goal.x, goal.y, goal.z))
    turn = (start.inverse() @ goal).theta
    pieces = max(1, math.ceil(way / LINEAR_STEP), math.ceil(abs(turn) / 0.02))
    return [
        Pose(
            start.x + (goal.x - start.x) * i / pieces,
            start.y + (goal.y - start.y) * i / pieces,
            start.z + (goal.z - start.z) * i / pieces,
            start.theta + turn * i / pieces,
        )
        for i in range(pieces + 1)
    ]
