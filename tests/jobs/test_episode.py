from collections.abc import Sequence

import pytest

from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.hardware.simulation.conditions import Condition
from pregrasp.jobs.episode import EpisodePlan, plan_episode
from pregrasp.jobs.errors import JobError
from pregrasp.task import find_task

TASK = find_task("circuit_board")


def anywhere(goals: Sequence[Pose]) -> None:
    """Everything is within reach."""


def drawn(index: int, seed: int = 1, condition: Condition = Condition.NOMINAL) -> EpisodePlan:
    return plan_episode(TASK, index, seed, condition, anywhere)


def offset(plan: EpisodePlan) -> MotionCommand:
    """``T_pregrasp_start`` for the placement of the episode."""
    assert TASK.simulation is not None
    T_part_pregrasp = TASK.simulation.placement.inverse() @ TASK.taught.pregrasp.planar
    return (plan.placement @ T_part_pregrasp).inverse() @ plan.start.planar


def test_an_episode_depends_on_seed_and_index_only() -> None:
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    assert drawn(3) != drawn(3, seed=2)


def test_starts_lie_in_the_workspace_around_the_part_as_it_was_put_down() -> None:
    starts = [offset(drawn(index)) for index in range(60)]
    assert max(abs(start.x) for start in starts) <= TASK.workspace.x + 1e-9
    assert max(abs(start.theta) for start in starts) <= TASK.workspace.theta + 1e-9
    assert max(abs(start.x) for start in starts) > 0.8 * TASK.workspace.x


def test_parts_are_put_down_at_all_angles_on_tables_that_are_not_taught_on() -> None:
    plans = [drawn(index) for index in range(60)]
    assert min(plan.placement.theta for plan in plans) < -2.5
    assert max(plan.placement.theta for plan in plans) > 2.5
    assert len({plan.table_seed for plan in plans}) == 60
    assert min(plan.table_seed for plan in plans) >= 1000


def test_a_partial_view_begins_further_out() -> None:
    starts = [offset(drawn(index, condition=Condition.PARTIAL_VIEW)) for index in range(30)]
    assert min(start.translation for start in starts) > 40 * MM


def test_a_start_out_of_reach_is_drawn_again() -> None:
    def near(goals: Sequence[Pose]) -> None:
        if goals[0].x > TASK.taught.pregrasp.x:
            raise OutOfReachError("arm", "that is too far.")

    plans = [plan_episode(TASK, index, 1, Condition.NOMINAL, near) for index in range(20)]
    assert max(plan.start.x for plan in plans) <= TASK.taught.pregrasp.x


def test_a_task_that_is_nowhere_within_reach_says_why() -> None:
    def never(goals: Sequence[Pose]) -> None:
        raise OutOfReachError("arm", "joint 2 would be at 130 deg.")

    with pytest.raises(JobError, match="joint 2 would be at 130 deg"):
        plan_episode(TASK, 0, 1, Condition.NOMINAL, never)
