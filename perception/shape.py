"""Finding a part by the directions of its edges: quick, rough, and through covers.

The network has seen made-up covers only, and landmarks need texture. A plain part that is half
covered still has half of its edges. So a small picture of the part, turned step by step, is laid
everywhere on the picture, and wherever the edges of both run the same way counts (shape-based
matching: Steger 2002; on a small picture: Hinterstoisser et al. 2012, LINE-2D). The direction of
an edge is doubled, (cos 2a, sin 2a): on a dark table the outline is an edge from dark to bright, on
a bright one from bright to dark.
"""

from __future__ import annotations

import io
import itertools
import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import ImageMap, move_points

SHRINK = 16
"""Camera pixels per pixel of the small picture, per axis."""

STEP = 4 * DEG
"""Between two turns that are tried [rad]; the last inch finds its way from half of it."""

FAINT = 6.0
"""An edge of this strength counts half [grey values per small pixel]; stronger ones hardly more."""

PLACES_EACH = 3
"""The best places of every turn."""

BLOTTED = 3
"""Around a place nothing else is looked for [small pixels]."""

SAME = 5.0
"""Places nearer than this are one [mm, degrees counted as mm]."""

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """A small picture of the part from the pregrasp pose."""

    picture: Image
    """Reduced by `SHRINK`, uint8 (h, w)."""
    mask: Image
    """Where the part is in it, uint8 (h, w), 255 inside."""
    turns: float
    """It is looked for turned by up to this, either way [rad]."""

    @classmethod
    def of(cls, taught: Image, mask: Image, turns: float) -> Shape:
        """From the taught picture.

        Args:
            taught: uint8 (height, width).
            mask: Where the part is in it, uint8 (height, width), 255 inside.
            turns: How far a part may be turned, either way [rad].
        """
        size = (taught.shape[1] // SHRINK, taught.shape[0] // SHRINK)
        picture = np.asarray(cv2.resize(taught, size, interpolation=cv2.INTER_AREA), np.uint8)
        inside = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        # Half of an outline lies outside of it.
        grown = cv2.dilate(inside, np.ones((3, 3), np.uint8))
        return cls(picture, np.asarray(grown, np.uint8), turns)

    def pack(self) -> bytes:
        """As one ``.npz`` file."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            picture=self.picture,
            mask=self.mask,
            turns_deg=np.array(self.turns / DEG),
        )
        return buffer.getvalue()

    @classmethod
    def unpack(cls, content: bytes) -> Shape:
        """Read what `pack` wrote.

        Raises:
            ValueError: The content is none.
            KeyError: Something is missing in it.
        """
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return cls(
                arrays["picture"].astype(np.uint8),
                arrays["mask"].astype(np.uint8),
                float(arrays["turns_deg"]) * DEG,
            )


@dataclass(frozen=True)
class _Template:
    """The edges of the part at one turn."""

    turn: float
    """Of the motion command [rad]."""
    edges: Singles
    """As of `edge_directions`, zero outside of the part, float32 (2, h, w)."""
    corner: tuple[int, int]
    """Column and row of the picture at which it would lie were the part only turned."""
    energy: float
    """What it scores on itself."""


class ShapeSearch:
    """Lays the part's shape on pictures.

    Args:
        shape: Of the part.
        image_map: How pixels lie on the part's plane.
    """

    def __init__(self, shape: Shape, image_map: ImageMap) -> None:
        origin, along_x, along_y = image_map.pixels(np.array([[0, 0], [MM, 0], [0, MM]], float))
        # The map's linear part is exact to a small pixel, which is all that is wanted here.
        self._scale = np.stack([along_x - origin, along_y - origin], axis=1) / (MM * SHRINK)
        self._unscale = np.linalg.inv(self._scale)
        self._origin = (origin + 0.5) / SHRINK - 0.5
        count = math.ceil(shape.turns / STEP)
        turns = np.linspace(-count * STEP, count * STEP, 2 * count + 1)
        self._templates = [self._template(shape, float(turn)) for turn in turns]

    def find(self, picture: Image, most: int) -> list[MotionCommand]:
        """Where the part may lie, the likeliest first.

        Args:
            picture: Reduced by `SHRINK`, uint8 (h, w).
            most: How many places are wanted at most.
        """
        seen = edge_directions(picture)
        places = [place for template in self._templates for place in self._lay(template, seen)]
        places.sort(key=lambda place: -place[0])
        found: list[MotionCommand] = []
        for _, motion in places:
            if len(found) == most:
                break
            if all((motion.inverse() @ other).distance > SAME for other in found):
                found.append(motion)
        return found

    def _lay(self, template: _Template, seen: Singles) -> list[tuple[float, MotionCommand]]:
        """The places at which one turn of the part scores best."""
        height, width = template.edges.shape[1:]
        # A part that is half outside of the picture is looked for, too.
        down, right = height // 2, width // 2
        score = sum(
            cv2.matchTemplate(
                cv2.copyMakeBorder(picture, down, down, right, right, cv2.BORDER_CONSTANT),
                edges,
                cv2.TM_CCORR,
            )
            for picture, edges in zip(seen, template.edges, strict=True)
        )
        score = np.asarray(score, np.float32) / np.float32(template.energy)
        places = []
        for _ in range(PLACES_EACH):
            row, column = (int(i) for i in np.unravel_index(int(np.argmax(score)), score.shape))
            moved = (column - right - template.corner[0], row - down - template.corner[1])
            x, y = (float(value) for value in self._unscale @ moved)
            places.append((float(score[row, column]), MotionCommand(x, y, template.turn)))
            rows = slice(max(row - BLOTTED, 0), row + BLOTTED + 1)
            score[rows, max(column - BLOTTED, 0) : column + BLOTTED + 1] = -1.0
        return places

    def _template(self, shape: Shape, turn: float) -> _Template:
        ends = np.array([[1.0, 0.0], [0.0, 1.0]])
        rotation = move_points(MotionCommand(0.0, 0.0, turn), ends).T
        across = self._scale @ rotation @ self._unscale
        height, width = shape.mask.shape
        # Turned about the tool's axis, which may lie outside of the picture, it must not be cut.
        corners = np.array(list(itertools.product((0, width - 1), (0, height - 1))), float)
        turned = (corners - self._origin) @ across.T + self._origin
        low = np.floor(turned.min(axis=0)).astype(int)
        size = np.ceil(turned.max(axis=0)).astype(int) - low + 1
        warp = np.column_stack([across, self._origin - across @ self._origin - low])
        picture = cv2.warpAffine(shape.picture, warp, size, borderMode=cv2.BORDER_REPLICATE)
        inside = cv2.warpAffine(shape.mask, warp, size) > 127
        rows, columns = np.nonzero(inside)
        top, left = int(rows.min()), int(columns.min())
        window = (slice(top, int(rows.max()) + 1), slice(left, int(columns.max()) + 1))
        edges = edge_directions(np.asarray(picture, np.uint8)) * inside
        return _Template(
            turn,
            np.ascontiguousarray(edges[:, *window]),
            (left + int(low[0]), top + int(low[1])),
            max(float((edges**2).sum()), 1e-6),
        )


def edge_directions(picture: Image) -> Singles:
    """The doubled direction of the grey values' gradient, as long as the edge counts.

    Args:
        picture: Grey values, uint8 (h, w).

    Returns:
        cos 2a and sin 2a, times a strength from 0 to 1, float32 (2, h, w).
    """
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=1 / 8)
    squared = across * across + down * down
    strength = np.sqrt(squared)
    length = strength / (strength + FAINT) / np.maximum(squared, 1e-6)
    doubled = np.stack([across * across - down * down, 2.0 * across * down])
    return np.asarray(doubled * length, np.float32)
