"""What a maker of part surfaces delivers."""

from __future__ import annotations

from dataclasses import dataclass

from pregrasp.hardware.simulation.components import Colour, Solid
from pregrasp.hardware.simulation.textures.canvas import RgbImage


@dataclass(frozen=True, kw_only=True, slots=True)
class PartVariation:
    """How one part differs from the next one of the same kind.

    The layout stays: these are parts of one design, from different batches.
    """

    seed: int
    """Which individual."""
    missing_share: float = 0.08
    """Share of the small components that are not populated."""
    shade: float = 0.06
    """Batch-to-batch spread of brightness, one sigma."""
    scratches: int = 4
    """Marks of handling."""
    print_changes: bool = True
    """Whether labels and lot codes differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """A part's surfaces."""

    top: RgbImage
    """From above, uint8 (rows, columns, 3); columns along x, row 0 at the largest y."""
    bottom: RgbImage
    """From below, columns along x, row 0 at the smallest y."""
    edge: Colour
    """Of the four side faces."""
    solids: tuple[Solid, ...]
    """What stands on the top."""
    gloss: float = 0.3
    """How strongly it mirrors lamps, 0 to 1."""
