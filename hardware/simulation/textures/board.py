"""A circuit board in the making: what is where, and what is drawn and stands there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pregrasp.frames import MM
from pregrasp.hardware.simulation.components import Colour, Solid
from pregrasp.hardware.simulation.textures.canvas import Canvas, shade
from pregrasp.hardware.simulation.textures.look import PartVariation

TIN: Colour = (196, 196, 190)
GOLD: Colour = (204, 166, 84)
SILK: Colour = (226, 228, 222)
EPOXY: Colour = (38, 37, 39)
LETTERS = "ABCDEFGHKLMNPRSTUVXZ"


@dataclass
class Board:
    """A board in the making; lengths in millimetres."""

    canvas: Canvas
    layout: np.random.Generator
    variation: PartVariation | None
    mask: Colour
    solids: list[Solid] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.individual = np.random.default_rng(self.variation.seed if self.variation else 0)

    def place(
        self, length: float, width: float, gap: float, tries: int = 60
    ) -> tuple[float, float] | None:
        """A free spot for a length x width [mm] footprint, on a 0.5 mm raster."""
        span_x = 0.5 * (self.canvas.length_mm - length) - 1.6
        span_y = 0.5 * (self.canvas.width_mm - width) - 1.6
        if min(span_x, span_y) <= 0:
            return None
        for _ in range(tries):
            x = round(2 * self.layout.uniform(-span_x, span_x)) / 2
            y = round(2 * self.layout.uniform(-span_y, span_y)) / 2
            if self.reserve(x, y, length, width, gap):
                return x, y
        return None

    def reserve(self, x: float, y: float, length: float, width: float, gap: float) -> bool:
        """Take a footprint [mm] if nothing is there yet."""
        for other_x, other_y, other_length, other_width in self.taken:
            if (
                abs(x - other_x) < 0.5 * (length + other_length) + gap
                and abs(y - other_y) < 0.5 * (width + other_width) + gap
            ):
                return False
        self.taken.append((x, y, length, width))
        return True

    def pad(self, x: float, y: float, length: float, width: float, colour: Colour = TIN) -> None:
        """A soldered pad [mm]."""
        self.canvas.rectangle(x, y, length, width, shade(colour, 0.75))
        self.canvas.rectangle(x, y, 0.86 * length, 0.86 * width, colour)

    def name(self, letter: str, x: float, y: float, height: float = 1.1) -> None:
        """A printed designator [mm]."""
        self.count += 1
        self.canvas.text(f"{letter}{self.count}", x, y, height, SILK)

    def missing(self) -> bool:
        """Whether this individual lacks the next small component."""
        share = self.variation.missing_share if self.variation else 0.0
        return bool(self.individual.random() < share)

    def lot(self) -> str:
        """A code that differs from one individual to the next, if anything does."""
        code = self.layout.integers(10, 99, 2)
        if self.variation and self.variation.print_changes:
            code = self.individual.integers(10, 99, 2)
        return f"{code[0]}{code[1]}"

    def stand(
        self,
        x: float,
        y: float,
        length: float,
        width: float,
        height: float,
        top: Colour,
        side: Colour | None = None,
        *,
        round_: bool = False,
        taper: float = 0.1,
    ) -> None:
        """Put a solid [mm] and draw its top."""
        solid = Solid(
            x=x * MM,
            y=y * MM,
            length=length * MM,
            width=width * MM,
            height=height * MM,
            colour=side or shade(top, 0.8),
            round=round_,
            taper=taper * MM,
        )
        self.canvas.solid(solid, top)
        self.solids.append(solid)
