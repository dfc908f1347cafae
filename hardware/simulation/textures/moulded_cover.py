"""A dark plastic cover with ribs, a logo and screw bosses."""

from __future__ import annotations

import math

import numpy as np

from pregrasp.frames import MM
from pregrasp.hardware.simulation.components import Colour, Solid
from pregrasp.hardware.simulation.textures.canvas import Canvas, pick, shade
from pregrasp.hardware.simulation.textures.look import Look, PartVariation
from pregrasp.hardware.simulation.textures.wear import wear

PLASTICS: tuple[Colour, ...] = ((58, 58, 62), (46, 54, 66), (74, 72, 68), (50, 62, 56))


def moulded_cover(
    length: float, width: float, seed: int, variation: PartVariation | None, own: tuple[Solid, ...]
) -> Look:
    """A cover of length x width [m]; the arguments are those of `maker.Maker`."""
    rng = np.random.default_rng([seed, 61])
    plastic = pick(rng, PLASTICS)
    canvas = Canvas(length, width, plastic)
    individual = np.random.default_rng(variation.seed) if variation else None
    _panel(canvas, rng, plastic)
    solids = [*_bosses(canvas, rng, plastic), *_ribs(canvas, rng, plastic)]
    solids.append(_logo(canvas, rng, plastic, individual))
    for solid in own:
        canvas.solid(solid, solid.colour)
    canvas.grain(np.random.default_rng([seed, 62]), 3.5, 0.09)
    back = Canvas(length, width, shade(plastic, 0.8))
    _grid_of_ribs(back, plastic)
    back.grain(np.random.default_rng([seed, 63]), 3.0, 0.3)
    return Look(
        top=wear(canvas, variation), bottom=back.finish(), edge=shade(plastic, 0.9),
        solids=(*solids, *own), gloss=0.45,
    )  # fmt: skip


def _panel(canvas: Canvas, rng: np.random.Generator, plastic: Colour) -> None:
    """The broken edge and a recessed line."""
    length, width = canvas.length_mm, canvas.width_mm
    canvas.frame(0.0, 0.0, length - 0.6, width - 0.6, 0.5, shade(plastic, 1.35))
    inset = float(rng.uniform(4.5, 6.5))
    canvas.frame(0.0, 0.0, length - 2 * inset, width - 2 * inset, 0.45, shade(plastic, 0.5))
    canvas.frame(
        0.0, -0.3, length - 2 * inset, width - 2 * inset, 0.15, shade(plastic, 1.5)
    )  # the lip that catches the light


def _bosses(canvas: Canvas, rng: np.random.Generator, plastic: Colour) -> list[Solid]:
    """Screw bosses near three or four corners, with a screw or an empty hole."""
    solids = []
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    for index in sorted(rng.permutation(4)[: int(rng.integers(3, 5))].tolist()):
        sign_x, sign_y = corners[index]
        x = sign_x * (0.5 * canvas.length_mm - rng.uniform(4.5, 6.0))
        y = sign_y * (0.5 * canvas.width_mm - rng.uniform(4.5, 6.0))
        size = float(rng.uniform(5.5, 7.0))
        boss = Solid(
            x=x * MM, y=y * MM, length=size * MM, width=size * MM,
            height=float(rng.uniform(2.0, 5.0)) * MM, colour=plastic, round=True, taper=0.3 * MM,
        )  # fmt: skip
        canvas.solid(boss, shade(plastic, 1.25), 0.3)
        if rng.random() < 0.6:
            canvas.disc(x, y, 0.36 * size, (176, 176, 174))
            turn = rng.uniform(0.0, math.pi)
            for cross in (0.0, 0.5 * math.pi):
                canvas.rectangle(x, y, 0.4 * size, 0.09 * size, (52, 52, 54), turn + cross)
        else:
            canvas.disc(x, y, 0.28 * size, (14, 14, 15))
        solids.append(boss)
    return solids


def _ribs(canvas: Canvas, rng: np.random.Generator, plastic: Colour) -> list[Solid]:
    """A bank of cooling ribs on one half, sometimes at an angle."""
    solids = []
    side = 1.0 if rng.random() < 0.5 else -1.0
    count, pitch = int(rng.integers(5, 10)), float(rng.uniform(2.6, 3.6))
    long = float(rng.uniform(0.4, 0.62)) * canvas.width_mm
    centre = side * float(rng.uniform(0.13, 0.2)) * canvas.length_mm
    lean, high = float(rng.choice([0.0, 0.0, 0.35, -0.35])), float(rng.uniform(1.2, 3.0))
    for rib in range(count):
        x = centre + (rib - 0.5 * (count - 1)) * pitch
        if abs(x) + 3.0 > 0.5 * canvas.length_mm:
            continue
        solid = Solid(
            x=x * MM, y=0.0, length=1.3 * MM, width=long * MM, height=high * MM, colour=plastic,
            angle=lean, taper=0.2 * MM,
        )  # fmt: skip
        canvas.solid(solid, shade(plastic, 1.3), 0.2)
        solids.append(solid)
    return solids


def _logo(
    canvas: Canvas,
    rng: np.random.Generator,
    plastic: Colour,
    individual: np.random.Generator | None,
) -> Solid:
    """A raised badge with a name and a date code."""
    length, width = 0.28 * canvas.length_mm, 0.2 * canvas.width_mm
    x = float(rng.uniform(-0.28, 0.28)) * canvas.length_mm
    y = float(rng.choice([-1.0, 1.0]) * rng.uniform(0.24, 0.3)) * canvas.width_mm
    badge = Solid(
        x=x * MM, y=y * MM, length=length * MM, width=width * MM, height=3.4 * MM, colour=plastic,
        taper=0.3 * MM,
    )  # fmt: skip
    canvas.solid(badge, shade(plastic, 0.75), 0.3)
    ink = shade(plastic, 2.6)
    name = ("NORDLUX", "VEGA", "ARGOS", "TESLIN", "MIRA")[int(rng.integers(5))]
    height = min(0.34 * width, 1.1 * length / len(name))
    canvas.text(name, x, y + 0.14 * width, height, ink)
    code = individual if individual is not None else rng
    canvas.text(
        f"{code.integers(1, 53):02d}/{code.integers(20, 29)}", x, y - 0.28 * width, 0.2 * width, ink
    )
    return badge


def _grid_of_ribs(canvas: Canvas, plastic: Colour) -> None:
    for x in np.arange(-0.5 * canvas.length_mm, 0.5 * canvas.length_mm, 8.0):
        canvas.rectangle(float(x), 0.0, 0.9, canvas.width_mm, shade(plastic, 1.2))
    for y in np.arange(-0.5 * canvas.width_mm, 0.5 * canvas.width_mm, 8.0):
        canvas.rectangle(0.0, float(y), canvas.length_mm, 0.9, shade(plastic, 1.2))
