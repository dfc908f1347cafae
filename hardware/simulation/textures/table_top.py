"""Table tops that repeat without a seam: wood, steel, rubber, cutting mat, concrete, cloth."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

TILE = 0.3
"""Side of the piece that repeats [m]: more than a picture shows, so none shows it twice."""
TILE_PIXELS = 1536
"""Side of that piece's texture [px]: 0.2 mm a pixel."""

Field = npt.NDArray[np.float32]
"""One number a pixel, float32 (`TILE_PIXELS`, `TILE_PIXELS`)."""
Top = npt.NDArray[np.uint8]
"""uint8 (`TILE_PIXELS`, `TILE_PIXELS`, 3), red first."""


def table_top(seed: int) -> Top:
    """The repeating piece of a table top.

    Args:
        seed: Which one; neighbouring seeds are of different kinds.
    """
    rng = np.random.default_rng([seed, 31])
    return _KINDS[seed % len(_KINDS)](rng)


def _wood(rng: np.random.Generator) -> Top:
    """Boards with grain along one axis."""
    bend = _cloud(rng, 60.0, 60.0)
    across = np.arange(TILE_PIXELS, dtype=np.float32)[:, None] / TILE_PIXELS
    rings = int(rng.integers(9, 22))
    wave = np.sin(2.0 * math.pi * (rings * across + 0.35 * bend)).astype(np.float32)
    pores = _cloud(rng, 14.0, 0.25)
    grain = 9.0 * wave + 7.0 * _cloud(rng, 40.0, 1.5) - 9.0 * np.maximum(pores - 1.0, 0.0)
    boards = int(rng.integers(3, 6))
    tones = rng.normal(0.0, 7.0, boards)[(across * boards).astype(int)]
    joint = np.abs((across * boards + 0.5) % 1.0 - 0.5) * TILE_PIXELS / boards
    grain = np.where(joint < 2.5, grain - 40.0, grain + tones).astype(np.float32)
    tone = np.array([[168, 128, 88], [142, 100, 66], [190, 160, 120]])[rng.integers(3)]
    return _paint(rng, grain, tone, turn=True)


def _brushed_steel(rng: np.random.Generator) -> Top:
    """Fine strokes, a few stains and deep scratches."""
    strokes = 10.0 * _cloud(rng, 26.0, 0.15) + 6.0 * _cloud(rng, 60.0, 1.0)
    field = strokes + 7.0 * _cloud(rng, 25.0, 25.0)
    return _paint(rng, _scratched(rng, field, 50), np.array([138, 140, 144]), turn=True)


def _rubber(rng: np.random.Generator) -> Top:
    """A dark mat with coloured speckles."""
    field = 5.0 * _cloud(rng, 0.4, 0.4) + 4.0 * _cloud(rng, 20.0, 20.0)
    top = _paint(rng, field, np.array([78, 79, 82]) + int(rng.integers(0, 22)))
    colours = np.array([[170, 170, 168], [96, 120, 160], [150, 96, 84], [128, 140, 104]])
    for _ in range(int(rng.integers(900, 2200))):
        colour = [int(value) for value in colours[rng.integers(len(colours))]]
        column, row = (int(value) for value in rng.integers(0, TILE_PIXELS, 2))
        axes = (int(rng.integers(2, 8)), int(rng.integers(1, 5)))
        turn = float(rng.uniform(0, 180))
        # What leaves the tile on one side comes back on the other.
        for x in _repeats(column):
            for y in _repeats(row):
                cv2.ellipse(top, (x, y), axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
    return top


def _repeats(place: int) -> tuple[int, ...]:
    """A column or row, and the one at which its neighbourhood shows in the next tile."""
    margin = 10
    if place < margin:
        return place, place + TILE_PIXELS
    return (place, place - TILE_PIXELS) if place >= TILE_PIXELS - margin else (place,)


def _cutting_mat(rng: np.random.Generator) -> Top:
    """A printed grid of 10 mm on a coloured mat."""
    field = 4.0 * _cloud(rng, 0.3, 0.3) + 4.0 * _cloud(rng, 30.0, 30.0)
    tone = np.array([[52, 116, 92], [70, 104, 142], [118, 118, 122]])[rng.integers(3)]
    top = _paint(rng, _scratched(rng, field, 120), tone)
    cells = 30
    for line in range(cells):
        at = round((line + 0.5) * TILE_PIXELS / cells)
        strong = line % 5 == 0
        colour = [int(min(255, value + (75 if strong else 40))) for value in tone]
        cv2.line(top, (at, 0), (at, TILE_PIXELS), colour, 3 if strong else 1, cv2.LINE_AA)
        cv2.line(top, (0, at), (TILE_PIXELS, at), colour, 3 if strong else 1, cv2.LINE_AA)
    return top


def _concrete(rng: np.random.Generator) -> Top:
    """Stains of all sizes, pores and hair cracks."""
    field = (
        12.0 * _cloud(rng, 35.0, 35.0) + 8.0 * _cloud(rng, 6.0, 6.0) + 6.0 * _cloud(rng, 0.4, 0.4)
    )
    pores = _cloud(rng, 0.7, 0.7)
    field = np.where(pores > 2.6, field - 45.0, field)
    return _paint(rng, _scratched(rng, field, 14, dark=True), np.array([132, 129, 122]))


def _cloth(rng: np.random.Generator) -> Top:
    """A weave with thick and thin threads, as of an antistatic mat."""
    threads = int(rng.choice([150, 192, 256]))
    wave = np.sin(2.0 * math.pi * threads * np.arange(TILE_PIXELS) / TILE_PIXELS)
    weave = np.outer(np.abs(wave), np.abs(np.roll(wave, 3))).astype(np.float32)
    field = 22.0 * (weave - 0.4) + 7.0 * _cloud(rng, 18.0, 0.4) + 7.0 * _cloud(rng, 0.4, 18.0)
    field += 5.0 * _cloud(rng, 28.0, 28.0)
    tone = np.array([[108, 118, 136], [150, 146, 134], [96, 92, 88]])[rng.integers(3)]
    return _paint(rng, field, tone)


_KINDS: tuple[Callable[[np.random.Generator], Top], ...] = (
    _concrete,
    _wood,
    _brushed_steel,
    _cutting_mat,
    _rubber,
    _cloth,
)


def _cloud(rng: np.random.Generator, along_mm: float, across_mm: float) -> Field:
    """Seamless smooth noise of unit spread.

    Args:
        rng: Where it comes from.
        along_mm: Size of its grains along the columns, one sigma.
        across_mm: And along the rows.
    """
    scale = 1e-3 * TILE_PIXELS / TILE
    sigma = (along_mm * scale, across_mm * scale)
    # Coarse noise is made small and enlarged: a tenth of the time, and nobody sees it.
    steps = [max(1, 2 ** int(math.log2(max(1.0, value / 4.0)))) for value in sigma]
    columns, rows = (max(8, TILE_PIXELS // step) for step in steps)
    noise = rng.standard_normal((rows, columns), dtype=np.float32)
    margins = [math.ceil(3 * value / step) + 2 for value, step in zip(sigma, steps, strict=True)]
    right, below = (min(m, n) for m, n in zip(margins, (columns, rows), strict=True))
    wide = cv2.copyMakeBorder(noise, below, below, right, right, cv2.BORDER_WRAP)
    smooth = cv2.GaussianBlur(
        wide, (0, 0), sigmaX=max(0.01, sigma[0] / steps[0]), sigmaY=max(0.01, sigma[1] / steps[1])
    )
    # Enlarged with a border of its own repetition, so that the seam stays closed.
    edge = 2
    core = smooth[below - edge : below + rows + edge, right - edge : right + columns + edge]
    if steps == [1, 1]:
        large = core[edge:-edge, edge:-edge]
    else:
        ratio_x, ratio_y = TILE_PIXELS // columns, TILE_PIXELS // rows
        size = (core.shape[1] * ratio_x, core.shape[0] * ratio_y)
        large = cv2.resize(core, size, interpolation=cv2.INTER_LINEAR)
        large = large[edge * ratio_y :, edge * ratio_x :][:TILE_PIXELS, :TILE_PIXELS]
    spread = float(core.std())
    cloud: Field = large - float(core.mean())
    cloud /= max(spread, 1e-6)
    return cloud


def _scratched(rng: np.random.Generator, field: Field, count: int, *, dark: bool = False) -> Field:
    """The field with lines of use on it."""
    marks = np.zeros((TILE_PIXELS, TILE_PIXELS), np.uint8)
    for _ in range(count):
        start = rng.uniform(0.05, 0.75, 2) * TILE_PIXELS
        turn = rng.uniform(0.0, 2.0 * math.pi) + rng.normal(0.0, 0.08, 25).cumsum()
        step = rng.uniform(0.5, 12.0)
        points = np.column_stack([np.cos(turn), np.sin(turn)]).cumsum(axis=0) * step + start
        strength = int(rng.integers(15, 60))
        cv2.polylines(marks, [points.astype(np.int32)], False, strength, 1, cv2.LINE_AA)
    return field - marks if dark else field + marks


def _paint(
    rng: np.random.Generator, field: Field, tone: npt.NDArray[np.int64], *, turn: bool = False
) -> Top:
    """Colour a field of brightness; ``turn`` lets the seed choose the grain's direction."""
    if turn and rng.random() < 0.5:
        field = field.T
    brightness = rng.uniform(0.88, 1.08)
    field = np.ascontiguousarray(field)
    planes = [
        cv2.convertScaleAbs(field, alpha=value / 128.0, beta=value * brightness)
        for value in tone.tolist()
    ]
    return np.asarray(cv2.merge(planes))
