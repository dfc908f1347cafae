"""Which pixels of the taught picture are the part.

While the arm carries the part from one placement to the next, it takes a picture of the
table that the part leaves behind. What differs between that picture and the one with the
part, seen from the same pose, is the part and its shadow. Shadows fall to the same side of
the room, so seen from a part that was turned they fall elsewhere: what differs in **every**
placement is the part alone. Nothing is asked of the user, nothing is assumed about the
part's shape but that it is one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import Pyramid

Singles = npt.NDArray[np.float32]

SHRINK = 4
"""The mask is found on pictures reduced by this."""

CHANGE = 5.0
"""Grey levels that a place must change by when the part is taken away."""

SMALLEST = 0.005
"""A part covers at least this share of the picture, or it was not the part that moved."""


@dataclass(frozen=True)
class Before:
    """The same view with the part and without it."""

    with_part: Image
    """Picture with the part."""
    empty: Image
    """Picture from the same pose, the part being in the gripper."""
    motion: MotionCommand
    """The motion command of both: ``T_tool_pregrasp``."""


def find_mask(pairs: Sequence[Before], image_map: ImageMap) -> Image:
    """The part in the taught picture.

    Args:
        pairs: Views with and without the part, of one or more placements.
        image_map: How pixels lie on the part's plane.

    Returns:
        uint8 (height, width), 255 on the part; 255 everywhere where that cannot be told.
    """
    width, height = image_map.size
    everything = np.full((height, width), 255, np.uint8)
    if not pairs:
        return everything
    changes = np.stack([_change(pair, image_map) for pair in pairs])
    part = _one_piece((changes.min(axis=0) > CHANGE).astype(np.uint8))
    if part.mean() < SMALLEST:
        return everything
    full = cv2.resize(part * 255, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full > 127, np.uint8) * np.uint8(255)


def _change(pair: Before, image_map: ImageMap) -> Singles:
    """Grey levels by which the view changes, seen from the pregrasp pose (reduced size)."""
    width, height = image_map.size[0] // SHRINK, image_map.size[1] // SHRINK
    with_part = cv2.GaussianBlur(Pyramid(pair.with_part).at(SHRINK).astype(np.float32), (0, 0), 1)
    empty = cv2.GaussianBlur(Pyramid(pair.empty).at(SHRINK).astype(np.float32), (0, 0), 1)
    # The exposure may have drifted: most of the picture is table and must not change.
    difference = with_part - empty
    difference = np.abs(difference - np.median(difference))
    u, v = np.meshgrid(np.linspace(0, width - 1, 9), np.linspace(0, height - 1, 7))
    taught = np.stack([u.ravel(), v.ravel()], axis=1)
    seen = image_map.seen_at(pair.motion, (taught + 0.5) * SHRINK - 0.5)
    design = np.column_stack([taught, np.ones(len(taught))])
    warp = np.linalg.lstsq(design, (seen + 0.5) / SHRINK - 0.5, rcond=None)[0].T
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(difference, warp, (width, height), flags=flags), np.float32)


def _one_piece(changed: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The largest region, without holes and frayed edges."""
    closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, _disc(15))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disc(9))
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return np.zeros_like(changed)
    largest = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    piece = (labels == largest).astype(np.uint8)
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(piece, outlines, -1, 1, -1)
    return np.asarray(piece, np.uint8)


def _disc(size: int) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
