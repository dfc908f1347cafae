"""What can go wrong with a device.

::

    HardwareError
    ├── OutOfReachError            a pose that no joint configuration reaches within limits
    ├── MotionError                a move that started and did not arrive
    ├── CaptureError               no usable picture
    ├── GripperError               the gripper did not do as told
    └── DeviceUnavailableError     not installed, not connected, not ready
"""

from __future__ import annotations

from pregrasp.errors import PregraspError


class HardwareError(PregraspError):
    """A device failed.

    Args:
        device: The name of the device, as in the cell's description.
        found: What happened.
        remedy: What to do about it.
    """

    def __init__(self, device: str, found: str, remedy: str = "") -> None:
        self.device = device
        self.found = found
        self.remedy = remedy
        super().__init__(f"{device}: {found}" + (f" {remedy}" if remedy else ""))


class OutOfReachError(HardwareError):
    """A pose that no joint configuration reaches within its limits."""


class MotionError(HardwareError):
    """A move that started and did not arrive."""


class CaptureError(HardwareError):
    """The camera gave no usable picture."""


class GripperError(HardwareError):
    """The gripper did not do as told."""


class DeviceUnavailableError(HardwareError):
    """A device, or the software it needs, is missing or not ready."""
