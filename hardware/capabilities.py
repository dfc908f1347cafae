"""What a tree may ask of a cell, device by device.

Every capability is a `typing.Protocol`, so a driver needs no base class of ours. Calls
block until the device has done the thing or failed; skills run them on worker threads and
pass a `CancelToken` so that they can be left early. All commands may be repeated: opening
an open gripper changes nothing.

``tests/hardware/test_contract.py`` holds what every implementation must keep.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.kinematics import Joints

Image = npt.NDArray[np.uint8]
"""A grey picture, uint8 (height, width)."""


@runtime_checkable
class Clock(Protocol):
    """The time of a cell; simulated cells run faster than the wall."""

    def now(self) -> float:
        """Seconds since an arbitrary start [s]; never goes back."""

    def wait(self, wakeup: threading.Event, timeout: float) -> bool:
        """Wait for an event, at most ``timeout`` seconds of this clock.

        Returns:
            Whether the event was set.
        """


@runtime_checkable
class PatientClock(Clock, Protocol):
    """A simulated clock that stands still while somebody works for the wall's time only."""

    def expect(self) -> Callable[[], None]:
        """Say that work has begun that will end a `wait`.

        Returns:
            To be called when the work is over.
        """


class PathShape(enum.Enum):
    """How the tool travels between two poses."""

    JOINT = "joint"
    """Every joint at its own pace: fastest, for free space."""
    LINEAR = "linear"
    """The tool on a straight line: for approach and retreat."""


@runtime_checkable
class Arm(Protocol):
    """A robot arm that holds its tool vertically."""

    name: str

    def pose(self) -> Pose:
        """``T_base_tool`` as the encoders report it."""

    def check(self, goals: Sequence[Pose]) -> None:
        """Make sure that every pose can be reached, without moving.

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
        """

    def move(
        self,
        goals: Sequence[Pose],
        token: CancelToken,
        *,
        shape: PathShape = PathShape.JOINT,
        speed: float = 1.0,
    ) -> Pose:
        """Travel through poses and stop at the last.

        Args:
            goals: ``T_base_tool`` of each way point, at least one.
            token: Cancelling it stops the arm.
            shape: Joint move or straight lines.
            speed: Share of the arm's full speed, in (0, 1].

        Returns:
            ``T_base_tool`` after the move, as the encoders report it.

        Raises:
            OutOfReachError: Before anything has moved.
            MotionError: The arm stopped elsewhere.
            CancelledError: The token was cancelled; the arm stands still.
        """

    def stop(self) -> None:
        """Bring the arm to rest where it is; safe to call from any thread at any time.

        An operational stop by program, **not** an emergency stop.
        """


@runtime_checkable
class JointSpace(Protocol):
    """What an arm adds that can tell its joints beforehand; limits then cover them too."""

    def tool_at(self, joints: Joints) -> Pose:
        """``T_base_tool`` with the joints at these angles [rad]."""

    def configurations(self, goals: Sequence[Pose]) -> Sequence[Joints]:
        """Where the joints are now, and where a joint move would bring them at each goal.

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
        """


@runtime_checkable
class LeavesTrack(Protocol):
    """What an arm adds that remembers where this program left it."""

    @property
    def left_at(self) -> Pose | None:
        """``T_base_tool`` after the last move of this program; None if it had no good end."""


@runtime_checkable
class ReadyCheck(Protocol):
    """What a device adds that can tell whether it could work now, without doing anything."""

    def check_ready(self) -> None:
        """Make sure that the device would obey.

        Raises:
            HardwareError: Why it would not: wrong mode, motors off, unplugged, ...
        """


@dataclass(frozen=True, slots=True)
class GripperReading:
    """What the gripper knows about its fingers."""

    opening: float
    """Distance between the finger pads [m]."""
    holding: bool
    """Whether something keeps the fingers from closing fully."""


@runtime_checkable
class Gripper(Protocol):
    """A two-finger gripper."""

    name: str

    def open(self, token: CancelToken) -> GripperReading:
        """Open fully.

        Raises:
            GripperError: The fingers did not get there.
        """

    def close(self, token: CancelToken) -> GripperReading:
        """Close until something is held or the fingers meet.

        Raises:
            GripperError: The fingers did not move.
        """

    def reading(self) -> GripperReading:
        """What the fingers do now."""


@runtime_checkable
class Camera(Protocol):
    """A camera fixed to the tool."""

    name: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""

    def capture(self, token: CancelToken) -> Image:
        """Take one picture, exposed after the call began.

        Returns:
            uint8 (height, width), owned by the caller.

        Raises:
            CaptureError: No usable picture within the camera's own timeout.
        """


@runtime_checkable
class Cell(Protocol):
    """The devices that a tree drives."""

    name: str

    @property
    def clock(self) -> Clock:
        """The cell's time."""

    @property
    def arm(self) -> Arm:
        """The robot arm."""

    @property
    def gripper(self) -> Gripper:
        """The gripper on the arm."""

    @property
    def camera(self) -> Camera:
        """The camera on the arm."""

    def stop(self) -> None:
        """Bring everything that moves to rest; safe from any thread at any time."""

    def close(self) -> None:
        """Release the devices; calling it again changes nothing."""
