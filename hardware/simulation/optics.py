"""From the light that reaches the lens to the sensor's grey picture.

Lens distortion, vignetting, blur, exposure and noise, in that order. Nothing here is known
to the perception; it sees only the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.hardware.capabilities import Image

READ_NOISE = 1.3
"""One sigma in the dark [grey levels]."""
SHOT_NOISE = 0.016
"""Variance per grey level of light [grey levels]: 1.9 levels at mid grey, both together."""
_TABLE_SIDE = 2048


@dataclass(frozen=True, kw_only=True, slots=True)
class Lens:
    """One lens; a cell keeps its own for ever."""

    distortion: float
    """Radial, share of the radius at the picture's corner; positive is pincushion."""
    vignetting: float
    """Share of the light that is missing at the picture's corner."""
    blur: float
    """Point spread, one sigma [px]."""
    centre: tuple[float, float]
    """Where its axis meets the sensor, from the picture's middle [px]."""


def draw_lens(rng: np.random.Generator) -> Lens:
    """A lens as they come out of the box."""
    return Lens(
        distortion=float(rng.uniform(0.002, 0.006)) * float(rng.choice([-1.0, 1.0])),
        vignetting=float(rng.uniform(0.06, 0.14)),
        blur=float(rng.uniform(0.45, 0.65)),
        centre=(float(rng.normal(0.0, 8.0)), float(rng.normal(0.0, 8.0))),
    )


class Sensor:
    """Turns drawn pictures into the sensor's pictures.

    Args:
        size: Width and height [px].
        lens: What is in front of it.
        rng: Where the noise comes from.
    """

    def __init__(self, size: tuple[int, int], lens: Lens, rng: np.random.Generator) -> None:
        self.size = size
        self.lens = lens
        self.rng = rng
        self._maps = _distortion_maps(size, lens)
        self._falloff = _falloff(size, lens)
        # Drawing 2 million normal numbers takes longer than the rest together; a table with
        # a random corner, flip and sign for every picture is as good.
        noise = np.random.default_rng(rng.integers(2**63)).standard_normal(
            (_TABLE_SIDE, _TABLE_SIDE), dtype=np.float32
        )
        self._noise: npt.NDArray[np.float32] = noise

    def expose(
        self,
        rgb: npt.NDArray[np.uint8],
        *,
        gain: float = 1.0,
        light: npt.NDArray[np.float32] | None = None,
        glare: npt.NDArray[np.float32] | None = None,
        blur: float | None = None,
    ) -> Image:
        """The sensor's picture.

        Args:
            rgb: As drawn, uint8 (height, width, 3), row 0 at the bottom.
            gain: Exposure; 1 keeps the drawn brightness.
            light: Factor on the light of each place, coarse, float32 (h, w), row 0 on top;
                stretched to the picture.
            glare: Light that is added, of 255, in the same way.
            blur: Point spread, one sigma [px]; None for a picture in focus.

        Returns:
            uint8 (height, width), row 0 on top.
        """
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        # The maps also turn OpenGL's rows the right way up.
        columns_rows, fraction = self._maps
        seen = cv2.remap(grey, columns_rows, fraction, cv2.INTER_LINEAR)
        sigma = self.lens.blur if blur is None else blur
        seen = cv2.GaussianBlur(seen, (0, 0), sigma)
        field = self._falloff if gain == 1.0 else self._falloff * np.float32(gain)
        if light is not None:
            field = field * np.asarray(
                cv2.resize(light, self.size, interpolation=cv2.INTER_CUBIC), np.float32
            )
        exposed = np.asarray(cv2.multiply(seen, field, dtype=cv2.CV_32F), np.float32)
        if glare is not None:
            exposed += np.asarray(
                cv2.resize(glare, self.size, interpolation=cv2.INTER_CUBIC), np.float32
            )
        return self._digitise(exposed)

    def _digitise(self, exposed: npt.NDArray[np.float32]) -> Image:
        width, height = self.size
        top = int(self.rng.integers(_TABLE_SIDE - height + 1))
        left = int(self.rng.integers(_TABLE_SIDE - width + 1))
        noise = self._noise[top : top + height, left : left + width]
        if self.rng.random() < 0.5:
            noise = noise[::-1]
        sign = 1.0 if self.rng.random() < 0.5 else -1.0
        level = cv2.convertScaleAbs(exposed)
        spread = cv2.LUT(level, sign * _SPREAD)
        noisy = cv2.multiply(spread, np.ascontiguousarray(noise))
        return np.asarray(cv2.add(exposed, noisy, dtype=cv2.CV_8U))


_SPREAD = np.sqrt(READ_NOISE**2 + SHOT_NOISE * np.arange(256, dtype=np.float32)).astype(np.float32)
"""Noise at each grey level, one sigma [grey levels]."""


def _grid(size: tuple[int, int], lens: Lens) -> tuple[npt.NDArray[np.float32], ...]:
    """Columns and rows from the lens's axis, in half diagonals, float32 (height, width)."""
    width, height = size
    half = 0.5 * float(np.hypot(width, height))
    columns = (np.arange(width) - 0.5 * (width - 1) - lens.centre[0]) / half
    rows = (np.arange(height) - 0.5 * (height - 1) - lens.centre[1]) / half
    x, y = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    return x, y


def _distortion_maps(
    size: tuple[int, int], lens: Lens
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint16]]:
    """Where in the drawn, upside-down picture each pixel comes from, fixed point."""
    width, height = size
    half = 0.5 * float(np.hypot(width, height))
    x, y = _grid(size, lens)
    radius = x * x + y * y
    # Barrel distortion would look past the drawn picture's edge, so it is magnified a little.
    magnify = 1.0 - max(0.0, lens.distortion)
    factor = (magnify * (1.0 + lens.distortion * radius)).astype(np.float32)
    columns = x * factor * half + (0.5 * (width - 1) + lens.centre[0])
    rows = y * factor * half + (0.5 * (height - 1) + lens.centre[1])
    fixed, fraction = cv2.convertMaps(
        np.clip(columns, 0, width - 1), np.clip(height - 1 - rows, 0, height - 1), cv2.CV_16SC2
    )
    return np.asarray(fixed, np.int16), np.asarray(fraction, np.uint16)


def _falloff(size: tuple[int, int], lens: Lens) -> npt.NDArray[np.float32]:
    """Share of the light that reaches each pixel, float32 (height, width)."""
    x, y = _grid(size, lens)
    falloff: npt.NDArray[np.float32] = (1.0 - lens.vignetting * (x * x + y * y)).astype(np.float32)
    return falloff
