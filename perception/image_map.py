"""How a pixel of the picture lies on the part: a calibration that nobody has to do.

The camera looks straight down from a fixed height, so every pixel p sees one point of the
part's plane. In the tool frame that point is a smooth function of the pixel,

    x_tool(p) = C phi(p),        phi = all monomials of degree <= 3,

which holds the mounting offset and angle, the tilt and the lens distortion without naming
them. C is found from the captures alone: a point seen at q in the taught picture and at p
in a picture taken at the motion command v = (t, theta) obeys

    x_tool(p) = R(theta) x_tool(q) + t,

that is C phi(p) - R C phi(q) = t, **linear** in C. Many tracked points in captures whose v
the robot reported determine it; no board, no intrinsics, no hand-eye calibration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from pregrasp.frames import MM, MotionCommand
from pregrasp.perception.errors import TrainingError

Floats = npt.NDArray[np.float64]

DEGREE = 3
INVERSE_DEGREE = 5
"""The way back needs more terms than the way there to be as exact."""


@dataclass(frozen=True)
class Observation:
    """Points tracked from the taught picture into one capture."""

    motion: MotionCommand
    """v of the capture: ``T_tool_pregrasp``."""
    taught: Floats
    """Pixels in the taught picture, float64 (N, 2) [px]."""
    seen: Floats
    """The same points in the capture, float64 (N, 2) [px]."""


@dataclass(frozen=True)
class ImageMap:
    """The map between pixels and the part's plane in the tool frame."""

    size: tuple[int, int]
    """Width and height of the picture [px]."""
    to_plane: Floats
    """C: float64 (2, M) [m], over monomials of normalised pixels."""
    to_pixel: Floats
    """The inverse, float64 (2, M), over monomials of normalised plane points."""
    centre: Floats
    """Plane point of the picture's centre, float64 (2,) [m]."""
    reach: float
    """Half the picture's diagonal on the plane [m]; normalises plane points."""

    @classmethod
    def fit(cls, size: tuple[int, int], observations: list[Observation], degree: int) -> Self:
        """The map that agrees best with the tracked points.

        Args:
            size: Width and height of the picture [px].
            observations: Tracked points; their motions must differ in x, y and theta.
            degree: 1 while only small motions are known, up to `DEGREE` at the end.

        Raises:
            TrainingError: The motions do not determine the map.
        """
        terms = _terms(degree)
        rows, values = [], []
        for seen in observations:
            v = seen.motion
            c, s = np.cos(v.theta), np.sin(v.theta)
            at_seen = _monomials(_normalise_pixels(seen.seen, size), degree)
            at_taught = _monomials(_normalise_pixels(seen.taught, size), degree)
            rows.append(np.hstack([at_seen - c * at_taught, s * at_taught]))
            values.append(np.full(len(at_seen), v.x))
            rows.append(np.hstack([-s * at_taught, at_seen - c * at_taught]))
            values.append(np.full(len(at_seen), v.y))
        design, target = np.vstack(rows), np.concatenate(values)
        solution, _, rank, _ = np.linalg.lstsq(design, target, rcond=1e-9)
        if rank < 2 * terms:
            raise TrainingError(
                "the captures do not show how the picture moves with the arm: their poses "
                "must differ in x, in y and in rotation. Collect again with a larger workspace."
            )
        to_plane = np.zeros((2, _terms(DEGREE)))
        to_plane[:, :terms] = solution.reshape(2, terms)
        return cls._with_inverse(size, to_plane)

    @classmethod
    def _with_inverse(cls, size: tuple[int, int], to_plane: Floats) -> Self:
        """Complete the map by the polynomial that leads back, fitted on a grid."""
        grid = np.stack(np.meshgrid(np.linspace(-0.6, 0.6, 25), np.linspace(-0.6, 0.6, 25)), -1)
        pixels = (grid.reshape(-1, 2) + 0.5) * np.array(size)
        plane = _monomials(_normalise_pixels(pixels, size), DEGREE) @ to_plane.T
        centre = to_plane[:, 0]
        reach = float(np.max(np.linalg.norm(plane - centre, axis=1)))
        if not 1e-4 < reach < 10.0:
            raise TrainingError(
                f"the camera seems to see {2 * reach / MM:.1f} mm: the labels do not fit the "
                "pictures. Was the camera or its mounting changed during collection?"
            )
        monomials = _monomials((plane - centre) / reach, INVERSE_DEGREE)
        to_pixel, _, _, _ = np.linalg.lstsq(monomials, pixels, rcond=None)
        return cls(size, to_plane, to_pixel.T, centre.copy(), reach)

    def to_json(self) -> dict[str, Any]:
        """The map as plain JSON values; the picture's size is kept beside it."""
        return {
            "to_plane": self.to_plane.tolist(),
            "to_pixel": self.to_pixel.tolist(),
            "centre_m": self.centre.tolist(),
            "reach_m": self.reach,
        }

    @classmethod
    def from_json(cls, size: Sequence[int], values: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote.

        Raises:
            KeyError: A value is missing.
            TypeError: A value has another type.
            ValueError: A value cannot be converted.
        """
        width, height = size
        return cls(
            (int(width), int(height)),
            np.array(values["to_plane"], np.float64),
            np.array(values["to_pixel"], np.float64),
            np.array(values["centre_m"], np.float64),
            float(values["reach_m"]),
        )

    @property
    def turn(self) -> float:
        """Angle of the picture's columns against the tool's x axis [rad]."""
        return float(np.arctan2(self.to_plane[1, 1], self.to_plane[0, 1]))

    @property
    def scale(self) -> float:
        """Size of a pixel at the picture's centre [m/px]."""
        linear = self.to_plane[:, 1:3] / _half_width(self.size)
        return float(np.sqrt(abs(np.linalg.det(linear))))

    def plane(self, pixels: npt.ArrayLike) -> Floats:
        """Pixels (N, 2) [px] to points of the part's plane in the tool frame (N, 2) [m]."""
        normalised = _normalise_pixels(np.asarray(pixels, np.float64), self.size)
        return _monomials(normalised, DEGREE) @ self.to_plane.T

    def pixels(self, plane: npt.ArrayLike) -> Floats:
        """Points in the tool frame (N, 2) [m] to pixels (N, 2) [px]."""
        normalised = (np.asarray(plane, np.float64) - self.centre) / self.reach
        return _monomials(normalised, INVERSE_DEGREE) @ self.to_pixel.T

    def seen_at(self, motion: MotionCommand, taught: npt.ArrayLike) -> Floats:
        """Where points of the taught picture are seen from elsewhere.

        Args:
            motion: v of the picture: ``T_tool_pregrasp``.
            taught: Pixels of the taught picture (N, 2) [px].
        """
        return self.pixels(move_points(motion, self.plane(taught)))


def move_points(motion: MotionCommand, points: Floats) -> Floats:
    """``R(theta) x + t`` for points (N, 2) [m]."""
    c, s = np.cos(motion.theta), np.sin(motion.theta)
    moved: Floats = points @ np.array([[c, s], [-s, c]]) + np.array([motion.x, motion.y])
    return moved


def _half_width(size: tuple[int, int]) -> float:
    return size[0] / 2.0


def _normalise_pixels(pixels: Floats, size: tuple[int, int]) -> Floats:
    centre = (np.array(size, np.float64) - 1.0) / 2.0
    return (pixels - centre) / _half_width(size)


def _monomials(points: Floats, degree: int) -> Floats:
    """Float64 (N, terms): 1, u, v, u^2, uv, v^2, u^3 and so on."""
    u, v = points.T
    monomials = np.empty((_terms(degree), len(points)))
    monomials[0] = 1.0
    for power in range(1, degree + 1):
        # Those of one degree are those of the degree below times u, and the last one times v.
        below, first = _terms(power - 2), _terms(power - 1)
        np.multiply(monomials[below:first], u, out=monomials[first : first + power])
        np.multiply(monomials[first - 1], v, out=monomials[first + power])
    return monomials.T


def _terms(degree: int) -> int:
    return (degree + 1) * (degree + 2) // 2
