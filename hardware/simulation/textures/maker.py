"""From a task's `Texture` to a part's look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pregrasp.hardware.simulation.components import Solid, solid_of
from pregrasp.hardware.simulation.specification import Generator, Part
from pregrasp.hardware.simulation.textures.circuit_board import circuit_board
from pregrasp.hardware.simulation.textures.look import Look, PartVariation
from pregrasp.hardware.simulation.textures.moulded_cover import moulded_cover
from pregrasp.hardware.simulation.textures.pad_grid import pad_grid
from pregrasp.hardware.simulation.textures.photo import photographed
from pregrasp.hardware.simulation.textures.plain_plate import plain_plate

Maker = Callable[[float, float, int, PartVariation | None, tuple[Solid, ...]], Look]
"""Length [m], width [m], seed, individual and the task's own solids to a look."""

MAKERS: dict[Generator, Maker] = {
    Generator.CIRCUIT_BOARD: circuit_board,
    Generator.PLAIN_PLATE: plain_plate,
    Generator.PAD_GRID: pad_grid,
    Generator.MOULDED_COVER: moulded_cover,
}


def make_look(part: Part, folder: Path, variation: PartVariation | None = None) -> Look:
    """The surfaces of a part.

    Args:
        part: What the task says.
        folder: The task's folder, where photographs are looked for.
        variation: Which individual; None for the part as designed.

    Raises:
        ConfigurationError: The photograph is missing or cannot be read.
    """
    own = tuple(solid_of(component) for component in part.components)
    if part.texture.generator is None:
        image = folder / (part.texture.image or Path())
        return photographed(part.length, part.width, image, variation, own)
    maker = MAKERS[part.texture.generator]
    return maker(part.length, part.width, part.texture.seed, variation, own)
