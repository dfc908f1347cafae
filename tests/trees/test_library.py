"""The trees that ship, run from beginning to end on an ideal cell."""

from __future__ import annotations

import dataclasses

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.sampling import CaptureKind, Collection
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task
from pregrasp.trees import Event, NodeChanged, Runner, RunResult, load_tree
from pregrasp.trees.files import library_folder

NAMES = sorted(path.stem for path in library_folder().glob("*.yaml"))


def grasp(cell: IdealCell, task: Task, estimator: IdealEstimator) -> RunResult:
    inputs = {"task": task, "estimator": estimator}
    return Runner(load_tree("two_stage_grasp"), cell, inputs).run()


def close(pose: Pose, other: Pose) -> bool:
    step = pose.inverse() @ other
    return step.planar.translation + abs(step.z) + step.planar.rotation < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_every_library_tree_loads_without_a_warning(name: str) -> None:
    tree = load_tree(name)
    assert tree.name == name
    assert tree.description
    assert not tree.warnings


def test_a_part_that_lies_elsewhere_is_grasped_and_lifted(cell: IdealCell, task: Task) -> None:
    part = cell.part
    result = grasp(cell, task, IdealEstimator(cell, task.taught.approach, gain=0.9))
    assert result.succeeded, result.failure
    assert cell.gripper.reading().holding
    lowest = min(cell.arm.moves, key=lambda pose: pose.z)
    assert (lowest.inverse() @ part).planar.translation < 0.15 * MM
    assert cell.arm.pose().z == pytest.approx(task.taught.pregrasp.z)


def test_the_first_move_of_a_grasp_changes_the_height_only(cell: IdealCell, task: Task) -> None:
    start = cell.arm.pose()
    grasp(cell, task, IdealEstimator(cell, task.taught.approach))
    assert cell.arm.moves[0] == start.at_height(task.taught.pregrasp.z)


def test_the_estimate_is_an_output_of_the_grasp(cell: IdealCell, task: Task) -> None:
    result = grasp(cell, task, IdealEstimator(cell, task.taught.approach))
    assert result.outputs["estimate"].motion.translation < task.servo.within.translation


def test_a_part_out_of_view_is_refused_before_the_tool_goes_down(
    cell: IdealCell, task: Task
) -> None:
    cell.camera.covered = True
    result = grasp(cell, task, IdealEstimator(cell, task.taught.approach))
    assert result.refused
    assert result.failure is not None
    assert result.failure.reason == "no part in view"
    assert result.failure.path.endswith("servo_to_pregrasp/sequence/estimate")
    assert len(cell.arm.moves) == 1
    assert cell.stops == 1


def test_an_estimate_that_does_not_shrink_is_refused(cell: IdealCell, task: Task) -> None:
    estimator = IdealEstimator(cell, task.taught.approach, jitter=MotionCommand(2.5 * MM))
    result = grasp(cell, task, estimator)
    assert result.refused
    assert "does not shrink" in str(result.failure)
    assert min(pose.z for pose in cell.arm.moves) == pytest.approx(task.taught.pregrasp.z)


def test_an_estimate_that_stays_small_enough_is_accepted(cell: IdealCell, task: Task) -> None:
    estimator = IdealEstimator(cell, task.taught.approach, jitter=MotionCommand(0.15 * MM))
    assert task.servo.within.translation < 0.3 * MM < task.tolerance.translation / 2
    assert grasp(cell, task, estimator).succeeded


def test_an_estimate_close_to_the_tolerance_is_not_accepted(cell: IdealCell, task: Task) -> None:
    estimator = IdealEstimator(cell, task.taught.approach, jitter=MotionCommand(0.35 * MM))
    assert grasp(cell, task, estimator).refused


def test_a_servo_that_is_too_slow_is_refused(cell: IdealCell, task: Task) -> None:
    servo = dataclasses.replace(task.servo, moves=2)
    slow = dataclasses.replace(task, servo=servo)
    result = grasp(cell, slow, IdealEstimator(cell, task.taught.approach, gain=0.5))
    assert result.refused
    assert "given up after 2 times" in str(result.failure)


def test_an_empty_gripper_is_a_failure_and_no_refusal(cell: IdealCell, task: Task) -> None:
    estimator = IdealEstimator(cell, task.taught.approach)
    cell_without = IdealCell(Pose(9.0))
    result = Runner(
        load_tree("two_stage_grasp"), cell_without, {"task": task, "estimator": estimator}
    ).run()
    assert result.failure is not None
    assert not result.refused
    assert result.failure.reason.startswith("nothing is in the gripper")


def test_the_part_is_re_placed(cell: IdealCell, task: Task) -> None:
    start = cell.part @ task.taught.approach.inverse()
    goal = Pose(start.x + 0.02, start.y - 0.03, start.z, 2.0)
    inputs = {"start": start, "goal": goal, "approach": task.taught.approach}
    assert Runner(load_tree("re_place"), cell, inputs).run().succeeded
    assert close(cell.part, goal @ task.taught.approach)
    assert close(cell.arm.pose(), goal)


# --- Collecting ---------------------------------------------------------------------------


@pytest.fixture
def small(task: Task) -> Task:
    return dataclasses.replace(
        task, collection=Collection(captures=12, placements=3, anchors=2, seed=3)
    )


@pytest.fixture
def taught_cell(task: Task) -> IdealCell:
    return IdealCell(task.taught.grasp)


def collect(
    cell: IdealCell, task: Task, dataset: Dataset, token: CancelToken | None = None
) -> RunResult:
    return Runner(load_tree("collect"), cell, {"task": task, "dataset": dataset}).run(token)


def test_a_collection_takes_every_picture_in_every_placement(
    taught_cell: IdealCell, small: Task, dataset: Dataset
) -> None:
    assert collect(taught_cell, small, dataset).succeeded
    kinds = [(record.placement, record.group, record.kind) for record in dataset.records]
    for k in range(3):
        assert kinds.count((k, k, CaptureKind.ANCHOR)) == 2
        assert kinds.count((k, k, CaptureKind.EMPTY)) == 1
        # Where the part was taught there are twice as many: 6, 3 and 3.
        assert sum(placement == k for placement, _, _ in kinds) == (9, 6, 6)[k]
    estimator = IdealEstimator(taught_cell, small.taught.approach)
    taught_cell.part = dataset.records[-1].T_base_pregrasp @ small.taught.approach
    for record in dataset.records[-6:-1]:
        answer = estimator.estimate(dataset.image(record)).motion
        assert (answer.inverse() @ record.label).translation < 1e-6


def test_a_collection_puts_the_part_back(
    taught_cell: IdealCell, small: Task, dataset: Dataset
) -> None:
    collect(taught_cell, small, dataset)
    assert close(taught_cell.part, small.taught.grasp)


def test_placements_turn_the_part_far(
    taught_cell: IdealCell, small: Task, dataset: Dataset
) -> None:
    collect(taught_cell, small, dataset)
    poses = {record.placement: record.T_base_pregrasp for record in dataset.records}
    for a, b in ((0, 1), (0, 2), (1, 2)):
        turn = abs((poses[a].inverse() @ poses[b]).theta)
        assert turn > 1.5


def test_an_interrupted_collection_goes_on_in_a_new_group(
    taught_cell: IdealCell, small: Task, dataset: Dataset
) -> None:
    token = CancelToken()

    def stop_after_five(event: Event) -> None:
        if isinstance(event, NodeChanged) and len(dataset) == 5:
            token.cancel()

    runner = Runner(
        load_tree("collect"),
        taught_cell,
        {"task": small, "dataset": dataset},
        observers=[stop_after_five],
    )
    assert not runner.run(token).succeeded
    assert len(dataset) == 5
    assert collect(IdealCell(small.taught.grasp), small, dataset).succeeded
    first = [record for record in dataset.records if record.placement == 0]
    assert [record.group for record in first] == [0] * 5 + [1] * 6
    coarse_or_fine = {CaptureKind.COARSE, CaptureKind.FINE}
    assert [record.kind in coarse_or_fine for record in first[5:]] == [
        *[False] * 2,
        *[True] * 3,
        False,
    ]
    goals = [record.T_base_tool for record in first if record.kind in coarse_or_fine]
    assert len(set(goals)) == 6


def test_the_table_is_photographed_where_the_part_was(
    taught_cell: IdealCell, small: Task, dataset: Dataset
) -> None:
    collect(taught_cell, small, dataset)
    empty = [record for record in dataset.records if record.kind is CaptureKind.EMPTY]
    assert [record.group for record in empty] == [0, 1, 2]
    for record in empty:
        assert close(record.T_base_tool, record.T_base_pregrasp)


def test_a_complete_collection_takes_no_more_pictures(
    taught_cell: IdealCell, small: Task, dataset: Dataset
) -> None:
    collect(taught_cell, small, dataset)
    taught_cell.arm.moves.clear()
    count = len(dataset)
    assert collect(taught_cell, small, dataset).succeeded
    assert len(dataset) == count
    assert not taught_cell.arm.moves


def test_a_pose_out_of_reach_is_found_before_the_first_move(
    taught_cell: IdealCell, small: Task, dataset: Dataset
) -> None:
    taught_cell.arm.reach = 0.39
    result = collect(taught_cell, small, dataset)
    assert result.failure is not None
    assert isinstance(result.failure.cause, OutOfReachError)
    assert "cannot reach (" in result.failure.reason
    assert not taught_cell.arm.moves
    assert len(dataset) == 0
