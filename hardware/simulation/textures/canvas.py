"""Drawing in millimetres on a part's top.

Everything is drawn at twice the final resolution and then shrunk, so that every edge has
the soft border that a lens would give it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.hardware.simulation.components import Colour, Solid

RgbImage = npt.NDArray[np.uint8]
"""Colour picture, uint8 (height, width, 3), red first."""

PIXELS_PER_MM = 14.0
"""Texture resolution [px/mm]: twice the camera's 7.1 px/mm, so one mip level fits it."""

LARGEST_SIDE = 2048
"""Longest side of a texture [px]; larger parts get a coarser one."""

OVERSAMPLING = 2
"""Drawn pixels per final pixel."""

_SHIFT = 4


def texture_size(length: float, width: float) -> tuple[int, int]:
    """Columns and rows of the texture of a surface of length x width [m]."""
    scale = min(PIXELS_PER_MM, LARGEST_SIDE / (1e3 * max(length, width)))
    return max(8, round(1e3 * length * scale)), max(8, round(1e3 * width * scale))


class Canvas:
    """A surface to draw on, in the part's frame: origin in the middle, y up, **millimetres**.

    Args:
        length: Size along x [m].
        width: Size along y [m].
        colour: What it is covered with.
    """

    def __init__(self, length: float, width: float, colour: Colour) -> None:
        self.length_mm = 1e3 * length
        self.width_mm = 1e3 * width
        self.columns, self.rows = texture_size(length, width)
        self.scale = OVERSAMPLING * self.columns / self.length_mm
        shape = (OVERSAMPLING * self.rows, OVERSAMPLING * self.columns, 3)
        self.pixels: npt.NDArray[np.uint8] = np.empty(shape, np.uint8)
        self.pixels[:] = colour

    def to_pixels(self, points: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Points [mm], (N, 2), as fixed-point pixels for OpenCV's drawing calls."""
        xy = np.asarray(points, np.float64).reshape(-1, 2)
        column = (xy[:, 0] + 0.5 * self.length_mm) * self.scale - 0.5
        row = (0.5 * self.width_mm - xy[:, 1]) * self.scale - 0.5
        return np.round(np.column_stack([column, row]) * (1 << _SHIFT)).astype(np.int32)

    def polygon(self, points: npt.ArrayLike, colour: Colour) -> None:
        """Fill a polygon of points [mm]."""
        cv2.fillPoly(self.pixels, [self.to_pixels(points)], colour, cv2.LINE_AA, _SHIFT)

    def rectangle(
        self, x: float, y: float, length: float, width: float, colour: Colour, angle: float = 0.0
    ) -> None:
        """Fill a rectangle about its centre [mm], turned by an angle [rad]."""
        a, b, c, s = 0.5 * length, 0.5 * width, math.cos(angle), math.sin(angle)
        corners = [(-a, -b), (a, -b), (a, b), (-a, b)]
        self.polygon([(x + c * u - s * v, y + s * u + c * v) for u, v in corners], colour)

    def frame(
        self, x: float, y: float, length: float, width: float, line: float, colour: Colour
    ) -> None:
        """Draw the outline of an upright rectangle [mm]."""
        a, b = 0.5 * length, 0.5 * width
        corners = [(x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b), (x - a, y - b)]
        self.polyline(corners, line, colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle [mm]."""
        column, row = self.to_pixels([(x, y)])[0]
        size = max(1, round(radius * self.scale * (1 << _SHIFT)))
        cv2.circle(self.pixels, (column, row), size, colour, -1, cv2.LINE_AA, _SHIFT)

    def ring(self, x: float, y: float, radius: float, line: float, colour: Colour) -> None:
        """Draw a circle [mm] with a line of the given thickness [mm]."""
        column, row = self.to_pixels([(x, y)])[0]
        size = max(1, round(radius * self.scale * (1 << _SHIFT)))
        cv2.circle(
            self.pixels, (column, row), size, colour, self.thickness(line), cv2.LINE_AA, _SHIFT
        )

    def polyline(self, points: npt.ArrayLike, line: float, colour: Colour) -> None:
        """Draw a line [mm] through points [mm]."""
        cv2.polylines(
            self.pixels,
            [self.to_pixels(points)],
            False,
            colour,
            self.thickness(line),
            cv2.LINE_AA,
            _SHIFT,
        )

    def thickness(self, line: float) -> int:
        """A line thickness [mm] in drawn pixels, at least one."""
        return max(1, round(line * self.scale))

    def text(
        self,
        text: str,
        x: float,
        y: float,
        height: float,
        colour: Colour,
        *,
        line: float = 0.0,
        quarter_turns: int = 0,
    ) -> None:
        """Write text about its centre.

        Args:
            text: ASCII.
            x: Centre [mm].
            y: Centre [mm].
            height: Of the capitals [mm].
            colour: Of the letters.
            line: Stroke [mm]; 0 for a seventh of the height.
            quarter_turns: Counter-clockwise turns by 90 degrees.
        """
        font = cv2.FONT_HERSHEY_SIMPLEX
        stroke = self.thickness(line or height / 7.0)
        size = height * self.scale / 21.0
        (wide, high), below = cv2.getTextSize(text, font, size, stroke)
        margin = stroke + 2
        mask = np.zeros((high + below + 2 * margin, wide + 2 * margin), np.uint8)
        cv2.putText(mask, text, (margin, margin + high), font, size, 255, stroke, cv2.LINE_AA)
        mask = np.ascontiguousarray(np.rot90(mask, quarter_turns))
        column, row = self.to_pixels([(x, y)])[0] >> _SHIFT
        self._blend(mask, int(column) - mask.shape[1] // 2, int(row) - mask.shape[0] // 2, colour)

    def _blend(self, mask: npt.NDArray[np.uint8], column: int, row: int, colour: Colour) -> None:
        rows, columns = self.pixels.shape[:2]
        top, left = max(row, 0), max(column, 0)
        bottom = min(row + mask.shape[0], rows)
        right = min(column + mask.shape[1], columns)
        if top >= bottom or left >= right:
            return
        alpha = mask[top - row : bottom - row, left - column : right - column, None] / 255.0
        view = self.pixels[top:bottom, left:right]
        view[:] = (view + alpha * (np.array(colour, np.float64) - view)).astype(np.uint8)

    def solid(self, solid: Solid, colour: Colour, bevel: float = 0.15) -> None:
        """Draw a solid's top, with the bright and dark bevels that moulded edges have.

        Args:
            solid: In metres, as everywhere.
            colour: Of the top.
            bevel: Width of the bevel [mm]; 0 for none.
        """
        self.polygon(1e3 * solid.outline(), shade(colour, 0.72))
        self.polygon(1e3 * solid.outline(1e-3 * bevel), colour)

    def grain(self, rng: np.random.Generator, strength: float, blur: float = 0.0) -> None:
        """Cover everything with fine noise.

        Args:
            rng: Where the noise comes from.
            strength: One sigma, of 255.
            blur: Grain size, one sigma [mm].
        """
        height, width = self.pixels.shape[:2]
        noise = rng.standard_normal((height // 2, width // 2)).astype(np.float32)
        if blur > 0:
            sigma = max(0.3, 0.5 * blur * self.scale)
            noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma), np.float32)
            noise /= np.float32(max(float(noise.std()), 1e-6))
        large = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
        self.modulate(np.asarray(large, np.float32) * np.float32(strength))

    def modulate(self, offset: npt.NDArray[np.float32]) -> None:
        """Add the same offset to all three colours, float32 (rows, columns), of 255."""
        three = cv2.merge([offset, offset, offset])
        self.pixels = np.asarray(cv2.add(self.pixels, three, dtype=cv2.CV_8U))

    def finish(self) -> RgbImage:
        """The drawing at its final size, uint8 (rows, columns, 3)."""
        size = (self.columns, self.rows)
        return np.asarray(cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA))


def shade(colour: Colour, factor: float) -> Colour:
    """A colour made brighter or darker.

    Example:
        >>> shade((100, 50, 200), 0.5)
        (50, 25, 100)
    """
    red, green, blue = (max(0, min(255, round(factor * value))) for value in colour)
    return red, green, blue


def pick(rng: np.random.Generator, choices: Sequence[Colour]) -> Colour:
    """One of several colours."""
    return choices[int(rng.integers(len(choices)))]
