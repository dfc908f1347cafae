"""A brushed metal plate with a few holes: little to hold on to."""

from __future__ import annotations

import cv2
import numpy as np

from pregrasp.hardware.simulation.components import Colour, Solid
from pregrasp.hardware.simulation.textures.canvas import Canvas, RgbImage, pick, shade
from pregrasp.hardware.simulation.textures.look import Look, PartVariation
from pregrasp.hardware.simulation.textures.wear import wear

METALS: tuple[Colour, ...] = ((164, 166, 170), (150, 150, 148), (176, 164, 140), (140, 146, 156))
DARK: Colour = (22, 22, 24)


def plain_plate(
    length: float, width: float, seed: int, variation: PartVariation | None, own: tuple[Solid, ...]
) -> Look:
    """A plate of length x width [m]; the arguments are those of `maker.Maker`."""
    rng = np.random.default_rng([seed, 21])
    metal = pick(rng, METALS)
    canvas = Canvas(length, width, metal)
    _brush(canvas, np.random.default_rng([seed, 22]), 4.5)
    individual = np.random.default_rng(variation.seed) if variation else None
    for x, y, radius in _holes(canvas, rng):
        depth = DARK
        if individual is not None:
            depth = shade(DARK, float(individual.uniform(0.6, 2.0)))
        _hole(canvas, x, y, radius, metal, depth)
    _rim(canvas, metal)
    for solid in own:
        canvas.solid(solid, solid.colour)
    top = wear(canvas, variation)
    return Look(
        top=top, bottom=_underside(length, width, seed, metal), edge=shade(metal, 0.8), solids=own,
        gloss=0.9,
    )  # fmt: skip


def _holes(canvas: Canvas, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Four to six places [mm] and radii [mm], apart from each other and in no symmetry."""
    wanted = int(rng.integers(4, 7))
    small = min(canvas.length_mm, canvas.width_mm)
    holes: list[tuple[float, float, float]] = []
    for _ in range(400):
        if len(holes) == wanted:
            break
        radius = float(rng.uniform(0.035, 0.075)) * small
        x = rng.uniform(-0.5, 0.5) * (canvas.length_mm - 4.0 * radius)
        y = rng.uniform(-0.5, 0.5) * (canvas.width_mm - 4.0 * radius)
        if all(np.hypot(x - a, y - b) > 2.5 * (radius + c) for a, b, c in holes):
            holes.append((float(x), float(y), radius))
    return holes


def _hole(canvas: Canvas, x: float, y: float, radius: float, metal: Colour, depth: Colour) -> None:
    """A countersunk hole, brighter where its chamfer faces the lamp."""
    canvas.disc(x, y, 1.25 * radius, shade(metal, 0.72))
    canvas.disc(x - 0.05 * radius, y + 0.09 * radius, 1.14 * radius, shade(metal, 1.22))
    canvas.disc(x, y, radius, depth)


def _rim(canvas: Canvas, metal: Colour) -> None:
    """A fine broken edge all around."""
    inset = 0.35
    canvas.frame(
        0.0, 0.0, canvas.length_mm - inset, canvas.width_mm - inset, 0.3, shade(metal, 1.15)
    )


def _brush(canvas: Canvas, rng: np.random.Generator, strength: float) -> None:
    """Strokes along x."""
    rows, columns = canvas.pixels.shape[:2]
    noise = rng.standard_normal((rows, max(8, columns // 16)), dtype=np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), sigmaX=4.0, sigmaY=1.2)
    fine = np.asarray(cv2.resize(smooth, (columns, rows)), np.float32)
    fine *= np.float32(strength / max(float(fine.std()), 1e-6))
    broad = rng.standard_normal((6, 8), dtype=np.float32)
    stains = cv2.resize(broad, (columns, rows), interpolation=cv2.INTER_CUBIC)
    canvas.modulate(fine + np.float32(2.0) * np.asarray(stains, np.float32))


def _underside(length: float, width: float, seed: int, metal: Colour) -> RgbImage:
    """The other side: not brushed, with the holes seen from behind."""
    canvas = Canvas(length, width, shade(metal, 0.85))
    canvas.grain(np.random.default_rng([seed, 23]), 6.0, 0.4)
    layout = np.random.default_rng([seed, 21])
    pick(layout, METALS)
    for x, y, radius in _holes(canvas, layout):
        canvas.disc(x, -y, radius, DARK)
    return canvas.finish()
