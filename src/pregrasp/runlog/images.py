"""Pictures made small for people, and no more of them than people can follow."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from pregrasp.hardware.capabilities import Image

WIDTH = 640
"""Of the pictures that are told [px]."""

QUALITY = 85
"""Of their JPEG."""

BURST = 12
"""How many pictures may come at once: those of a servo that runs faster than the wall."""

REMEMBERED = 16
"""How many pictures are known again when an estimate speaks of them."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picture:
    """A picture on its way to readers."""

    id: int
    """Counts up within a run."""
    jpeg: bytes = field(repr=False)
    """For people, at most `WIDTH` wide."""
    width: int
    """Of the JPEG [px]."""
    height: int
    """Of the JPEG [px]."""
    pixels: Image | None = field(default=None, repr=False)
    """As the camera took it, uint8 (height, width), if it is at hand; not to be changed."""


class Pictures:
    """Turns the pictures of one run into JPEG, at a bounded rate.

    Args:
        per_second: How many, of real time; what comes faster is counted and skipped, except
            for a burst of `BURST`.
        clock: Real time [s].
    """

    def __init__(
        self, *, per_second: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._allowed = float(BURST)
        self._last = clock()
        self._count = 0
        self._known: deque[tuple[Image, int]] = deque(maxlen=REMEMBERED)
        self.skipped = 0
        """Pictures that came too fast."""

    def take(self, image: Image) -> Picture | None:
        """The picture as it is told, or None if it came too fast."""
        now = self._clock()
        self._allowed = min(BURST, self._allowed + (now - self._last) * self._per_second)
        self._last = now
        if self._allowed < 1.0:
            self.skipped += 1
            return None
        self._allowed -= 1.0
        self._count += 1
        self._known.append((image, self._count))
        small = shrunk(image, WIDTH)
        return Picture(
            id=self._count,
            jpeg=encode_jpeg(small),
            width=small.shape[1],
            height=small.shape[0],
            pixels=image,
        )

    def find(self, image: Image) -> int | None:
        """The number of a picture that was told lately."""
        return next((number for known, number in reversed(self._known) if known is image), None)


def shrunk(image: Image, width: int) -> Image:
    """The picture, at most so wide [px]."""
    if image.shape[1] <= width:
        return image
    size = (width, max(1, round(image.shape[0] * width / image.shape[1])))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def encode_jpeg(image: Image) -> bytes:
    """A picture as JPEG."""
    return _encoded(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def encode_png(image: Image) -> bytes:
    """A picture as PNG, pixel by pixel what it was; fast rather than small."""
    return _encoded(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])


def decode_image(data: bytes) -> Image:
    """The grey picture in a JPEG or PNG.

    Raises:
        ValueError: It is neither, or damaged.
    """
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if image is None:
        raise ValueError("the picture is damaged")
    return np.asarray(image, np.uint8)


def _encoded(kind: str, image: Image, parameters: list[int]) -> bytes:
    good, data = cv2.imencode(kind, image, parameters)
    if not good:
        raise ValueError(f"a picture of shape {image.shape} cannot be compressed")
    return data.tobytes()
