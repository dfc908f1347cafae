"""A populated circuit board: the object of the paper."""

from __future__ import annotations

import math

import numpy as np

from pregrasp.frames import MM
from pregrasp.hardware.simulation.components import Colour, Solid
from pregrasp.hardware.simulation.textures.board import GOLD, SILK, TIN, Board
from pregrasp.hardware.simulation.textures.board_components import cans, chips, connectors, passives
from pregrasp.hardware.simulation.textures.canvas import Canvas, RgbImage, shade
from pregrasp.hardware.simulation.textures.look import Look, PartVariation
from pregrasp.hardware.simulation.textures.wear import wear

MASKS: tuple[Colour, ...] = (
    (18, 84, 46),
    (14, 62, 116),
    (24, 104, 52),
    (110, 24, 26),
    (22, 70, 40),
    (16, 46, 92),
)


def circuit_board(
    length: float, width: float, seed: int, variation: PartVariation | None, own: tuple[Solid, ...]
) -> Look:
    """A board of length x width [m]; the arguments are those of `maker.Maker`."""
    layout = np.random.default_rng([seed, 11])
    mask = MASKS[seed * 5 % len(MASKS)] if seed % 7 else MASKS[0]
    board = Board(Canvas(length, width, mask), layout, variation, mask)
    for solid in own:
        outline = solid.outline() / MM
        extent = outline.max(axis=0) - outline.min(axis=0)
        board.reserve(solid.x / MM, solid.y / MM, float(extent[0]), float(extent[1]), 0.0)
    _copper(board)
    _mounting_holes(board)
    connectors(board)
    chips(board)
    cans(board)
    passives(board)
    _print(board)
    _vias(board)
    for solid in own:
        board.canvas.solid(solid, solid.colour)
    board.canvas.grain(np.random.default_rng([seed, 12]), 2.0)
    top = wear(board.canvas, variation)
    return Look(
        top=top,
        bottom=_underside(board, length, width, seed),
        edge=(122, 118, 72),
        solids=(*board.solids, *own),
        gloss=0.6,
    )


def _copper(board: Board) -> None:
    """Bundles of traces and two or three poured areas, seen through the solder mask."""
    rng, canvas = board.layout, board.canvas
    half_x, half_y = 0.5 * canvas.length_mm, 0.5 * canvas.width_mm
    for _ in range(int(rng.integers(2, 5))):
        x, y = rng.uniform(-half_x, half_x), rng.uniform(-half_y, half_y)
        size = rng.uniform(8.0, 0.7 * canvas.width_mm, 2)
        canvas.rectangle(x, y, size[0], size[1], shade(board.mask, rng.uniform(1.12, 1.3)))
    bundles = int(canvas.length_mm * canvas.width_mm / 130.0)
    for _ in range(bundles):
        x, y = rng.uniform(-half_x, half_x), rng.uniform(-half_y, half_y)
        heading = int(rng.integers(8))
        lines, pitch = int(rng.integers(1, 7)), rng.uniform(0.45, 0.8)
        legs = [
            (heading, rng.uniform(3, 14)),
            (heading + 1, rng.uniform(1, 6)),
            (heading + 2 * int(rng.integers(0, 2)), rng.uniform(3, 16)),
        ]
        colour = shade(board.mask, rng.uniform(1.35, 1.75))
        for lane in range(lines):
            turn = heading * math.pi / 4
            start = np.array([x - lane * pitch * math.sin(turn), y + lane * pitch * math.cos(turn)])
            points = [start]
            for leg, reach in legs:
                turn = leg * math.pi / 4
                points.append(points[-1] + reach * np.array([math.cos(turn), math.sin(turn)]))
            canvas.polyline(points, 0.22 if pitch < 0.7 else 0.35, colour)
            for end in (points[0], points[-1]):
                canvas.disc(end[0], end[1], 0.38, shade(GOLD, 0.85))
                canvas.disc(end[0], end[1], 0.16, (30, 30, 28))


def _mounting_holes(board: Board) -> None:
    inset = 3.6
    for sign_x in (-1, 1):
        for sign_y in (-1, 1):
            x = sign_x * (0.5 * board.canvas.length_mm - inset)
            y = sign_y * (0.5 * board.canvas.width_mm - inset)
            if board.layout.random() < 0.2:
                continue
            board.reserve(x, y, 5.6, 5.6, 0.2)
            board.canvas.disc(x, y, 2.7, TIN)
            board.canvas.disc(x, y, 1.6, (14, 14, 14))


def _print(board: Board) -> None:
    """Silk-screen text, outlines and a bar code."""
    rng, canvas = board.layout, board.canvas
    for x, y, length, width in board.taken:
        if max(length, width) > 3.5 and rng.random() < 0.75:
            canvas.frame(x, y, length + 0.3, width + 0.3, 0.14, SILK)
        elif rng.random() < 0.35:
            board.name(str(rng.choice(list("RCLD"))), x, y + 0.5 * width + 0.7, 0.85)
    for text, high in (
        ("PG-" + str(rng.integers(100, 999)) + "-R" + str(rng.integers(1, 9)), 2.0),
        ("LOT " + board.lot(), 1.4),
        ("IN  OUT  GND", 1.2),
    ):
        long = 0.95 * high * len(text)
        spot = board.place(long, high + 0.4, 0.1, tries=200)
        if spot:
            canvas.text(text, *spot, high, SILK)
    spot = board.place(10.0, 4.2, 0.2, tries=200)
    if spot:
        x, y = spot
        canvas.rectangle(x, y, 10.0, 4.2, SILK)
        bars = board.individual if board.variation else rng
        at = -4.4
        while at < 4.2:
            wide = float(bars.choice([0.18, 0.3, 0.5]))
            canvas.rectangle(x + at + 0.5 * wide, y + 0.3, wide, 2.8, (20, 20, 20))
            at += wide + float(bars.choice([0.2, 0.4]))


def _vias(board: Board) -> None:
    canvas = board.canvas
    for _ in range(int(canvas.length_mm * canvas.width_mm / 28.0)):
        spot = board.place(0.7, 0.7, 0.1, tries=6)
        if spot:
            canvas.disc(*spot, 0.34, GOLD)
            canvas.disc(*spot, 0.15, (26, 26, 24))


def _underside(board: Board, length: float, width: float, seed: int) -> RgbImage:
    """Solder joints and long traces, no components."""
    canvas = Canvas(length, width, board.mask)
    rng = np.random.default_rng([seed, 13])
    back = Board(canvas, rng, None, board.mask)
    _copper(back)
    _mounting_holes(back)
    for _ in range(int(canvas.length_mm * canvas.width_mm / 40.0)):
        spot = back.place(1.6, 1.6, 0.3, tries=6)
        if spot:
            canvas.disc(*spot, 0.75, TIN)
            canvas.disc(*spot, 0.3, shade(TIN, 0.8))
    return canvas.finish()
