"""Devices that fail on request, to see whether a tree copes with it.

A cell is wrapped only once somebody asks for a fault. The errors are those that the real
device would raise, and they say that they were injected.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import (
    Arm,
    Camera,
    Cell,
    Gripper,
    GripperReading,
    Image,
    PathShape,
)
from pregrasp.hardware.device_cell import DeviceCell
from pregrasp.hardware.errors import CaptureError, GripperError, MotionError

DEVICES = ("arm", "camera", "gripper")
"""What can be made to fail."""

REMEDY = "Somebody who debugs the run asked for it; nothing is wrong with the device."
"""Said with every injected fault."""


class Faults:
    """How many uses of each device are still to fail; safe to share between threads."""

    def __init__(self) -> None:
        self._left = dict.fromkeys(DEVICES, 0)
        self._lock = threading.Lock()

    def inject(self, device: str, times: int) -> None:
        """Let the next uses of a device fail.

        Args:
            device: One of `DEVICES`.
            times: How many uses; 0 takes back what was asked for before.

        Raises:
            ValueError: There is no such device, or the number is negative.
        """
        if device not in DEVICES:
            raise ValueError(f"there is no device {device!r}, only {', '.join(DEVICES)}")
        if times < 0:
            raise ValueError(f"a device cannot fail {times} times")
        with self._lock:
            self._left[device] = times

    def take(self, device: str) -> bool:
        """Whether this use of a device is to fail; counts it."""
        with self._lock:
            left = self._left[device]
            self._left[device] = max(0, left - 1)
            return left > 0


class FaultyArm:
    """An arm whose moves may not begin."""

    def __init__(self, arm: Arm, faults: Faults) -> None:
        self._arm = arm
        self._faults = faults
        self.name = arm.name

    def pose(self) -> Pose:
        """``T_base_tool`` as the encoders report it."""
        return self._arm.pose()

    def check(self, goals: Sequence[Pose]) -> None:
        """Make sure that every pose can be reached.

        Raises:
            OutOfReachError: As the arm raises it.
        """
        self._arm.check(goals)

    def move(
        self,
        goals: Sequence[Pose],
        token: CancelToken,
        *,
        shape: PathShape = PathShape.JOINT,
        speed: float = 1.0,
    ) -> Pose:
        """Travel, unless a fault was asked for; then the arm stays where it is.

        Raises:
            MotionError: A fault was injected, or as the arm raises it.
        """
        if self._faults.take("arm"):
            raise MotionError(self.name, "injected fault: the move did not begin.", REMEDY)
        return self._arm.move(goals, token, shape=shape, speed=speed)

    def stop(self) -> None:
        """Bring the arm to rest."""
        self._arm.stop()


class FaultyCamera:
    """A camera that may drop pictures."""

    def __init__(self, camera: Camera, faults: Faults) -> None:
        self._camera = camera
        self._faults = faults
        self.name = camera.name

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""
        return self._camera.size

    def capture(self, token: CancelToken) -> Image:
        """Take a picture, uint8 (height, width), unless a fault was asked for.

        Raises:
            CaptureError: A fault was injected, or as the camera raises it.
        """
        if self._faults.take("camera"):
            raise CaptureError(self.name, "injected fault: the picture was dropped.", REMEDY)
        return self._camera.capture(token)


class FaultyGripper:
    """A gripper whose fingers may not move."""

    def __init__(self, gripper: Gripper, faults: Faults) -> None:
        self._gripper = gripper
        self._faults = faults
        self.name = gripper.name

    def open(self, token: CancelToken) -> GripperReading:
        """Open, unless a fault was asked for.

        Raises:
            GripperError: A fault was injected, or as the gripper raises it.
        """
        self._fail()
        return self._gripper.open(token)

    def close(self, token: CancelToken) -> GripperReading:
        """Close, unless a fault was asked for.

        Raises:
            GripperError: A fault was injected, or as the gripper raises it.
        """
        self._fail()
        return self._gripper.close(token)

    def reading(self) -> GripperReading:
        """What the fingers do now."""
        return self._gripper.reading()

    def _fail(self) -> None:
        if self._faults.take("gripper"):
            raise GripperError(self.name, "injected fault: the fingers did not move.", REMEDY)


class FaultyCell(DeviceCell):
    """A cell whose devices can be made to fail.

    Args:
        cell: The cell that does the work.
    """

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._faults = Faults()
        super().__init__(
            cell.name,
            clock=cell.clock,
            arm=FaultyArm(cell.arm, self._faults),
            gripper=FaultyGripper(cell.gripper, self._faults),
            camera=FaultyCamera(cell.camera, self._faults),
            resources=ExitStack(),
        )
        self._resources.callback(cell.close)

    def inject(self, device: str, times: int = 1) -> None:
        """Let the next uses of a device fail.

        Args:
            device: One of `DEVICES`.
            times: How many uses.

        Raises:
            ValueError: There is no such device, or the number is negative.
        """
        self._faults.inject(device, times)

    def stop(self) -> None:
        """Bring everything that moves to rest; that never fails on purpose."""
        self._cell.stop()
