from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from pregrasp.frames import Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.timing import (
    Stretch,
    joint_duration,
    linear_duration,
    progress,
    progress_all,
    straight,
)


def speeds_and_accelerations(
    stretch: Stretch,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    times = np.linspace(0.0, stretch.duration, 2001)
    q = np.array([stretch.at(t)[0] for t in times])
    v = np.gradient(q, times, axis=0)
    return v, np.gradient(v, times, axis=0)


@pytest.mark.parametrize("size", [0.05, 0.5, 2.0])
def test_a_joint_move_is_as_fast_as_the_limits_allow(size: float) -> None:
    goal = (size, -0.5 * size, 0.2, 0.1, 0.3 * size, 1.3 * size)
    duration = joint_duration(irb120.HOME, goal, 1.0)
    goal6 = (goal[0], goal[1], goal[2], goal[3], goal[4], goal[5])
    v, a = speeds_and_accelerations(Stretch((irb120.HOME, goal6), duration))
    use = max(
        (np.abs(v).max(axis=0) / irb120.MAX_SPEEDS).max(),
        (np.abs(a[3:-3]).max(axis=0) / irb120.MAX_ACCELERATIONS).max(),
    )
    assert 0.97 < use < 1.01


def test_half_the_speed_takes_twice_as_long() -> None:
    goal = (0.3, 0.1, 0.0, 0.0, 1.0, 0.0)
    full = joint_duration(irb120.HOME, goal, 1.0)
    assert joint_duration(irb120.HOME, goal, 0.5) == pytest.approx(2 * full)


def test_a_line_stays_below_the_tools_speed() -> None:
    start, goal = Pose(0.3, 0.0, 0.2, 0.0), Pose(0.3, 0.0, 0.0, 0.0)
    duration = linear_duration(start, goal, 1.0)
    assert 1.875 * 0.2 / duration <= 0.25 + 1e-9


def test_a_line_is_straight_and_ends_where_it_should() -> None:
    start, goal = Pose(0.3, 0.1, 0.2, 3.0), Pose(0.35, -0.1, 0.1, -3.0)
    points = straight(start, goal)
    xyz = np.array([(p.x, p.y, p.z) for p in points])
    along = (xyz - xyz[0]) / (xyz[-1] - xyz[0])
    assert np.ptp(along, axis=1).max() < 1e-12
    assert points[-1].matrix() == pytest.approx(goal.matrix())
    # The short way round, through half a turn.
    assert sum(abs(b.theta - a.theta) for a, b in pairwise(points)) < 0.3


def test_a_stretch_without_duration_is_at_its_end() -> None:
    stretch = Stretch((irb120.HOME, irb120.HOME), 0.0)
    assert stretch.at(0.0) == (irb120.HOME, (0.0,) * 6)


def test_many_times_at_once_give_the_same_to_the_last_bit() -> None:
    rng = np.random.default_rng(5)
    points = [tuple(q) for q in rng.uniform(-2.0, 2.0, (7, 6)).tolist()]
    stretch = Stretch(tuple(points), 1.234)
    times = np.concatenate([rng.uniform(0.0, 1.234, 500), [0.0, 1.234, 1.3]])
    q, v = stretch.at_all(times)
    for time, angles, speeds in zip(times.tolist(), q, v, strict=True):
        assert (tuple(angles.tolist()), tuple(speeds.tolist())) == stretch.at(time)
    assert progress_all(times).tolist() == [progress(time) for time in times.tolist()]
