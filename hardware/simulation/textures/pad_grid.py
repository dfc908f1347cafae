"""A regular grid of pads: every neighbourhood looks like the next one."""

from __future__ import annotations

import numpy as np

from pregrasp.frames import MM
from pregrasp.hardware.simulation.components import Colour, Solid
from pregrasp.hardware.simulation.textures.canvas import Canvas, pick, shade
from pregrasp.hardware.simulation.textures.look import Look, PartVariation
from pregrasp.hardware.simulation.textures.wear import wear

GROUNDS: tuple[Colour, ...] = ((30, 72, 46), (34, 34, 38), (24, 52, 96), (196, 192, 182))
PADS: tuple[Colour, ...] = ((206, 172, 92), (200, 200, 196))
BODY: Colour = (40, 40, 42)


def pad_grid(
    length: float, width: float, seed: int, variation: PartVariation | None, own: tuple[Solid, ...]
) -> Look:
    """A board of length x width [m]; the arguments are those of `maker.Maker`."""
    rng = np.random.default_rng([seed, 41])
    ground = pick(rng, GROUNDS)
    pad = pick(rng, PADS) if ground[0] < 150 else (70, 74, 80)
    canvas = Canvas(length, width, ground)
    round_pads, pitch = bool(rng.random() < 0.5), float(rng.choice([4.0, 5.0, 6.0]))
    size = float(rng.uniform(0.45, 0.62)) * pitch
    columns = int((canvas.length_mm - 3.0) / pitch)
    rows = int((canvas.width_mm - 3.0) / pitch)
    individual = np.random.default_rng(variation.seed if variation else 0)
    packages = bool(rng.random() < 0.4)
    solids: list[Solid] = []
    odd = _odd_border_pads(rng, columns, rows)
    for column in range(columns):
        for row in range(rows):
            x = (column - 0.5 * (columns - 1)) * pitch
            y = (row - 0.5 * (rows - 1)) * pitch
            kind = odd.get((column, row), "pad")
            if kind == "missing":
                continue
            colour = pad
            if variation:
                colour = shade(pad, float(individual.normal(1.0, 0.5 * variation.shade)))
            _pad(canvas, x, y, size, round_pads != (kind == "other"), colour)
            if packages and (column + row) % 2 == 0 and kind == "pad":
                missing = variation.missing_share if variation else 0.0
                if individual.random() >= missing and len(solids) < 150:
                    solids.append(_package(canvas, x, y, 0.8 * size))
    _marks(canvas, rng, ground)
    for solid in own:
        canvas.solid(solid, solid.colour)
    canvas.grain(np.random.default_rng([seed, 42]), 2.0)
    back = Canvas(length, width, shade(ground, 0.9))
    back.grain(np.random.default_rng([seed, 43]), 4.0, 0.5)
    return Look(
        top=wear(canvas, variation), bottom=back.finish(), edge=shade(ground, 0.8),
        solids=(*solids, *own), gloss=0.6,
    )  # fmt: skip


def _odd_border_pads(
    rng: np.random.Generator, columns: int, rows: int
) -> dict[tuple[int, int], str]:
    """The few border pads that break the pattern: missing, or of the other shape."""
    border = [
        (column, row)
        for column in range(columns)
        for row in range(rows)
        if column in (0, columns - 1) or row in (0, rows - 1)
    ]
    chosen = rng.permutation(len(border))[: max(3, len(border) // 9)]
    return {border[place]: "missing" if turn % 2 else "other" for turn, place in enumerate(chosen)}


def _pad(canvas: Canvas, x: float, y: float, size: float, as_disc: bool, colour: Colour) -> None:
    if as_disc:
        canvas.disc(x, y, 0.5 * size, shade(colour, 0.75))
        canvas.disc(x, y, 0.44 * size, colour)
    else:
        canvas.rectangle(x, y, size, size, shade(colour, 0.75))
        canvas.rectangle(x, y, 0.88 * size, 0.88 * size, colour)


def _package(canvas: Canvas, x: float, y: float, size: float) -> Solid:
    """A low package on a pad."""
    solid = Solid(
        x=x * MM, y=y * MM, length=size * MM, width=size * MM, height=1.1 * MM, colour=BODY,
        taper=0.06 * MM,
    )  # fmt: skip
    canvas.solid(solid, (214, 212, 204))
    canvas.disc(x, y, 0.34 * size, (206, 190, 96))
    return solid


def _marks(canvas: Canvas, rng: np.random.Generator, ground: Colour) -> None:
    """Pin one's corner and a part number along the border."""
    ink = (224, 224, 220) if ground[0] < 150 else (40, 40, 40)
    x, y = 0.5 * canvas.length_mm - 1.4, 0.5 * canvas.width_mm - 1.4
    sign_x, sign_y = rng.choice([-1.0, 1.0], 2)
    a, b = x + 0.8, y + 0.8
    corner = np.array([(a, b), (a - 2.0, b), (a, b - 2.0)])
    canvas.polygon(corner * [sign_x, sign_y], ink)
    name = f"GA-{rng.integers(10, 99)}"
    canvas.text(name, -0.3 * canvas.length_mm * sign_x, -sign_y * (y + 0.5), 1.1, ink)
