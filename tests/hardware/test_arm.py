from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.hardware.errors import MotionError, OutOfReachError
from pregrasp.hardware.simulation.accuracy import RobotErrors


def test_the_encoders_read_what_was_commanded_and_the_tool_is_elsewhere(
    make_bench: Any,
) -> None:
    bench = make_bench(errors=RobotErrors(), seed=4)
    goal = Pose(0.35, 0.03, 0.21, 0.2)
    assert bench.arm.move([goal], CancelToken()).matrix() == pytest.approx(goal.matrix(), abs=1e-9)
    miss = goal.inverse() @ bench.truth.T_base_tool()
    assert 0.2 * MM < np.linalg.norm((miss.x, miss.y, miss.z)) < 0.7 * MM


def test_the_arm_comes_back_within_its_repeatability(make_bench: Any) -> None:
    bench = make_bench(errors=RobotErrors(), seed=4)
    goal, away = Pose(0.35, 0.03, 0.21, 0.2), Pose(0.36, 0.0, 0.2, 0.0)
    places = []
    for _ in range(60):
        bench.arm.move([away], CancelToken())
        bench.arm.move([goal], CancelToken())
        tool = bench.truth.T_base_tool()
        places.append((tool.x, tool.y, tool.z))
    assert np.std(places, axis=0) == pytest.approx([0.02 * MM] * 3, rel=0.35)


def test_motors_hold_the_tool_within_micrometres_when_physics_runs(bench: Any) -> None:
    goal = bench.pregrasp.at_height(0.025)  # low beside the part, where every step is simulated
    bench.arm.move([goal], CancelToken(), shape=PathShape.LINEAR)
    miss = goal.inverse() @ bench.truth.T_base_tool()
    assert np.abs((miss.x, miss.y, miss.z)).max() < 5e-6


@pytest.mark.parametrize(
    ("pose", "why"),
    [
        (Pose(0.9, 0.0, 0.1, 0.0), "farther away than the IRB 120's arm"),
        (Pose(-0.3, 0.01, 0.1, 0.0), "would leave its range"),
    ],
)
def test_a_pose_out_of_reach_is_named_before_anything_moves(
    bench: Any, pose: Pose, why: str
) -> None:
    before = bench.arm.pose()
    goals = [Pose(0.35, 0.0, 0.2), pose]
    with pytest.raises(OutOfReachError, match="pose 2 of 2") as checked:
        bench.arm.check(goals)
    with pytest.raises(OutOfReachError, match="pose 2 of 2") as moved:
        bench.arm.move(goals, CancelToken())
    for message in (str(checked.value), str(moved.value)):
        assert why in message
        assert str(pose) in message
    assert bench.arm.pose() == before
    assert bench.clock.now() == 0.0


def test_a_straight_move_is_straight(make_bench: Any) -> None:
    seen: list[Pose] = []
    bench = make_bench()
    advance = bench.clock.advance

    def watch(seconds: float) -> None:
        seen.append(bench.arm.pose())
        advance(seconds)

    bench.clock.advance = watch
    goal = Pose(0.30, -0.08, 0.12, 0.4)
    bench.arm.move([goal], CancelToken(), shape=PathShape.LINEAR)
    start = np.array([bench.pregrasp.x, bench.pregrasp.y, bench.pregrasp.z])
    along = np.array([goal.x, goal.y, goal.z]) - start
    unit = along / np.linalg.norm(along)
    away = [np.array([p.x, p.y, p.z]) - start for p in seen]
    assert len(seen) > 50
    assert max(np.linalg.norm(a - unit * (a @ unit)) for a in away) < 0.02 * MM


def test_a_collection_move_takes_about_as_long_as_a_real_one(bench: Any) -> None:
    bench.arm.move([bench.pregrasp @ MotionCommand(0.03, 0.03, 20 * DEG)], CancelToken())
    assert 0.3 < bench.clock.now() < 1.0


def test_a_slower_move_takes_longer_and_ends_at_the_same_place(make_bench: Any) -> None:
    goal, times, ends = Pose(0.32, 0.0, 0.25, 0.3), [], []
    for speed in (1.0, 0.25):
        bench = make_bench()
        ends.append(bench.arm.move([goal], CancelToken(), speed=speed))
        times.append(bench.clock.now())
    assert times[1] > 2.5 * times[0]
    assert ends[0] == ends[1]


@pytest.mark.parametrize("height", [0.3, 0.03])
def test_cancelling_leaves_the_arm_standing_on_its_way(
    bench: Any, cancel_after: Callable[[int], CancelToken], height: float
) -> None:
    # The goal beside the part, so that a low move runs through physics.
    goal = Pose(0.30, 0.15, height, 0.0)
    with pytest.raises(CancelledError):
        bench.arm.move([goal], cancel_after(80), shape=PathShape.LINEAR)
    stopped = bench.arm.pose()
    gone = MotionCommand(stopped.x - bench.pregrasp.x, stopped.y - bench.pregrasp.y).translation
    whole = MotionCommand(goal.x - bench.pregrasp.x, goal.y - bench.pregrasp.y).translation
    assert 0.0 < gone < 0.9 * whole
    for _ in range(50):
        bench.world.step()
    assert bench.arm.pose().matrix() == pytest.approx(stopped.matrix(), abs=5e-5)
    end = bench.arm.move([goal], CancelToken())
    assert end.matrix() == pytest.approx(goal.matrix(), abs=1e-6)


def test_stopping_in_the_middle_of_a_move_is_a_motion_error(bench: Any) -> None:
    advance, calls = bench.clock.advance, iter(range(1000))

    def stop_later(seconds: float) -> None:
        if next(calls) == 20:
            bench.arm.stop()
        advance(seconds)

    bench.clock.advance = stop_later
    goal = Pose(0.30, -0.1, 0.2, 0.0)
    with pytest.raises(MotionError, match="was stopped"):
        bench.arm.move([goal], CancelToken())
    assert bench.arm.pose().matrix() != pytest.approx(goal.matrix(), abs=1e-3)


def test_only_one_move_at_a_time(bench: Any) -> None:
    advance = bench.clock.advance
    caught: list[object] = []

    def move_again(seconds: float) -> None:
        if not caught:
            with pytest.raises(MotionError, match="already moving") as error:
                bench.arm.move([bench.pregrasp], CancelToken())
            caught.append(error)
        advance(seconds)

    bench.clock.advance = move_again
    bench.arm.move([Pose(0.35, 0.0, 0.2, 0.0)], CancelToken())
    assert caught


@pytest.mark.parametrize("speed", [0.0, 1.5])
def test_a_speed_outside_zero_to_one_is_refused(bench: Any, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        bench.arm.move([bench.pregrasp], CancelToken(), speed=speed)


def test_motion_supervision_stops_a_jaw_on_the_part(bench: Any) -> None:
    grasp = Pose(0.374 + 3 * MM, 0.0, 1 * MM, 0.0)
    with pytest.raises(MotionError, match="was blocked"):
        bench.reach_down(grasp)
    assert bench.arm.pose().z > 2 * MM
    assert abs(bench.truth.T_base_part().z) < 1 * MM
