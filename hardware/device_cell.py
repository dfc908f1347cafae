"""A cell put together of single devices, each with a driver of its own."""

from __future__ import annotations

from contextlib import ExitStack

from pregrasp.hardware.capabilities import Arm, Camera, Clock, Gripper


class DeviceCell:
    """Arm, gripper, camera and clock under one name.

    Args:
        name: Of the cell.
        clock: The cell's time.
        arm: The robot arm.
        gripper: The gripper on the arm.
        camera: The camera on the arm.
        resources: What has to be released at the end; belongs to the cell from now on.
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        arm: Arm,
        gripper: Gripper,
        camera: Camera,
        resources: ExitStack,
    ) -> None:
        self.name = name
        self._clock = clock
        self._arm = arm
        self._gripper = gripper
        self._camera = camera
        self._resources = resources

    @property
    def clock(self) -> Clock:
        """The cell's time."""
        return self._clock

    @property
    def arm(self) -> Arm:
        """The robot arm."""
        return self._arm

    @property
    def gripper(self) -> Gripper:
        """The gripper on the arm."""
        return self._gripper

    @property
    def camera(self) -> Camera:
        """The camera on the arm."""
        return self._camera

    def stop(self) -> None:
        """Bring everything that moves to rest; safe from any thread at any time."""
        self._arm.stop()

    def close(self) -> None:
        """Release the devices; calling it again changes nothing."""
        self._resources.close()
