"""Many local opinions become one motion, whatever a minority says."""

from __future__ import annotations

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.fusion import fit_motion
from pregrasp.perception.image_map import Floats, move_points

TRUE = MotionCommand(3 * MM, -2 * MM, 4 * DEG)


@pytest.fixture
def points() -> Floats:
    return np.random.default_rng(1).uniform(-0.04, 0.04, (80, 2))


def test_exact_opinions_give_the_exact_motion(points: Floats) -> None:
    motion, robust = fit_motion(points, move_points(TRUE, points))
    off = motion.inverse() @ TRUE
    assert off.translation < 1e-12
    assert off.rotation < 1e-12
    assert robust.min() > 0.99


def test_a_third_of_wild_opinions_is_not_heard(points: Floats) -> None:
    rng = np.random.default_rng(2)
    end = move_points(TRUE, points) + rng.normal(0, 0.01 * MM, points.shape)
    end[:27] += rng.uniform(2 * MM, 8 * MM, (27, 2))
    motion, robust = fit_motion(points, end)
    off = motion.inverse() @ TRUE
    assert off.translation < 0.02 * MM
    assert robust[:27].max() < 0.05
    assert robust[27:].mean() > 0.8


def test_points_without_weight_do_not_count(points: Floats) -> None:
    end = move_points(TRUE, points)
    weights = np.ones(len(points))
    weights[::2] = 0.0
    end[::2] += 1.0
    motion, _ = fit_motion(points, end, weights)
    assert (motion.inverse() @ TRUE).translation < 1e-9


def test_nobody_heard_means_no_motion(points: Floats) -> None:
    motion, robust = fit_motion(points, points, np.zeros(len(points)))
    assert motion == MotionCommand()
    assert robust.max() == 0.0
