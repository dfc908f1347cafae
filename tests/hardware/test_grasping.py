"""Contact alone decides whether a grasp succeeds."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.hardware.errors import MotionError
from pregrasp.hardware.simulation.accuracy import RobotErrors
from pregrasp.hardware.simulation.gripper_model import CLEARANCE
from pregrasp.hardware.simulation.specification import Part

GRASP = Pose(0.374, 0.0, 1 * MM, 0.0)


def grasp(bench: Any, pose: Pose) -> bool:
    """Whether the part is lifted when the jaws go down at a pose."""
    try:
        bench.reach_down(pose)
    except MotionError:
        return False
    bench.gripper.close(CancelToken())
    bench.lift()
    return bool(bench.truth.part_lifted())


def test_a_grasp_without_error_lifts_the_part(bench: Any, plate: Part) -> None:
    assert grasp(bench, GRASP)
    assert bench.gripper.reading().holding
    assert bench.gripper.reading().opening == pytest.approx(plate.length, abs=0.3 * MM)


@pytest.mark.parametrize("x", [-0.7, 0.7])
@pytest.mark.parametrize("y", [-0.7, 0.7])
def test_an_error_within_the_clearance_is_forgiven(bench: Any, x: float, y: float) -> None:
    assert grasp(bench, GRASP @ MotionCommand(x * MM, y * MM, 0.0))


@pytest.mark.parametrize(
    "error",
    [
        MotionCommand(2.5 * MM, 0.0, 0.0),
        MotionCommand(-2.5 * MM, 0.0, 0.0),
        MotionCommand(0.0, 2.5 * MM, 0.0),
        MotionCommand(0.0, -2.5 * MM, 0.0),
        MotionCommand(0.0, 0.0, 4 * DEG),
        MotionCommand(0.0, 0.0, -4 * DEG),
    ],
    ids=str,
)
def test_an_error_beyond_the_clearance_fails(bench: Any, error: MotionCommand) -> None:
    assert not grasp(bench, GRASP @ error)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_an_arm_with_usual_errors_lifts_the_part(make_bench: Any, seed: int) -> None:
    assert grasp(make_bench(errors=RobotErrors(seed=seed), seed=seed), GRASP)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"mass": 0.01},
        {"mass": 0.5},
        {"thickness": 2 * MM},
        {"thickness": 40 * MM},
        {"length": 20 * MM, "width": 20 * MM},
        {"length": 140 * MM, "width": 100 * MM},
    ],
    ids=["10 g", "500 g", "2 mm thick", "40 mm thick", "smallest", "largest"],
)
def test_every_part_that_a_task_may_describe_can_be_lifted(
    make_bench: Any, plate: Part, changes: dict[str, Any]
) -> None:
    assert grasp(make_bench(part=dataclasses.replace(plate, **changes)), GRASP)


def test_closing_on_nothing_is_noticed(bench: Any) -> None:
    bench.arm.move([Pose(0.30, 0.15, 0.05, 0.0)], CancelToken())
    assert not bench.gripper.close(CancelToken()).holding
    assert not bench.truth.part_lifted()


def test_a_part_that_lies_on_the_table_is_not_lifted(bench: Any) -> None:
    bench.reach_down(GRASP)
    bench.gripper.close(CancelToken())
    assert not bench.truth.part_lifted()


def test_letting_go_drops_the_part(bench: Any) -> None:
    assert grasp(bench, GRASP)
    bench.gripper.open(CancelToken())
    assert not bench.truth.part_lifted()
    assert bench.truth.T_base_part().z < 5 * MM


def test_open_jaws_leave_the_clearance_on_each_side(bench: Any, plate: Part) -> None:
    opening = bench.gripper.open(CancelToken()).opening
    assert opening == pytest.approx(plate.length + 2 * CLEARANCE, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("mass", [0.01, 0.07, 0.5])
def test_a_part_that_the_arm_puts_elsewhere_lies_there(
    make_bench: Any, plate: Part, mass: float
) -> None:
    bench = make_bench(part=dataclasses.replace(plate, mass=mass), errors=RobotErrors(), seed=2)
    assert grasp(bench, GRASP)
    there = Pose(0.345, 0.02, 1 * MM, math.radians(100))
    bench.arm.move([there.at_height(0.2)], CancelToken())
    bench.arm.move([there], CancelToken(), shape=PathShape.LINEAR)
    bench.gripper.open(CancelToken())
    bench.lift()
    meant = bench.arm.smooth_error.true_placement(there.planar)
    off = meant.inverse() @ bench.truth.T_base_part().planar
    assert off.translation < 0.3 * MM
    assert off.rotation < 0.2 * DEG
