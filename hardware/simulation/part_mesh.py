"""A part's look as one textured mesh.

The texture is an atlas: the top as seen from above, the underside at half the resolution,
and a palette with one cell for the sides of each solid. Solids' tops show the piece of the
top picture that lies below them, so picture and geometry cannot drift apart.

The mesh has a fixed number of slots for solids; unused ones are folded into a point inside
the part. Another individual, or another part of the same size, then fits into the arrays of
a compiled model and needs no new compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.hardware.simulation.components import ROUND_CORNERS, Solid
from pregrasp.hardware.simulation.textures.canvas import RgbImage
from pregrasp.hardware.simulation.textures.look import Look

BOX_SLOTS = 160
"""Rectangular solids that fit into a mesh, unless the first part needs more."""
ROUND_SLOTS = 32
"""Elliptic solids that fit into a mesh, unless the first part needs more."""

_CELL = 16
_GUTTER = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class PartMesh:
    """Arrays as MuJoCo wants them, in the part's frame."""

    vertices: npt.NDArray[np.float32]
    """float32 (V, 3) [m]."""
    normals: npt.NDArray[np.float32]
    """float32 (V, 3)."""
    coordinates: npt.NDArray[np.float32]
    """Place in the atlas, float32 (V, 2), 0 to 1 from the first column and row."""
    faces: npt.NDArray[np.int32]
    """int32 (F, 3); a function of the number of slots only."""
    atlas: RgbImage
    """uint8 (rows, columns, 3)."""


def build_mesh(
    look: Look, length: float, width: float, thickness: float, slots: tuple[int, int] | None = None
) -> PartMesh:
    """The mesh and the atlas of a part.

    Args:
        look: Its surfaces.
        length: Along x [m].
        width: Along y [m].
        thickness: Of the part without solids [m].
        slots: Rectangular and elliptic solids to make room for; None for enough.

    Raises:
        ValueError: There are more solids than slots.
    """
    boxes = [solid for solid in look.solids if not solid.round]
    rounds = [solid for solid in look.solids if solid.round]
    box_slots, round_slots = slots or slots_for(look)
    if len(boxes) > box_slots or len(rounds) > round_slots:
        raise ValueError(
            f"the part has {len(boxes)} rectangular and {len(rounds)} round solids, but its mesh "
            f"was made for {box_slots} and {round_slots}"
        )
    padded: list[Solid | None] = [*boxes, *[None] * (box_slots - len(boxes))]
    padded += [*rounds, *[None] * (round_slots - len(rounds))]
    atlas, rows_top, cells = _atlas(look, padded)
    size = np.array([atlas.shape[1], atlas.shape[0]], np.float64)
    extent = np.array([length, width])
    picture = np.array([look.top.shape[1], rows_top], np.float64)

    def on_top(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        share = xy / extent
        return np.column_stack([0.5 + share[:, 0], 0.5 - share[:, 1]]) * picture / size

    builder = _Builder()
    below = np.array([look.bottom.shape[1] // 2, look.bottom.shape[0] // 2])
    under = np.array([[0, rows_top + _GUTTER], below]) / size
    _slab(builder, extent, thickness, under, on_top, cells[0] / size)
    for index, solid in enumerate(padded):
        corners = 4 if index < box_slots else ROUND_CORNERS
        _prism(builder, solid, corners, thickness, on_top, cells[index + 1] / size)
    return PartMesh(
        vertices=np.concatenate(builder.vertices).astype(np.float32),
        normals=np.concatenate(builder.normals).astype(np.float32),
        coordinates=np.concatenate(builder.coordinates).astype(np.float32),
        faces=np.concatenate(builder.faces).astype(np.int32),
        atlas=atlas,
    )


def slots_for(look: Look) -> tuple[int, int]:
    """Rectangular and elliptic slots that hold a look's solids, with room for others."""
    round_count = sum(solid.round for solid in look.solids)
    return max(BOX_SLOTS, len(look.solids) - round_count), max(ROUND_SLOTS, round_count)


class _Builder:
    """Collects polygons; each is a fan about its first corner."""

    def __init__(self) -> None:
        self.vertices: list[npt.NDArray[np.float64]] = []
        self.normals: list[npt.NDArray[np.float64]] = []
        self.coordinates: list[npt.NDArray[np.float64]] = []
        self.faces: list[npt.NDArray[np.int64]] = []
        self.count = 0

    def add(
        self,
        corners: npt.NDArray[np.float64],
        normals: npt.NDArray[np.float64],
        coordinates: npt.NDArray[np.float64],
    ) -> None:
        number = len(corners)
        self.vertices.append(corners)
        self.normals.append(np.broadcast_to(normals, (number, 3)))
        self.coordinates.append(np.broadcast_to(coordinates, (number, 2)))
        fan = np.arange(1, number - 1)
        self.faces.append(self.count + np.column_stack([np.zeros_like(fan), fan, fan + 1]))
        self.count += number


OnTop = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
"""Points of the part's top, (N, 2) [m], to places in the atlas, (N, 2), 0 to 1."""


def _slab(
    builder: _Builder,
    extent: npt.NDArray[np.float64],
    thickness: float,
    under: npt.NDArray[np.float64],
    on_top: OnTop,
    cell: npt.NDArray[np.float64],
) -> None:
    """The part without solids; ``under`` is the corner of the underside's picture and its size."""
    half = 0.5 * extent
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    outline = signs * half
    top = np.column_stack([outline, np.full(4, thickness)])
    bottom = np.column_stack([outline, np.zeros(4)])
    builder.add(top, np.array([0.0, 0.0, 1.0]), on_top(outline))
    shown = under[0] + np.where(signs[::-1] < 0, 0.0, 1.0) * under[1]
    builder.add(bottom[::-1], np.array([0.0, 0.0, -1.0]), shown)
    for first in range(4):
        second = (first + 1) % 4
        middle = outline[first] + outline[second]
        normal = np.append(middle / np.linalg.norm(middle), 0.0)
        corners = np.array([bottom[first], bottom[second], top[second], top[first]])
        builder.add(corners, normal, cell)


def _prism(
    builder: _Builder,
    solid: Solid | None,
    corners: int,
    thickness: float,
    on_top: OnTop,
    cell: npt.NDArray[np.float64],
) -> None:
    """A solid, or the folded slot of one that is not there."""
    if solid is None:
        nowhere = np.tile([0.0, 0.0, 0.5 * thickness], (corners, 1))
        builder.add(nowhere, np.array([0.0, 0.0, 1.0]), cell)
        for _ in range(corners):
            builder.add(nowhere[:4], np.array([0.0, 0.0, 1.0]), cell)
        return
    foot, head = solid.outline(), solid.outline(solid.taper)
    top = np.column_stack([head, np.full(corners, thickness + solid.height)])
    bottom = np.column_stack([foot, np.full(corners, thickness)])
    builder.add(top, np.array([0.0, 0.0, 1.0]), on_top(head))
    centre = np.array([solid.x, solid.y])
    for first in range(corners):
        second = (first + 1) % corners
        quad = np.array([bottom[first], bottom[second], top[second], top[first]])
        if solid.round:
            around = np.array([foot[first], foot[second], foot[second], foot[first]]) - centre
        else:
            along = foot[second] - foot[first]
            around = np.tile([along[1], -along[0]], (4, 1))
        normals = np.column_stack([around, np.full(4, np.linalg.norm(around) * 0.05)])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        builder.add(quad, normals, cell)


def _atlas(look: Look, solids: list[Solid | None]) -> tuple[RgbImage, int, npt.NDArray[np.float64]]:
    """The atlas, the rows of its top picture and the centres of the palette's cells [px]."""
    rows, columns = look.top.shape[:2]
    below = cv2.resize(
        look.bottom,
        (look.bottom.shape[1] // 2, look.bottom.shape[0] // 2),
        interpolation=cv2.INTER_AREA,
    )
    across = columns // _CELL
    lines = -(-(len(solids) + 1) // across)
    palette_row = rows + 2 * _GUTTER + below.shape[0]
    atlas = np.empty((palette_row + lines * _CELL, columns, 3), np.uint8)
    atlas[:rows] = look.top
    # Gutters repeat their neighbours, so that smaller mip levels do not mix the pictures.
    atlas[rows : rows + _GUTTER // 2] = look.top[-1]
    atlas[rows + _GUTTER // 2 :] = look.edge
    atlas[rows + _GUTTER // 2 : rows + _GUTTER, : below.shape[1]] = below[0]
    atlas[rows + _GUTTER : rows + _GUTTER + below.shape[0], : below.shape[1]] = below
    centres = np.empty((len(solids) + 1, 2))
    for index, solid in enumerate([None, *solids]):
        row, column = palette_row + index // across * _CELL, index % across * _CELL
        atlas[row : row + _CELL, column : column + _CELL] = solid.colour if solid else look.edge
        centres[index] = column + 0.5 * _CELL, row + 0.5 * _CELL
    return atlas, rows, centres
