"""The cells of the votes network: where they lie, and how their votes are counted.

Each cell says which place x of the part it sees; where the cell itself lies in the tool
frame, y, is known. Two cells that tell the truth fix the motion that takes x to y, so pairs
of cells are drawn and the motions on which most votes agree are kept (Fischler & Bolles
1981). Votes of the table, of a hand or of a shadow agree on nothing.
"""

from __future__ import annotations

import cmath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.network_input import HEIGHT, WIDTH

STRIDE = 8
ROWS, COLUMNS = HEIGHT // STRIDE, WIDTH // STRIDE

UNIT = 10 * MM
"""The network counts in centimetres, so that its numbers are near one [m]."""

LOG_PRECISION = 4.0
"""A vote's log precision is cut off at plus and minus this."""

DRAWS = 256
"""Pairs of cells that are tried."""

HEARD = 150
"""Only so many votes, those with the highest precision, are counted."""

AGREES = 0.4
"""A vote this far off counts a quarter [cm]."""

APART = 1.0
"""Cells nearer than this [cm] do not fix an angle."""

TRIES = 30
"""Draws that are settled at most, in search of motions that differ."""

WORTH = 0.1
"""A motion with less than this share of the best one's votes is not proposed."""

SAME = 4.0
"""Motions nearer than this [mm, degrees counted as mm] are one."""

Singles = npt.NDArray[np.float32]
Complexes = npt.NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True)
class Candidate:
    """A motion on which votes agree."""

    motion: MotionCommand
    """v."""
    share: float
    """Share of the votes that were counted, by their precision, that agree."""
    rough: bool = True
    """Whether it may be off by millimetres, so that the last inch must begin with its coarsest
    level."""


def cell_places(image_map: ImageMap) -> Singles:
    """Where the cells lie in the tool frame, float32 (cells, 2) in units of `UNIT`."""
    columns, rows = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    middle = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
    width, height = image_map.size
    pixels = middle * (width / COLUMNS, height / ROWS) - 0.5
    return np.asarray(image_map.plane(pixels) / UNIT, np.float32)


def count_votes(cells: Singles, places: Singles, most: int) -> Iterator[Candidate]:
    """The motions on which most votes agree, the best first, each worked out when asked for.

    The same votes always give the same answer.

    Args:
        cells: Votes, float32 (cells, 3): x, y of the part [cm] and log precision.
        places: Where the cells lie, float32 (cells, 2) [cm].
        most: How many different motions are wanted at most.
    """
    heard = np.argpartition(-cells[:, 2], min(HEARD, len(cells)) - 1)[:HEARD]
    cells, places = cells[heard], places[heard]
    x = (cells[:, 0] + 1j * cells[:, 1]).astype(np.complex64)
    y = (places[:, 0] + 1j * places[:, 1]).astype(np.complex64)
    weights = np.exp(np.clip(cells[:, 2].astype(np.float64), -LOG_PRECISION, LOG_PRECISION))
    total = weights.sum()
    rng = np.random.default_rng(0)
    first, second = rng.choice(len(x), (2, DRAWS), p=weights / total)
    step_x, step_y = x[second] - x[first], y[second] - y[first]
    sound = (np.abs(step_y) > APART) & (np.abs(np.abs(step_x) - np.abs(step_y)) < 1.5 * AGREES)
    first, second, step_x, step_y = (a[sound] for a in (first, second, step_x, step_y))
    turns = step_y * np.conj(step_x)
    turns /= np.maximum(np.abs(turns), 1e-9)
    shifts = (y[first] + y[second] - turns * (x[first] + x[second])) / 2.0
    scores = _believed(_off_squares(turns, shifts, x, y)) @ weights
    worst = WORTH * scores.max(initial=0.0)
    known: list[MotionCommand] = []
    # Some draws end, once settled, where an earlier one did.
    for _ in range(TRIES):
        if len(known) == most or scores.max(initial=0.0) <= worst:
            return
        best = int(np.argmax(scores))
        turn, shift, share = _settle(x, y, weights, complex(turns[best]), complex(shifts[best]))
        # Draws that say nearly the same have had their say.
        scores[best] = 0.0
        apart = np.abs(shifts - shift) * (UNIT / MM) + np.abs(np.angle(turns / turn)) / DEG
        scores[apart < SAME] = 0.0
        motion = MotionCommand(shift.real * UNIT, shift.imag * UNIT, cmath.phase(turn))
        if all((motion.inverse() @ other).distance > SAME for other in known):
            known.append(motion)
            yield Candidate(motion, share)


def _off_squares(turns: Complexes, shifts: Complexes, x: Complexes, y: Complexes) -> Singles:
    """How far each motion takes each x from its y, squared, float32 (motions, votes) [cm^2].

    |r x + t - y|^2 with |r| = 1, multiplied out, is one product of two thin matrices.
    """
    back = np.conj(shifts) * turns
    motions = [np.ones(len(turns)), np.abs(shifts) ** 2, back.real, back.imag]
    motions += [turns.real, turns.imag, shifts.real, shifts.imag]
    moved = np.conj(y) * x
    votes = [np.abs(x) ** 2 + np.abs(y) ** 2, np.ones(len(x)), 2.0 * x.real, -2.0 * x.imag]
    votes += [-2.0 * moved.real, 2.0 * moved.imag, -2.0 * y.real, -2.0 * y.imag]
    return np.asarray(np.stack(motions, 1, dtype=np.float32) @ np.stack(votes, dtype=np.float32))


def _believed(square: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    """Geman & McClure's weight of a vote that is off by so many square centimetres."""
    over = 1.0 + square * (1.0 / AGREES**2)
    weight: npt.NDArray[np.floating[Any]] = 1.0 / (over * over)
    return weight


def _settle(
    x: Complexes,
    y: Complexes,
    weights: npt.NDArray[np.floating[Any]],
    turn: complex,
    shift: complex,
) -> tuple[complex, complex, float]:
    """Let every vote near a motion improve it: turn, shift [cm] and the share that agrees."""
    belief = weights
    for _ in range(3):
        off = turn * x + (shift - y)
        belief = weights * _believed(off.real**2 + off.imag**2)
        total = belief.sum()
        x_mean, y_mean = belief @ x / total, belief @ y / total
        score = complex(belief @ (np.conj(x - x_mean) * (y - y_mean)))
        turn = score / max(abs(score), 1e-12)
        shift = complex(y_mean - turn * x_mean)
    return turn, shift, float(belief.sum() / weights.sum())
