"""Finds the places where a part that repeats itself breaks its own pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import Floats, ImageMap
from pregrasp.perception.last_inch import (
    Pyramid,
    Singles,
    normalise,
    patch_grid,
    sample_patches,
)
from pregrasp.perception.marks import BLIND, MARK_SIDE, Marks
from pregrasp.perception.training.last_inch import Labelled

PITCHES = 1.5
"""A mark is read with so much around it: its neighbours tell what the pattern is."""

STEP = 0.2
"""Of that, between places that are looked at."""

MOST_PLACES = 20_000
"""More are not looked at; OpenCV could not sample more than 32,767 at once."""

LEAST_PITCH = 1.0 * MM
"""Repeats that lie closer are turns about one place, and no pattern [m]."""

UNLIKE = 0.9
"""A mark is no more like any repeat than this, as a correlation."""

LIKE_ITSELF = 0.95
"""In how much of the captures a mark must be recognised to be of use."""

MOST_MARKS = 16
"""More are not needed to tell parts apart."""


def find_marks(
    taught: Image,
    mask: Image,
    image_map: ImageMap,
    aliases: Sequence[MotionCommand],
    captures: Sequence[Labelled],
) -> Marks | None:
    """Marks of a part; None where it has none.

    Args:
        taught: The picture from the pregrasp pose, uint8 (height, width).
        mask: Where the part is in it, uint8 (height, width), 255 inside.
        image_map: How pixels lie on the part's plane.
        aliases: Moves after which the part looks much like itself.
        captures: Pictures of the part in which a mark must be recognised.
    """
    aliases = [alias for alias in aliases if alias.translation >= LEAST_PITCH]
    if not aliases:
        return None
    pitch = min(alias.translation for alias in aliases)
    spacing = PITCHES * pitch / MARK_SIDE
    shrink = 2 ** int(np.clip(np.round(np.log2(spacing / image_map.scale)), 0, 3))
    centres = _places(mask, image_map, STEP * PITCHES * pitch)
    pyramid, grid = Pyramid(taught), patch_grid(MARK_SIDE, spacing)
    within = cv2.erode(mask, _square(PITCHES * pitch / image_map.scale))

    def seen(motion: MotionCommand) -> tuple[Singles, npt.NDArray[np.bool_]]:
        patches, pixels, inside = sample_patches(pyramid, image_map, shrink, centres, grid, motion)
        column, row = np.round(pixels).astype(int).T
        height, width = within.shape
        on_part = within[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)] > 0
        return normalise(patches, BLIND), inside & on_part

    own, usable = seen(MotionCommand())
    back = [alias.inverse() for alias in aliases]
    repeats = [seen(motion) for motion in (*aliases, *back)]
    pattern = np.stack([patches * there[:, None] for patches, there in repeats], axis=1)
    likeness = (np.einsum("np,nkp->nk", own, pattern) / MARK_SIDE**2).max(axis=1)
    # Where the pattern ends, it ends on every part: a mark has the pattern on both its sides.
    ahead, behind = np.split(np.stack([there for _, there in repeats]), 2)
    usable &= (ahead & behind).any(axis=0) & (likeness < UNLIKE)
    chosen = _spread(centres, likeness, usable, PITCHES * pitch / 2.0)
    if not chosen:
        return None
    marks = Marks(shrink, spacing, centres[chosen], own[chosen], pattern[chosen])
    return _recognised(marks, image_map, captures)


def _places(mask: Image, image_map: ImageMap, step: float) -> Floats:
    """A grid of places on the part, float64 (N, 2) [m]."""
    rows, columns = np.nonzero(mask)
    corners = np.array(
        [[u, v] for u in (columns.min(), columns.max()) for v in (rows.min(), rows.max())], float
    )
    reach = image_map.plane(corners)
    low, high = reach.min(axis=0), reach.max(axis=0)
    step = max(step, float(np.sqrt(np.prod(high - low) / MOST_PLACES)))
    x, y = np.meshgrid(np.arange(low[0], high[0], step), np.arange(low[1], high[1], step))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _spread(
    centres: Floats, likeness: Singles, usable: npt.NDArray[np.bool_], apart: float
) -> list[int]:
    """The least alike first, and none close to another."""
    chosen: list[int] = []
    for i in np.argsort(likeness, kind="stable"):
        away = np.linalg.norm(centres[chosen] - centres[i], axis=1)
        if usable[i] and bool((away >= apart).all()):
            chosen.append(int(i))
    return chosen[:MOST_MARKS]


def _recognised(marks: Marks, image_map: ImageMap, captures: Sequence[Labelled]) -> Marks | None:
    """Those marks that are there in the captures, too: a shadow on the taught picture is none."""
    if not captures:
        return None
    reads = [marks.read(Pyramid(each.image), image_map, each.motion) for each in captures]
    seen = np.sum([inside for _, _, inside in reads], axis=0)
    shown = np.sum([shown for shown, _, _ in reads], axis=0)
    keep = (seen > 0) & (shown >= LIKE_ITSELF * seen)
    if not keep.any():
        return None
    return replace(
        marks, centres=marks.centres[keep], own=marks.own[keep], pattern=marks.pattern[keep]
    )


def _square(size: float) -> Image:
    return np.ones((round(size), round(size)), np.uint8)
