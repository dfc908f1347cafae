"""What can go wrong with a device.

::

    HardwareError
    ├── OutOfReachError            a pose that no joint configuration reaches within limits
    │   ├── SingularityError       a straight way on which the wrist would have to turn over
    │   └── LimitError             what the cell's file does not allow
    ├── ModeError                  the cell is in a mode in which this is not allowed
    ├── MotionError                a move that started and did not arrive
    │   └── CollisionError         motion supervision felt something in the way
    ├── CaptureError               no usable picture
    ├── GripperError               the gripper did not do as told
    └── DeviceUnavailableError     not installed, not connected, not ready
        ├── ConnectionLostError    no answer, or none in time (also a builtin ConnectionError)
        ├── BusyError              does something else, or too much at once
        ├── RefusedError           the controller said no, and why
        ├── MastershipError        somebody else is in charge of the controller
        ├── WrongModeError         not in automatic mode
        ├── MotorsOffError         the drives have no power
        ├── EmergencyStopError     an emergency stop is pressed, or was and is not reset
        ├── GuardStopError         a guard is open
        └── UnsupportedError       a device or a version that the driver does not speak to
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


class SingularityError(OutOfReachError):
    """A straight way on which the wrist would have to turn over."""


class LimitError(OutOfReachError):
    """A motion that the cell's file does not allow; nothing has moved."""


class ModeError(HardwareError):
    """The cell is in a mode in which this is not allowed; nothing has moved."""


class MotionError(HardwareError):
    """A move that started and did not arrive."""


class CollisionError(MotionError):
    """Motion supervision felt something in the way."""


class CaptureError(HardwareError):
    """The camera gave no usable picture."""


class GripperError(HardwareError):
    """The gripper did not do as told."""


class DeviceUnavailableError(HardwareError):
    """A device, or the software it needs, is missing or not ready."""


class ConnectionLostError(DeviceUnavailableError, ConnectionError):
    """A device gave no answer, or none in time."""


class BusyError(DeviceUnavailableError):
    """A device does something else, or was asked too much at once."""


class RefusedError(DeviceUnavailableError):
    """A device said no."""


class MastershipError(DeviceUnavailableError):
    """Somebody else is in charge of the controller."""


class WrongModeError(DeviceUnavailableError):
    """The controller is not in automatic mode."""


class MotorsOffError(DeviceUnavailableError):
    """The robot's drives have no power."""


class EmergencyStopError(DeviceUnavailableError):
    """An emergency stop is pressed, or was pressed and is not reset."""


class GuardStopError(DeviceUnavailableError):
    """A guard is open."""


class UnsupportedError(DeviceUnavailableError):
    """A device, or a version of one, that the driver does not speak to."""
