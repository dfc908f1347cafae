"""Pictures that show everything but the part: what an estimator must not be fooled by.

Three kinds can be had without asking anybody for other parts: the table that the part left
behind; the part in the mirror, much like one that lies on its face; and its own pictures cut
into tiles that are laid elsewhere and turned, so that every tile looks like a piece of the
part and no two of them fit together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pregrasp.perception.dataset import Dataset
from pregrasp.perception.estimator import Image
from pregrasp.perception.sampling import CaptureKind

TILE = 100
"""Side of a tile [px]; smaller than two neighbouring patches of the last inch."""

EACH = 16
"""Pictures of each kind."""


def impostors(
    dataset: Dataset, captures: Sequence[Image], rng: np.random.Generator
) -> Iterator[Image]:
    """Pictures without the part, each made when it is asked for.

    Args:
        dataset: Its empty views are used.
        captures: Pictures of the part to mirror and to cut up.
        rng: Where the tiles go.
    """
    empty = [r for r in dataset.records if r.kind is CaptureKind.EMPTY]
    for record in empty[:: max(1, len(empty) // EACH)]:
        yield dataset.image(record)
    for image in captures[:: max(1, len(captures) // EACH)]:
        yield shuffled(image, rng)
        yield mirrored(image)


def mirrored(image: Image) -> Image:
    """A picture in the mirror, of the same size."""
    return np.ascontiguousarray(image[:, ::-1])


def shuffled(image: Image, rng: np.random.Generator, tile: int = TILE) -> Image:
    """A picture whose tiles have changed places and been turned.

    Args:
        image: uint8 (height, width), at least one tile large.
        rng: Where they go.
        tile: Side of a tile [px].

    Returns:
        uint8 of the same size; what is left at the edges stays as it is.
    """
    rows, columns = image.shape[0] // tile, image.shape[1] // tile
    whole = image[: rows * tile, : columns * tile]
    pieces = whole.reshape(rows, tile, columns, tile).swapaxes(1, 2).reshape(-1, tile, tile)
    laid = np.stack([np.rot90(piece, int(rng.integers(4))) for piece in rng.permutation(pieces)])
    result = image.copy()
    result[: rows * tile, : columns * tile] = (
        laid.reshape(rows, columns, tile, tile).swapaxes(1, 2).reshape(whole.shape)
    )
    return result
