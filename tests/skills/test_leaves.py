"""Each skill by itself, on an ideal cell."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.capabilities import GripperReading, Image
from pregrasp.hardware.errors import GripperError
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.limits import Limits, WorkspaceBox
from pregrasp.hardware.modes import Mode
from pregrasp.perception.estimator import Estimate
from pregrasp.perception.sampling import Workspace
from pregrasp.skills import (
    Approach,
    Axes,
    Capture,
    CheckReach,
    CloseGripper,
    EstimateMotion,
    MakingProgress,
    MoveBy,
    MoveTo,
    OpenGripper,
    PlanViews,
    Retreat,
    SamplePose,
    TakeCapture,
    VerifyGrasp,
    WithinTolerance,
)
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.skills.testing import Trial, try_skill, wire_skill
from pregrasp.trees import Runner, parse_tree

APPROACH = Pose(0.0, -55 * MM, -199 * MM, 0.0)
LIMITS = Limits(workspace=WorkspaceBox(x=(0.2, 0.5), y=(-0.3, 0.3), height=(0.0, 0.45)))


@pytest.fixture
def cell() -> IdealCell:
    return IdealCell(Pose(0.374, 0.0, 0.001))


def estimate(x: float = 0.0, y: float = 0.0, theta: float = 0.0) -> Estimate:
    return Estimate(MotionCommand(x, y, theta), 1.0, trusted=True)


def test_move_to_reaches_the_whole_pose(cell: IdealCell) -> None:
    goal = Pose(0.4, 0.1, 0.2, 1.0)
    trial = try_skill(MoveTo, cell, pose=goal)
    assert trial.outputs["reached"] == goal == cell.arm.pose()


def test_move_to_along_z_changes_the_height_only(cell: IdealCell) -> None:
    start = cell.arm.pose()
    try_skill(MoveTo, cell, pose=Pose(0.4, 0.1, 0.2, 1.0), axes=Axes.Z)
    assert cell.arm.pose() == start.at_height(0.2)


@pytest.mark.parametrize("speed", [0.0, -0.1, 1.5])
def test_a_speed_that_is_no_share_is_a_failure(cell: IdealCell, speed: float) -> None:
    trial = try_skill(MoveTo, cell, pose=Pose(0.4), speed=speed)
    assert trial.status is Status.FAILURE
    assert "speed_percent" in trial.reason
    assert not cell.arm.moves


def test_move_by_starts_where_the_picture_was_taken_and_not_where_the_tool_is(
    cell: IdealCell,
) -> None:
    start = Pose(0.35, 0.05, 0.2, math.pi / 2)
    try_skill(MoveBy, cell, start=start, motion=MotionCommand(0.01, 0.0, 0.1))
    reached = cell.arm.pose()
    assert (reached.x, reached.y, reached.z) == pytest.approx((0.35, 0.06, 0.2))
    assert reached.theta == pytest.approx(math.pi / 2 + 0.1)


def test_an_approach_goes_sideways_first_and_then_down(cell: IdealCell) -> None:
    start = cell.arm.pose()
    try_skill(Approach, cell, motion=APPROACH)
    above, grasp = cell.arm.moves
    assert above == grasp.at_height(start.z)
    assert grasp == start @ APPROACH


def test_a_retreat_takes_the_way_of_the_approach_back(cell: IdealCell) -> None:
    start = cell.arm.pose()
    try_skill(Approach, cell, motion=APPROACH)
    try_skill(Retreat, cell, motion=APPROACH)
    down, up = cell.arm.moves[:2], cell.arm.moves[2:]
    assert up[0].x == pytest.approx(down[0].x)
    assert up[0].y == pytest.approx(down[0].y)
    assert up[0].z == pytest.approx(down[0].z)
    assert (up[1].x, up[1].y, up[1].z) == pytest.approx((start.x, start.y, start.z))


def test_an_approach_is_refused_when_somebody_else_has_moved_the_tool() -> None:
    inner = IdealCell(Pose(0.374, 0.0, 0.001))
    with GuardedCell(inner, LIMITS) as cell:
        cell.modes.enter(Mode.PRODUCING)
        cell.arm.move([Pose(0.374, 0.055, 0.2)], CancelToken())
        inner.arm.move([Pose(0.380, 0.055, 0.2)], CancelToken())  # a pendant, say
        refused = try_skill(Approach, cell, motion=APPROACH)
        assert refused.refused
        assert "somebody else has moved it" in refused.reason
        assert inner.arm.pose() == Pose(0.380, 0.055, 0.2)
        cell.arm.move([Pose(0.374, 0.055, 0.2)], CancelToken())
        assert try_skill(Approach, cell, motion=APPROACH).status is Status.SUCCESS


def test_a_tool_that_was_moved_before_the_picture_was_seen_where_it_is() -> None:
    inner = IdealCell(Pose(0.374, 0.0, 0.001))
    with GuardedCell(inner, LIMITS) as cell:
        cell.modes.enter(Mode.PRODUCING)
        cell.arm.move([Pose(0.374, 0.055, 0.2)], CancelToken())
        inner.arm.move([Pose(0.380, 0.055, 0.2)], CancelToken())
        tree = parse_tree(
            "tree: t\ninputs: {motion: Pose}\n"
            "root: {sequence: [capture, {approach: {motion: '{motion}', timeout_s: 60}}]}\n"
        )
        assert Runner(tree, cell, {"motion": APPROACH}).run().succeeded


def test_an_approach_straight_down_has_one_leg(cell: IdealCell) -> None:
    try_skill(Approach, cell, motion=Pose(z=-0.1))
    assert len(cell.arm.moves) == 1


def test_a_capture_knows_where_it_was_taken(cell: IdealCell) -> None:
    trial = try_skill(TakeCapture, cell)
    capture: Capture = trial.outputs["capture"]
    assert capture.T_base_tool == cell.arm.pose()
    assert capture.image.dtype == np.uint8


def test_a_picture_taken_while_the_tool_moved_is_a_failure(cell: IdealCell) -> None:
    take = cell.camera.capture

    def moving(token: CancelToken) -> Image:
        cell.arm.move([cell.arm.pose() @ MotionCommand(1 * MM)], token)
        return take(token)

    cell.camera.capture = moving  # type: ignore[method-assign]
    trial = try_skill(TakeCapture, cell)
    assert trial.status is Status.FAILURE
    assert "the tool moved by 1.00 mm" in trial.reason
    assert not trial.outputs


def test_an_estimate_is_passed_on(cell: IdealCell) -> None:
    capture = try_skill(TakeCapture, cell).outputs["capture"]
    trial = try_skill(
        EstimateMotion, cell, capture=capture, estimator=IdealEstimator(cell, APPROACH)
    )
    goal = capture.T_base_tool @ trial.outputs["estimate"].motion
    assert (goal @ APPROACH).planar.inverse().x == pytest.approx(cell.part.planar.inverse().x)


def test_an_estimate_that_is_not_trusted_is_refused_with_the_estimators_reason(
    cell: IdealCell,
) -> None:
    cell.camera.covered = True
    capture = try_skill(TakeCapture, cell).outputs["capture"]
    trial = try_skill(
        EstimateMotion, cell, capture=capture, estimator=IdealEstimator(cell, APPROACH)
    )
    assert trial.refused
    assert trial.reason == "no part in view"
    assert not trial.outputs


@pytest.mark.parametrize("motion", [MotionCommand(math.nan), MotionCommand(theta=math.inf)])
def test_an_estimate_that_is_no_number_is_refused_however_sure_it_is(
    cell: IdealCell, motion: MotionCommand
) -> None:
    class Broken:
        def estimate(self, image: Image) -> Estimate:
            return Estimate(motion, 1.0, trusted=True)

    capture = try_skill(TakeCapture, cell).outputs["capture"]
    trial = try_skill(EstimateMotion, cell, capture=capture, estimator=Broken())
    assert trial.refused
    assert "no number" in trial.reason
    assert not trial.outputs


def test_an_encoder_that_reports_no_number_is_no_tool_at_rest(cell: IdealCell) -> None:
    cell.arm.pose = lambda: Pose(math.nan)  # type: ignore[method-assign]
    assert try_skill(TakeCapture, cell).status is Status.FAILURE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (estimate(0.5 * MM, 0.5 * MM, 0.5 * DEG), Status.SUCCESS),
        (estimate(-0.6 * MM, 0.6 * MM), Status.FAILURE),
        (estimate(theta=-0.7 * DEG), Status.FAILURE),
    ],
)
def test_tolerance_is_a_distance_and_an_angle(
    cell: IdealCell, answer: Estimate, expected: Status
) -> None:
    trial = try_skill(
        WithinTolerance, cell, estimate=answer, translation=0.8 * MM, rotation=0.6 * DEG
    )
    assert trial.status is expected
    assert not trial.refused


@pytest.mark.parametrize(
    ("level", "wanted", "status", "refused"),
    [
        (0.95, 0.95, Status.FAILURE, False),
        (0.95, 0.0, Status.SUCCESS, False),
        (0.95, 0.99, Status.FAILURE, True),
        (0.95, math.nan, Status.FAILURE, True),
    ],
)
def test_a_bound_counts_what_the_estimate_may_be_off_by(
    cell: IdealCell, level: float, wanted: float, status: Status, refused: bool
) -> None:
    answer = dataclasses.replace(
        estimate(0.5 * MM),
        bound_translation=0.4 * MM,
        bound_rotation=0.1 * DEG,
        bound_level=level,
    )
    trial = try_skill(
        WithinTolerance,
        cell,
        estimate=answer,
        translation=0.8 * MM,
        rotation=0.6 * DEG,
        bound=wanted,
    )
    assert (trial.status, trial.refused) == (status, refused)


def test_progress_is_a_clearly_smaller_estimate(cell: IdealCell) -> None:
    skill = MakingProgress()
    said = []
    for x in (10.0, 5.0, 4.0):
        wire_skill(skill, cell, {}, estimate=estimate(x * MM))
        skill.tick_once()
        said.append(skill.status)
    assert said == [Status.SUCCESS, Status.SUCCESS, Status.FAILURE]
    assert skill.refused
    assert "does not shrink: 4.000 mm after 5.000 mm" in skill.feedback_message
    skill.forget()
    skill.tick_once()
    assert skill.status is Status.SUCCESS


def test_gripper_skills_open_close_and_look(cell: IdealCell) -> None:
    assert try_skill(VerifyGrasp, cell).reason.startswith("nothing is in the gripper")
    cell.arm.move([cell.part], CancelToken())
    assert try_skill(CloseGripper, cell).outputs["opening"] == pytest.approx(80 * MM)
    assert try_skill(VerifyGrasp, cell).status is Status.SUCCESS
    assert try_skill(OpenGripper, cell).status is Status.SUCCESS
    assert not cell.gripper.reading().holding


def test_a_devices_error_is_the_cause_of_the_failure(cell: IdealCell) -> None:
    def jam(token: CancelToken) -> GripperReading:
        raise GripperError("gripper", "the fingers did not move.")

    cell.gripper.open = jam  # type: ignore[method-assign]
    trial = try_skill(OpenGripper, cell)
    assert isinstance(trial.cause, GripperError)
    assert trial.reason == "gripper: the fingers did not move."


def test_reach_is_checked_without_moving(cell: IdealCell) -> None:
    near, far = Pose(0.3), Pose(0.9)
    assert try_skill(CheckReach, cell, poses=(near,)).status is Status.SUCCESS
    assert "cannot reach (900.000 mm" in try_skill(CheckReach, cell, poses=(near, far)).reason
    assert not cell.arm.moves


@pytest.mark.parametrize("angle", [0.0, 1.0, -2.5])
def test_views_are_planned_around_the_taught_place_at_the_angle_of_the_tool(
    cell: IdealCell, angle: float
) -> None:
    taught, workspace = Pose(0.374, 0.055, 0.2, 0.1), Workspace(x=30 * MM, y=20 * MM, theta=1.0)
    views = try_skill(
        PlanViews,
        cell,
        pregrasp=taught,
        approach=APPROACH,
        seen_from=Pose(0.5, 0.1, 0.2, angle),
        workspace=workspace,
        number=8,
    ).outputs["views"]
    assert len(views) == len(set(views)) == 8
    place = taught @ APPROACH
    for view in views:
        assert view.z == pytest.approx(taught.z)
        assert view.theta == pytest.approx(angle)
        away = (view @ APPROACH).planar.inverse() @ place.planar
        assert abs(away.x) <= 30 * MM
        assert abs(away.y) <= 30 * MM
    distances = [math.dist((v.x, v.y), (views[0].x, views[0].y)) for v in views]
    assert max(distances) > 20 * MM


def test_views_out_of_reach_are_left_out(cell: IdealCell) -> None:
    def plan(reach: float) -> Trial:
        cell.arm.reach = reach
        return try_skill(
            PlanViews,
            cell,
            pregrasp=Pose(0.374, 0.055, 0.2),
            approach=APPROACH,
            seen_from=Pose(0.3),
            workspace=Workspace(x=30 * MM, y=30 * MM, theta=1.0),
        )

    every, some = plan(1.0), plan(0.38)
    assert 0 < len(some.outputs["views"]) < len(every.outputs["views"]) == 6
    assert set(some.outputs["views"]) < set(every.outputs["views"])
    none = plan(0.1)
    assert none.refused
    assert "none of 6 views around (374" in none.reason


def test_a_sampled_pose_lies_in_the_workspace_and_is_the_same_for_the_same_seed(
    cell: IdealCell,
) -> None:
    workspace = Workspace(x=1 * MM, y=2 * MM, theta=3 * DEG)
    center = Pose(0.4, 0.0, 0.2, 1.0)
    drawn = [
        try_skill(SamplePose, cell, around=center, workspace=workspace).outputs["pose"]
        for _ in range(2)
    ]
    step = (center.inverse() @ drawn[0]).planar
    assert abs(step.x) <= 1 * MM
    assert abs(step.y) <= 2 * MM
    assert drawn[0] == drawn[1] != center
