from __future__ import annotations

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.simulation.accuracy import RobotErrors, SmoothError, arrival_error


@pytest.fixture
def poses() -> list[Pose]:
    rng = np.random.default_rng(0)
    low, high = (0.2, -0.25, 0.0, -3.0), (0.5, 0.25, 0.3, 3.0)
    return [Pose(*rng.uniform(low, high).tolist()) for _ in range(400)]


@pytest.mark.parametrize("seed", range(5))
def test_the_absolute_error_is_three_to_six_tenths_of_a_millimetre(
    seed: int, poses: list[Pose]
) -> None:
    field = SmoothError(RobotErrors(seed=seed))
    errors = [field.at(pose) for pose in poses]
    sizes = [np.linalg.norm((e.x, e.y, e.z)) for e in errors]
    assert 0.3 * MM <= min(sizes) < 0.45 * MM < max(sizes) <= 0.6 * MM
    assert max(sizes) - min(sizes) > 0.05 * MM
    assert 0.01 * DEG < np.std([e.theta for e in errors]) < 0.1 * DEG


def test_the_absolute_error_hardly_changes_over_a_millimetre_and_does_over_the_table() -> None:
    field = SmoothError(RobotErrors())
    here = field.at(Pose(0.35, 0.0, 0.2, 0.0))
    near = field.at(Pose(0.351, 0.0, 0.2, 0.0))
    far = field.at(Pose(0.35, -0.4, 0.2, 0.0))
    assert abs(near.x - here.x) < 0.01 * MM
    assert np.hypot(far.x - here.x, far.y - here.y) > 0.1 * MM


def test_another_arm_misses_differently() -> None:
    pose = Pose(0.35, 0.0, 0.2, 0.0)
    first, second = (
        SmoothError(RobotErrors(seed=1)).at(pose),
        SmoothError(RobotErrors(seed=2)).at(pose),
    )
    assert first != second
    assert first == SmoothError(RobotErrors(seed=1)).at(pose)


def test_arrivals_scatter_by_the_repeatability() -> None:
    rng = np.random.default_rng(0)
    scatter = np.array(
        [(e.x, e.y, e.z) for e in (arrival_error(RobotErrors(), rng) for _ in range(2000))]
    )
    assert scatter.std(axis=0) == pytest.approx([0.02 * MM] * 3, rel=0.06)


def test_an_arm_without_errors_is_exact() -> None:
    errors = RobotErrors.none()
    field = SmoothError(errors)
    assert field.true_pose(Pose(0.3, 0.1, 0.2, 1.0)) == Pose(0.3, 0.1, 0.2, 1.0)
    assert field.true_placement(MotionCommand(0.3, 0.1, 1.0)) == MotionCommand(0.3, 0.1, 1.0)
    assert arrival_error(errors, np.random.default_rng(0)) == Pose()


def test_negative_errors_are_refused() -> None:
    with pytest.raises(ValueError, match="not be negative"):
        RobotErrors(repeatability=-1.0)
