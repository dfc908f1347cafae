"""Votes are counted by agreement, not by average."""

from __future__ import annotations

import numpy as np

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.cells import COLUMNS, ROWS, UNIT, Singles, count_votes
from pregrasp.perception.image_map import move_points

TRUE = MotionCommand(21 * MM, -13 * MM, 24 * DEG)


def places() -> Singles:
    columns, rows = np.meshgrid(np.linspace(-11, 11, COLUMNS), np.linspace(-8, 8, ROWS))
    return np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float32)


def votes(share: float, noise: float = 0.05) -> Singles:
    """Votes of which a share tells the truth and the rest is confidently wrong."""
    rng = np.random.default_rng(3)
    at = places()
    truth = move_points(TRUE.inverse(), at.astype(np.float64) * UNIT) / UNIT
    told = truth + rng.normal(0, noise, truth.shape)
    liars = rng.random(len(told)) > share
    told[liars] = rng.uniform(-5, 5, (int(liars.sum()), 2))
    return np.column_stack([told, np.ones(len(told))]).astype(np.float32)


def test_a_quarter_of_true_votes_wins_over_confident_nonsense() -> None:
    best = next(count_votes(votes(0.25), places(), 3))
    off = best.motion.inverse() @ TRUE
    assert off.translation < 0.5 * MM
    assert off.rotation < 0.5 * DEG
    assert 0.15 < best.share < 0.4


def test_the_same_votes_always_give_the_same_answer() -> None:
    first, second = (list(count_votes(votes(0.3), places(), 3)) for _ in range(2))
    assert first == second


def test_two_places_that_both_have_votes_are_both_proposed() -> None:
    told = votes(1.0)
    other = MotionCommand(-15 * MM, 5 * MM, -10 * DEG)
    rows = slice(180, 300)
    at = places()[rows].astype(np.float64) * UNIT
    told[rows, :2] = move_points(other.inverse(), at) / UNIT
    found = list(count_votes(told, places(), 3))
    assert len(found) == 2
    assert (found[0].motion.inverse() @ TRUE).translation < 0.5 * MM
    assert (found[1].motion.inverse() @ other).translation < 0.5 * MM
    assert found[0].share > found[1].share
