import pytest

from pregrasp.frames import DEG, MM, Pose
from pregrasp.jobs.jog import DIRECTIONS, MAX_TURN, STEPS, jog_goal, next_step

QUARTER = Pose(0.4, 0.0, 0.2, 90 * DEG)


def test_steps_go_along_the_axes_of_the_tool() -> None:
    # The tool is turned by a quarter: its x axis is the y axis of the base.
    goal = jog_goal(QUARTER, "x+", 10 * MM)
    assert goal.matrix() == pytest.approx(Pose(0.4, 0.01, 0.2, 90 * DEG).matrix())


@pytest.mark.parametrize("direction", ["x", "y", "z", "theta"])
def test_a_step_back_leads_back(direction: str) -> None:
    there = jog_goal(QUARTER, f"{direction}+", 1 * MM)
    assert there.matrix() != pytest.approx(QUARTER.matrix())
    back = jog_goal(there, f"{direction}-", 1 * MM)
    assert back.matrix() == pytest.approx(QUARTER.matrix())


def test_a_smaller_step_turns_less_and_a_large_one_not_too_much() -> None:
    assert jog_goal(QUARTER, "theta+", 1 * MM).theta == pytest.approx(91 * DEG)
    assert jog_goal(QUARTER, "theta-", 50 * MM).theta == pytest.approx(90 * DEG - MAX_TURN)


def test_every_direction_moves_one_thing() -> None:
    assert all(sum(map(abs, direction)) == 1 for direction in DIRECTIONS.values())
    assert len(set(DIRECTIONS.values())) == 8


def test_steps_have_an_end_on_both_sides() -> None:
    assert next_step(STEPS[0], larger=False) == STEPS[0]
    assert next_step(STEPS[-1], larger=True) == STEPS[-1]
    assert next_step(STEPS[1], larger=True) == STEPS[2]
