"""What stands on a circuit board: connectors, chips, cans and passives."""

from __future__ import annotations

import math

import numpy as np

from pregrasp.hardware.simulation.textures.board import EPOXY, GOLD, LETTERS, TIN, Board
from pregrasp.hardware.simulation.textures.canvas import pick, shade


def connectors(board: Board) -> None:
    """Tall blocks along the edges and a pin header."""
    rng, canvas = board.layout, board.canvas
    for _ in range(int(rng.integers(2, 4))):
        upright = rng.random() < 0.5
        long, deep = rng.uniform(9, 17), rng.uniform(5.5, 8)
        length, width = (deep, long) if upright else (long, deep)
        side = 1 if rng.random() < 0.5 else -1
        if upright:
            x = side * (0.5 * (canvas.length_mm - length) - 1.2)
            y = rng.uniform(-1, 1) * 0.5 * max(0.0, canvas.width_mm - width - 12)
        else:
            y = side * (0.5 * (canvas.width_mm - width) - 1.2)
            x = rng.uniform(-1, 1) * 0.5 * max(0.0, canvas.length_mm - length - 12)
        if not board.reserve(x, y, length, width, 0.6):
            continue
        body = pick(rng, [(222, 218, 204), (44, 44, 46), (40, 92, 60), (70, 84, 118)])
        board.stand(x, y, length, width, rng.uniform(4.5, 8.5), body, taper=0.2)
        canvas.rectangle(x, y, 0.78 * length, 0.6 * width, shade(body, 0.55))
        ways = max(2, int(long / 2.6))
        for way in range(ways):
            along = (way + 0.5) / ways * 0.78 * long - 0.39 * long
            px, py = (x, y + along) if upright else (x + along, y)
            canvas.rectangle(px, py, 0.9, 0.9, GOLD)
    ways = int(rng.integers(5, 10))
    spot = board.place(2.54 * ways, 2.6, 0.6)
    if spot:
        x, y = spot
        board.stand(x, y, 2.54 * ways, 2.5, 2.5, EPOXY)
        for way in range(ways):
            canvas.rectangle(x + (way - 0.5 * (ways - 1)) * 2.54, y, 0.75, 0.75, GOLD)
        board.name("J", x, y + 2.2)


def chips(board: Board) -> None:
    """Quad packages and small-outline packages with printed tops."""
    rng, canvas = board.layout, board.canvas
    area = canvas.length_mm * canvas.width_mm
    for _ in range(1 + int(area / 3500.0)):
        largest = min(14.0, 0.3 * canvas.width_mm + 2.0)
        size = rng.uniform(min(8.5, 0.8 * largest), largest)
        spot = board.place(size + 3, size + 3, 0.5)
        if not spot:
            continue
        x, y = spot
        pins = int((size - 1) / 0.65)
        for pin in range(pins):
            along = (pin - 0.5 * (pins - 1)) * 0.65
            for side in (-1, 1):
                board.pad(x + along, y + side * (0.5 * size + 0.6), 0.36, 1.3)
                board.pad(x + side * (0.5 * size + 0.6), y + along, 1.3, 0.36)
        board.stand(x, y, size, size, rng.uniform(1.2, 1.8), EPOXY, taper=0.15)
        grey = (150, 150, 146)
        canvas.disc(x - 0.5 * size + 1.3, y + 0.5 * size - 1.3, 0.5, (70, 70, 70))
        name = "".join(LETTERS[i] for i in rng.integers(len(LETTERS), size=3))
        canvas.text(f"{name}{rng.integers(100, 999)}", x, y + 0.14 * size, 0.15 * size, grey)
        canvas.text(board.lot(), x, y - 0.16 * size, 0.13 * size, grey)
        board.name("U", x + 0.5 * size + 0.6, y + 0.5 * size + 1.6)
    for _ in range(2 + int(area / 1100.0)):
        long, deep = rng.uniform(4.5, 10), 3.9
        turned = rng.random() < 0.5
        footprint = (deep + 2.6, long + 0.6) if turned else (long + 0.6, deep + 2.6)
        spot = board.place(*footprint, 0.4)
        if not spot:
            continue
        x, y = spot
        for pin in range(int(long / 1.27)):
            along = (pin - 0.5 * (int(long / 1.27) - 1)) * 1.27
            for side in (-1, 1):
                if turned:
                    board.pad(x + side * 2.5, y + along, 1.3, 0.5)
                else:
                    board.pad(x + along, y + side * 2.5, 0.5, 1.3)
        body = (deep, long) if turned else (long, deep)
        board.stand(x, y, *body, rng.uniform(1.3, 1.75), shade(EPOXY, rng.uniform(0.9, 1.3)))
        name = "".join(LETTERS[i] for i in rng.integers(len(LETTERS), size=2))
        canvas.text(
            f"{name}{rng.integers(10, 99)}", x, y, 1.15, (140, 140, 136), quarter_turns=int(turned)
        )
        canvas.disc(x - 0.5 * body[0] + 0.8, y - 0.5 * body[1] + 0.8, 0.3, (90, 90, 90))


def cans(board: Board) -> None:
    """Electrolytic capacitors, chokes and a crystal: the tall things."""
    rng, canvas = board.layout, board.canvas
    for _ in range(int(rng.integers(3, 6))):
        size = rng.uniform(4.2, 8.0)
        spot = board.place(size + 0.8, size + 0.8, 0.4)
        if not spot:
            continue
        x, y = spot
        canvas.rectangle(x, y, size + 0.5, size + 0.5, EPOXY)
        board.stand(
            x,
            y,
            size,
            size,
            rng.uniform(4.5, 9.0),
            (186, 188, 190),
            (150, 152, 156),
            round_=True,
            taper=0.25,
        )
        turn = rng.uniform(0, 2 * math.pi)
        arc = turn + np.linspace(-0.9, 0.9, 12)
        canvas.polygon(
            np.column_stack([x + 0.45 * size * np.cos(arc), y + 0.45 * size * np.sin(arc)]),
            (44, 44, 52),
        )
        canvas.text(str(rng.integers(10, 470)), x, y, 0.16 * size, (60, 60, 64))
    for _ in range(int(rng.integers(1, 4))):
        size = rng.uniform(4.5, 7.0)
        spot = board.place(size + 1.4, size, 0.4)
        if spot:
            x, y = spot
            board.pad(x, y, size + 1.2, 0.5 * size)
            board.stand(x, y, size, size, rng.uniform(2.2, 4.0), (92, 92, 96), taper=0.3)
            canvas.text(str(rng.integers(100, 680)), x, y, 1.4, (190, 190, 190))
    spot = board.place(11.5, 4.8, 0.5)
    if spot:
        x, y = spot
        board.stand(x, y, 10.5, 4.2, 3.4, (206, 206, 200), taper=0.4)
        canvas.text(f"{rng.integers(4, 32)}.000", x, y, 1.3, (90, 90, 90))


def passives(board: Board) -> None:
    """Rows of chip resistors and capacitors."""
    rng, canvas = board.layout, board.canvas
    wanted = int(canvas.length_mm * canvas.width_mm / 75.0)
    for _ in range(wanted):
        long, deep = ((2.0, 1.25), (1.6, 0.8), (3.2, 1.6))[int(rng.choice(3, p=[0.5, 0.3, 0.2]))]
        turned = rng.random() < 0.5
        length, width = (deep, long) if turned else (long, deep)
        spot = board.place(length + 0.9, width + 0.9, 0.15, tries=25)
        body = pick(
            rng, [(46, 44, 44), (156, 124, 88), (120, 96, 72), (52, 50, 54), (196, 180, 140)]
        )
        high = rng.uniform(0.5, 1.3)
        if not spot:
            continue
        x, y = spot
        offset = 0.5 * long
        ends = [(x, y - offset), (x, y + offset)] if turned else [(x - offset, y), (x + offset, y)]
        for end_x, end_y in ends:
            board.pad(
                end_x, end_y, 0.9 if not turned else width + 0.2, 0.9 if turned else width + 0.2
            )
        if board.missing():
            continue
        board.stand(x, y, length, width, high, body, TIN, taper=0.04)
        for end_x, end_y in ends:
            toward = 0.84
            canvas.rectangle(
                x + toward * (end_x - x),
                y + toward * (end_y - y),
                0.3 * long if not turned else width,
                0.3 * long if turned else width,
                (206, 206, 202),
            )
