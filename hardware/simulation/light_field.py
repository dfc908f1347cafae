"""Uneven light: ramps across the table, and lamps that mirror in glossy parts.

MuJoCo lights the corners of its meshes and interpolates, which is right for lamps far away
and blind to anything finer. These two effects are therefore computed on a coarse grid of
the picture, from where each of its points lies on the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

GRID = (200, 150)
"""Columns and rows of the grid."""
TABLE_GLOSS = 0.12
"""How strongly a table mirrors lamps, beside a part's 1."""

Grid = npt.NDArray[np.float32]
"""One number a grid point, float32 (`GRID` rows, columns), row 0 on top."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ramp:
    """Light that grows in one direction and stays where it is in the cell."""

    slope_x: float
    """Relative growth along x of the part's frame at the start [1/m]."""
    slope_y: float
    """And along y [1/m]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MirroredLamp:
    """A lamp whose mirror image shows in glossy surfaces, and wanders as the camera moves."""

    x: float
    """Where it hangs, in the part's frame at the start [m]."""
    y: float
    """[m]"""
    height: float
    """Above the table [m]."""
    radius: float
    """Of its soft mirror image, one sigma [m]."""
    strength: float
    """Light added at its middle, of 255."""


@dataclass(frozen=True, slots=True)
class View:
    """Where the points of the grid lie on the part's top plane, in base."""

    points: npt.NDArray[np.float64]
    """float64 (rows, columns, 2) [m]."""
    eye: npt.NDArray[np.float64]
    """The camera, float64 (3,) [m]."""
    plane: float
    """Height of the plane [m]."""


def look_at_plane(
    position: npt.NDArray[np.float64],
    axes: npt.NDArray[np.float64],
    half_height: float,
    plane: float,
) -> View:
    """The view of a camera onto a horizontal plane.

    Args:
        position: Of the camera, in base, float64 (3,) [m].
        axes: Right, up and backward as columns, in base, float64 (3, 3).
        half_height: Tangent of half the vertical field of view.
        plane: Height of the plane [m].
    """
    columns, rows = GRID
    across = (np.arange(columns) + 0.5) / columns * 2.0 - 1.0
    down = (np.arange(rows) + 0.5) / rows * 2.0 - 1.0
    u, v = np.meshgrid(across * half_height * columns / rows, -down * half_height)
    rays = np.stack([u, v, -np.ones_like(u)], axis=-1) @ axes.T
    fall = np.minimum(rays[..., 2], -0.05)
    reach = (plane - position[2]) / fall
    return View(position[:2] + rays[..., :2] * reach[..., None], position, plane)


def ramp_light(view: View, ramp: Ramp, T_base_start: npt.NDArray[np.float64]) -> Grid:
    """The factor on the light of each grid point.

    Args:
        view: Where the grid points lie.
        ramp: The ramp.
        T_base_start: Pose of the part at the start, SE(2), float64 (3, 3) [m].
    """
    slope = T_base_start[:2, :2] @ np.array([ramp.slope_x, ramp.slope_y])
    factor = 1.0 + (view.points - T_base_start[:2, 2]) @ slope
    light: Grid = np.clip(factor, 0.3, 1.9).astype(np.float32)
    return light


def mirrored_light(
    view: View,
    lamps: tuple[MirroredLamp, ...],
    T_base_start: npt.NDArray[np.float64],
    outline: npt.NDArray[np.float64],
    gloss: float,
) -> Grid:
    """The light that mirrored lamps add to each grid point, of 255.

    Args:
        view: Where the grid points lie.
        lamps: The lamps.
        T_base_start: Pose of the part at the start, SE(2), float64 (3, 3) [m].
        outline: Corners of the part as it lies now, in base, float64 (N, 2) [m].
        gloss: Of the part, 0 to 1.
    """
    glossy = np.where(_inside(view, outline), np.float32(gloss), np.float32(TABLE_GLOSS))
    glossy = cv2.GaussianBlur(glossy, (0, 0), 0.6)
    added = np.zeros(view.points.shape[:2], np.float32)
    above_eye = view.eye[2] - view.plane
    for lamp in lamps:
        place = (T_base_start @ np.array([lamp.x, lamp.y, 1.0]))[:2]
        share = above_eye / (above_eye + lamp.height - view.plane)
        middle = view.eye[:2] + (place - view.eye[:2]) * share
        away = ((view.points - middle) ** 2).sum(axis=-1) / (2.0 * lamp.radius**2)
        added += (lamp.strength * np.exp(-away)).astype(np.float32)
    return added * glossy


def _inside(view: View, outline: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which grid points a convex, counter-clockwise outline holds."""
    inside = np.ones(view.points.shape[:2], bool)
    for corner, following in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        along, toward = following - corner, view.points - corner
        inside &= along[0] * toward[..., 1] - along[1] * toward[..., 0] >= 0.0
    return inside
