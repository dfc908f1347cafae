"""A cell without faults and without delay, for testing skills and trees.

Its arm is at its goal at once, its camera writes the tool's pose into the picture, and its
estimator reads it back. Time passes only while somebody waits for nothing. The part is
where it was put and goes along with the closed gripper, so whole trees can be tried,
re-placing included, in milliseconds and with neither MuJoCo nor a model.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose, wrap_angle
from pregrasp.hardware.capabilities import GripperReading, Image, PathShape
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.perception.estimator import Estimate

GAP = 1.0 * MM
"""Room on each side of the part between the open fingers [m]."""


class IdealClock:
    """Time that passes in steps of what is waited for."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Seconds since the cell was made [s]."""
        return self._now

    def wait(self, wakeup: threading.Event, timeout: float) -> bool:
        """Give workers a moment of real time, then let the whole timeout pass."""
        if wakeup.wait(0.002):
            return True
        self._now += timeout
        return False


class IdealArm:
    """An arm that is at its goal at once.

    Args:
        reach: Furthest distance of the tool from the base axis [m].
    """

    name = "ideal arm"

    def __init__(self, reach: float = 0.58) -> None:
        self.reach = reach
        self.moves: list[Pose] = []
        """Every ``T_base_tool`` that was moved through."""
        self.stops = 0
        """How often `stop` was called."""
        self.blocked = False
        """Whether moves hang until they are cancelled."""
        self.deaf = False
        """Whether blocked moves do not even look at their token, until `release` is called."""
        self._release = threading.Event()
        self._pose = Pose(0.3, 0.0, 0.3)

    def pose(self) -> Pose:
        """``T_base_tool``."""
        return self._pose

    def check(self, goals: Sequence[Pose]) -> None:
        """Compare with the reach.

        Raises:
            OutOfReachError: Names the first pose that is too far away.
        """
        for goal in goals:
            if math.hypot(goal.x, goal.y) > self.reach:
                raise OutOfReachError(self.name, f"cannot reach {goal}: it is too far away.")

    def move(
        self,
        goals: Sequence[Pose],
        token: CancelToken,
        *,
        shape: PathShape = PathShape.JOINT,
        speed: float = 1.0,
    ) -> Pose:
        """Be there.

        Raises:
            OutOfReachError: A pose is too far away.
            CancelledError: The move was blocked, and was cancelled.
        """
        self.check(goals)
        if self.blocked and self.deaf:
            self._release.wait()
        while self.blocked and not self.deaf:
            token.wait(0.01)
            token.raise_if_cancelled()
        for goal in goals:
            self._pose = Pose(goal.x, goal.y, goal.z, wrap_angle(goal.theta))
            self.moves.append(self._pose)
        return self._pose

    def release(self) -> None:
        """End a move that is deaf."""
        self._release.set()

    def stop(self) -> None:
        """Count."""
        self.stops += 1


class IdealCamera:
    """A camera whose pictures say where they were taken."""

    name = "ideal camera"
    size = (40, 30)

    def __init__(self, arm: IdealArm) -> None:
        self._arm = arm
        self.covered = False
        """Whether there is nothing in the picture."""

    def capture(self, token: CancelToken) -> Image:
        """A picture with the pose in its first bytes, uint8 (30, 40)."""
        token.raise_if_cancelled()
        image = np.zeros(self.size[::-1], np.uint8)
        if not self.covered:
            pose = self._arm.pose()
            numbers = np.array([1.0, pose.x, pose.y, pose.z, pose.theta])
            image.reshape(-1)[: numbers.nbytes] = numbers.view(np.uint8)
        return image


class IdealEstimator:
    """Reads the pose out of the picture, and knows where the part is.

    Args:
        cell: Where the part is.
        approach: ``T_pregrasp_grasp``.
        gain: Share of the true move that is answered; below 1 it takes several moves.
        jitter: Added to every other answer and taken off those between, so that a servo
            never comes to rest: it ends up with estimates of twice the jitter.
    """

    def __init__(
        self,
        cell: IdealCell,
        approach: Pose,
        *,
        gain: float = 1.0,
        jitter: MotionCommand | None = None,
    ) -> None:
        self._cell = cell
        self._approach = approach
        self._gain = gain
        self._jitter = jitter or MotionCommand()

    def estimate(self, image: Image) -> Estimate:
        """Answer; a picture with nothing in it is not trusted."""
        seen, x, y, z, theta = image.reshape(-1)[:40].view(np.float64)
        if not seen:
            return Estimate(MotionCommand(), 0.0, trusted=False, reason="no part in view")
        T_base_pregrasp = self._cell.part @ self._approach.inverse()
        v = (Pose(x, y, z, theta).inverse() @ T_base_pregrasp).planar
        scaled = MotionCommand(self._gain * v.x, self._gain * v.y, self._gain * v.theta)
        self._jitter = MotionCommand(-self._jitter.x, -self._jitter.y, -self._jitter.theta)
        return Estimate(scaled @ self._jitter, 1.0, trusted=True)


class IdealGripper:
    """A gripper that holds the part when it closes around it."""

    name = "ideal gripper"

    def __init__(self, cell: IdealCell) -> None:
        self._cell = cell
        self._holding = False
        self._opening = 82 * MM

    def open(self, token: CancelToken) -> GripperReading:
        """Let go; the part stays where the tool is."""
        self._cell.part = self._cell.part_now()
        self._holding = False
        self._opening = 82 * MM
        return self.reading()

    def close(self, token: CancelToken) -> GripperReading:
        """Hold the part, if it is between the fingers."""
        miss = self._cell.arm.pose().inverse() @ self._cell.part
        inside = max(abs(miss.x), abs(miss.y), abs(miss.z)) <= GAP
        self._holding = inside and miss.planar.rotation <= 2 * DEG
        self._opening = 80 * MM if self._holding else 0.0
        return self.reading()

    def reading(self) -> GripperReading:
        """What the fingers do now."""
        return GripperReading(self._opening, self._holding)


class IdealCell:
    """The devices, and the part.

    Args:
        part: ``T_base_grasp`` of the part: where the tool must be to grasp it.
    """

    name = "ideal"

    def __init__(self, part: Pose) -> None:
        self.part = part
        self.clock = IdealClock()
        self.arm = IdealArm()
        self.camera = IdealCamera(self.arm)
        self.gripper = IdealGripper(self)
        self.stops = 0
        """How often `stop` was called."""

    def part_now(self) -> Pose:
        """``T_base_grasp`` of the part, wherever it is being carried."""
        return self.arm.pose() if self.gripper.reading().holding else self.part

    def stop(self) -> None:
        """Count."""
        self.stops += 1
        self.arm.stop()

    def close(self) -> None:
        """Nothing to release."""
