"""What a virtual controller moves: an arm and a gripper, behind two small Protocols."""

from __future__ import annotations

import threading
from time import sleep
from typing import Protocol

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware import irb120, timing
from pregrasp.hardware.capabilities import GripperReading
from pregrasp.hardware.kinematics import Joints
from pregrasp.hardware.simulation.clock import SimulatedClock

CONTROL_STEP = 0.004
"""How often the motion planner gives new references [s]."""
BRAKING = 0.05
"""From the end of a reference to standstill [s]."""


class Mechanics(Protocol):
    """An IRB 120 that follows joint paths."""

    def joints(self) -> Joints:
        """The joint angles as the encoders report them [rad]."""

    def follow(self, stretch: timing.Stretch, token: CancelToken) -> None:
        """Move along a path from rest to rest, looking at the token in every control step.

        Raises:
            CancelledError: The token was cancelled; the arm stands still.
            MotionError: Something was in the way; the arm stands still.
        """

    def servo(self, joints: Joints) -> None:
        """Go to a near configuration within one control step."""


class GripperMechanics(Protocol):
    """A gripper that opens and closes."""

    def open(self, token: CancelToken) -> GripperReading:
        """Open fully."""

    def close(self, token: CancelToken) -> GripperReading:
        """Close until something is held or the fingers meet."""

    def reading(self) -> GripperReading:
        """What the fingers do now."""


class KinematicArm:
    """An arm without mass in an empty room: exactly where its references are.

    Args:
        clock: What its moves add their time to.
        joints: Where it stands [rad].
    """

    def __init__(self, clock: SimulatedClock, joints: Joints = irb120.HOME) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._joints = joints
        self._last_moved = clock.now()

    @property
    def last_moved(self) -> float:
        """When a joint last changed, by its clock [s]."""
        with self._lock:
            return self._last_moved

    def joints(self) -> Joints:
        """The joint angles [rad]."""
        with self._lock:
            return self._joints

    def place(self, joints: Joints) -> None:
        """Put the arm somewhere without moving there."""
        with self._lock:
            self._joints = joints

    def follow(self, stretch: timing.Stretch, token: CancelToken) -> None:
        """Move along a path from rest to rest.

        Raises:
            CancelledError: The token was cancelled; the arm stands still.
        """
        with self._clock.working():
            time = 0.0
            while time < stretch.duration:
                if token.cancelled:
                    self._clock.advance(BRAKING)
                    raise CancelledError("halted on the way")
                step = min(CONTROL_STEP, stretch.duration - time)
                time += step
                self._clock.advance(step)
                self._move(stretch.at(time)[0])
                # Where time is not held back this would keep all other threads waiting.
                sleep(0)
            self._move(stretch.points[-1])

    def servo(self, joints: Joints) -> None:
        """Go to a near configuration within one control step."""
        with self._clock.working():
            self._clock.advance(CONTROL_STEP)
            self._move(joints)

    def _move(self, joints: Joints) -> None:
        with self._lock:
            if joints != self._joints:
                self._joints = joints
                self._last_moved = self._clock.now()


class KinematicGripper:
    """A gripper that takes its time and holds what it is told to hold.

    Args:
        clock: What its motions add their time to.
        width: Between the pads when open [m].
        takes: For opening or closing [s].
    """

    def __init__(self, clock: SimulatedClock, *, width: float = 0.084, takes: float = 0.2) -> None:
        self._clock = clock
        self._width = width
        self._takes = takes
        self._opening = width
        self.part: float | None = None
        """Width of what is between the fingers [m]; None for nothing."""

    def open(self, token: CancelToken) -> GripperReading:
        """Open fully."""
        return self._drive(self._width, token)

    def close(self, token: CancelToken) -> GripperReading:
        """Close until something is held or the fingers meet."""
        return self._drive(0.0 if self.part is None else self.part, token)

    def reading(self) -> GripperReading:
        """What the fingers do now."""
        return GripperReading(self._opening, self.part is not None and self._opening == self.part)

    def _drive(self, opening: float, token: CancelToken) -> GripperReading:
        with self._clock.working():
            if not token.cancelled:
                self._clock.advance(self._takes)
                self._opening = opening
        return self.reading()
