"""What can go wrong with a real camera.

::

    HardwareError
    ├── DeviceUnavailableError
    │   ├── CameraNotFoundError      it is not there, or somebody else has it
    │   ├── ConnectionLostError
    │   │   └── CameraLostError      it was there, and is gone
    │   └── CameraSettingError       it refuses a setting of the cell file
    │       └── PacketSizeError      ... packets that do not get through the network
    └── CaptureError
        ├── CaptureTimeoutError      no picture in time
        └── IncompleteFrameError     every picture had lost packets
"""

from __future__ import annotations

from pregrasp.hardware.errors import CaptureError, ConnectionLostError, DeviceUnavailableError


class CameraNotFoundError(DeviceUnavailableError):
    """The camera is not there, or another program has it."""


class CameraLostError(ConnectionLostError):
    """The camera was there and no longer answers."""


class CameraSettingError(DeviceUnavailableError):
    """The camera refuses a setting."""


class PacketSizeError(CameraSettingError):
    """Packets of the size that was asked for do not get through the network."""


class CaptureTimeoutError(CaptureError):
    """No picture came in time."""


class IncompleteFrameError(CaptureError):
    """Every picture had lost a part on its way."""
