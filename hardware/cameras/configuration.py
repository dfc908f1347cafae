"""What a cell file says about a camera.

Example::

    aravis:
      camera: 192.168.7.20
      width_px: 1600
      height_px: 1200
      exposure_ms: 8
      pictures: {by: stream, timeout_s: 3}
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from pregrasp.configuration import quantity


class PictureBy(enum.Enum):
    """How a picture that is exposed after it was asked for is got."""

    TRIGGER = "trigger"
    """The camera waits, and exposes when the program triggers it."""
    STREAM = "stream"
    """The camera runs freely; the picture that was under way when it was asked for is thrown
    away, and the next one is taken. For cameras that answer a trigger late."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """When a picture is fresh, and when to give up.

    Flea3 and Blackfly GigE cameras need about two seconds from a software trigger to the
    picture: FLIR's own samples say so. Either allow for it (``settle_s: 2`` and a
    ``timeout_s`` well above), or let the camera run (``by: stream``), which takes two frames.
    """

    by: PictureBy = PictureBy.TRIGGER
    """Triggered, or out of a running stream."""
    settle: float = quantity("s", default=0.0)
    """Wait after triggering was switched on, before the first trigger, and after each trigger
    before the picture is looked for [s]."""
    timeout: float = quantity("s", default=3.0)
    """Longest wait for one picture, on top of ``settle_s`` [s]."""
    attempts: int = 3
    """How many pictures are taken at most until one is whole."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.settle < 0 or self.timeout <= 0:
            raise ValueError("timeout_s must be positive and settle_s not negative")
        if not 1 <= self.attempts <= 20:
            raise ValueError(f"attempts is {self.attempts}, expected 1 to 20")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensor:
    """Which part of the sensor is read, and how it is exposed."""

    width_px: int | None = None
    """None: the whole sensor."""
    height_px: int | None = None
    """None: the whole sensor."""
    x_px: int = 0
    """First column."""
    y_px: int = 0
    """First row."""
    exposure: float | None = quantity("ms", default=None)
    """Fixed exposure time; None leaves the camera's own setting [s]."""
    gain_db: float | None = None
    """Fixed gain; None leaves the camera's own setting."""
    frame_rate_hz: float | None = None
    """Pictures a second, in a stream; None leaves the camera's own setting."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if (self.width_px is None) != (self.height_px is None):
            raise ValueError("width_px and height_px belong together: give both or neither")
        if min(self.width_px or 1, self.height_px or 1) < 1 or min(self.x_px, self.y_px) < 0:
            raise ValueError("sizes must be positive and offsets not negative")
        for key, value in (("exposure_ms", self.exposure), ("frame_rate_hz", self.frame_rate_hz)):
            if value is not None and value <= 0:
                raise ValueError(f"{key} must be positive")


def check_packet(packet_bytes: int | None) -> None:
    """Check a size of GigE Vision packets.

    Raises:
        ValueError: No network carries such packets.
    """
    if packet_bytes is not None and not 576 <= packet_bytes <= 16000:
        raise ValueError(f"packet_bytes is {packet_bytes}, expected 576 to 16000")


@dataclass(frozen=True, kw_only=True, slots=True)
class AravisConfiguration:
    """Any GigE Vision or USB3 Vision camera, through the library Aravis."""

    camera: str | None = None
    """Its address, or its name as ``pregrasp doctor --cell`` shows it; None: the only one."""
    sensor: Sensor = Sensor()
    """What is read, and how it is exposed."""
    pictures: Pictures = Pictures()
    """When a picture is fresh."""
    packet_bytes: int | None = None
    """Size of the picture packets, headers included; None: the largest that gets through. More
    than 1500 only where the network card *and* every switch are set to it."""
    resend: bool = True
    """Ask for lost packets again."""

    def __post_init__(self) -> None:
        """Check the packets."""
        check_packet(self.packet_bytes)


@dataclass(frozen=True, kw_only=True, slots=True)
class PySpinConfiguration:
    """A camera of FLIR (Point Grey, Teledyne), through its Spinnaker SDK."""

    serial: str | None = None
    """Serial number, as printed on the camera; None: the only one."""
    sensor: Sensor = Sensor()
    """What is read, and how it is exposed."""
    pictures: Pictures = Pictures()
    """When a picture is fresh."""
    packet_bytes: int | None = 1400
    """Size of the picture packets; None leaves the camera's own setting. More than 1500 only
    where the network card *and* every switch are set to it."""
    resend: bool = True
    """Ask for lost packets again."""

    def __post_init__(self) -> None:
        """Check the packets."""
        check_packet(self.packet_bytes)


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderConfiguration:
    """Pictures out of a folder, one after the other: for replays."""

    folder: Path
    """Where they are: PNG, JPEG, TIFF or BMP, taken in the order of their names. A relative
    path starts where the program runs."""
    repeat: bool = False
    """Whether to begin again after the last one, instead of failing."""
