from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import py_opw_kinematics as opw
import pytest
from scipy.spatial.transform import RigidTransform  # type: ignore[import-untyped]

from pregrasp.frames import DEG, Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.kinematics import (
    branches,
    distance,
    exceeded,
    flange_of,
    forward,
    inverse,
    nearest,
    tool_of,
)

LOW, HIGH = np.array(irb120.LOWER_LIMITS), np.array(irb120.UPPER_LIMITS)


@pytest.fixture
def configurations() -> npt.NDArray[np.float64]:
    return np.random.default_rng(1).uniform(LOW, HIGH, (500, 6))


def test_home_points_the_tool_down_in_front_of_the_arm() -> None:
    expected = np.array(
        [[-1, 0, 0, 0.302], [0, 1, 0, 0], [0, 0, -1, 0.558], [0, 0, 0, 1]], np.float64
    )
    assert forward(irb120.HOME) == pytest.approx(expected, abs=1e-12)


def test_every_configuration_is_among_the_answers_for_its_pose(
    configurations: npt.NDArray[np.float64],
) -> None:
    for q in configurations:
        answers = inverse(forward(q), q)
        assert min(np.abs(np.array(answer) - q).max() for answer in answers) < 1e-9


def test_every_branch_reaches_the_pose(configurations: npt.NDArray[np.float64]) -> None:
    for q in configurations:
        T_base_flange = forward(q)
        found = branches(T_base_flange, q)
        assert len(found) == 8
        for branch in found:
            assert forward(branch) == pytest.approx(T_base_flange, abs=1e-10)


def test_an_independent_library_finds_the_same_pose_and_the_same_branches(
    configurations: npt.NDArray[np.float64],
) -> None:
    model = opw.KinematicModel(
        a1=0, a2=-0.07, b=0, c1=0.29, c2=0.27, c3=0.302, c4=0.072,
        offsets=(0, 0, -math.pi / 2, 0, 0, 0), flip_axes=(False,) * 6,
    )  # fmt: skip
    robot = opw.Robot(model, degrees=False)
    for q in configurations[:100]:
        T_base_flange = forward(q)
        theirs = robot.forward(joints=tuple(q))
        assert theirs.as_matrix() == pytest.approx(T_base_flange, abs=1e-9)
        answers = np.array(robot.inverse(RigidTransform.from_matrix(T_base_flange)))
        ours = np.array(branches(T_base_flange, q))
        assert len(answers) == len(ours)
        for answer in answers:
            turns = (ours - answer) / (2 * math.pi)
            assert np.abs(turns - turns.round()).max(axis=1).min() < 1e-9


@pytest.mark.parametrize(
    "q", [(0.0,) * 6, (0.3, 0.2, 0.1, 0.7, 0.0, -0.4), (1, 0.4, -1, -2, 1e-9, 5)]
)
def test_the_stretched_wrist_keeps_the_seeds_joint_four(q: tuple[float, ...]) -> None:
    assert inverse(forward(q), q)[0] == pytest.approx(q, abs=1e-6)


def test_joint_six_takes_the_turn_nearest_to_the_seed() -> None:
    q = (*irb120.HOME[:5], 0.5)
    beyond = nearest(forward(q), (*irb120.HOME[:5], 6.0))
    assert beyond is not None
    assert beyond[5] == pytest.approx(0.5 + 2 * math.pi)


def test_the_nearest_branch_is_chosen_and_stays_the_same_along_a_way() -> None:
    seed = nearest(flange_of(Pose(0.3, -0.1, 0.2, 0.0), 0.15), irb120.HOME)
    for step in range(200):
        pose = Pose(0.3 + 0.0005 * step, -0.1 + 0.001 * step, 0.2 - 0.0005 * step, 0.01 * step)
        assert seed is not None
        found = nearest(flange_of(pose, 0.15), seed)
        assert found is not None
        assert distance(found, seed) < 1e-3
        seed = found


def test_a_far_pose_has_no_answer() -> None:
    assert inverse(flange_of(Pose(0.9, 0.0, 0.1, 0.0), 0.15), irb120.HOME) == []


def test_answers_stay_within_the_joint_ranges(configurations: npt.NDArray[np.float64]) -> None:
    for q in configurations[:100]:
        for answer in inverse(forward(q), irb120.HOME):
            assert exceeded(answer) is None
    assert exceeded((0.0, 0.0, 71 * DEG, 0.0, 0.0, 0.0)) == 3


def test_a_tool_pose_survives_the_way_through_the_flange() -> None:
    pose = Pose(0.31, -0.12, 0.08, -2.9)
    back = tool_of(flange_of(pose, 0.15), 0.15)
    assert (back.x, back.y, back.z, back.theta) == pytest.approx((0.31, -0.12, 0.08, -2.9))


STRETCHED = math.atan2(irb120.FOREARM, irb120.ELBOW_OFFSET)


def over_axis_1(q2: float) -> float:
    """Joint 3 that puts the wrist centre over axis 1."""
    length = math.hypot(irb120.FOREARM, irb120.ELBOW_OFFSET)
    return math.asin(-irb120.UPPER_ARM * math.sin(q2) / length) - q2 - STRETCHED


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("offset", [0.0, 1e-12, 1e-9, 1e-8, 1e-7, 1e-6, 1e-4])
@pytest.mark.parametrize("family", ["wrist", "shoulder", "elbow", "wrist and shoulder"])
def test_on_and_near_a_singularity_the_seed_is_found_again(
    family: str, offset: float, sign: int
) -> None:
    for q1, q2, q3, q4, q5, q6 in np.random.default_rng(3).uniform(LOW, HIGH, (40, 6)).tolist():
        over, off = over_axis_1(q2), sign * offset
        q = {
            "wrist": (q1, q2, q3, q4, off, q6),
            "shoulder": (q1, q2, over + off, q4, q5, q6),
            "elbow": (q1, q2, -STRETCHED + off, q4, q5, q6),
            "wrist and shoulder": (q1, q2, over, q4, off, q6),
        }[family]
        if exceeded(q) is not None:
            continue
        found = nearest(forward(q), q)
        assert found is not None
        # A stretched elbow squares the rounding of its cosine.
        assert found == pytest.approx(q, abs=2e-6)
        assert forward(found) == pytest.approx(forward(q), abs=1.1e-7)


@pytest.mark.parametrize(
    "through",
    [
        (0.3, 0.4, 0.2, 0.7, 0.0, -0.4),
        (0.3, 0.1, over_axis_1(0.1), 0.7, 0.9, -0.4),
        (0.3, 0.4, -STRETCHED, 0.7, 0.9, -0.4),
    ],
    ids=["wrist", "shoulder", "elbow"],
)
def test_led_through_a_singularity_no_joint_jumps(through: tuple[float, ...]) -> None:
    direction = np.array([0.5, -0.7, 0.9, 0.6, 0.8, -0.4])
    way = [np.array(through) + step * 1e-4 * direction for step in range(-100, 101)]
    seed = tuple(way[0].tolist())
    for q in way[1:]:
        found = nearest(forward(q.tolist()), seed)
        assert found is not None
        assert np.abs(np.array(found) - q).max() < 3e-4
        seed = found
