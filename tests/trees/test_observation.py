from __future__ import annotations

import time

import pytest
from py_trees.common import Status

from pregrasp.frames import Pose
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.skill import Skill
from pregrasp.trees import (
    Event,
    MotionCommanded,
    NodeChanged,
    Runner,
    TickEnded,
    TreeStarted,
    parse_tree,
)

MOVE = "tree: t\ninputs: {goal: Pose}\nroot: [{move_to: {pose: '{goal}', speed_percent: 40}}]\n"


@pytest.fixture
def cell() -> IdealCell:
    return IdealCell(Pose(0.374, 0.0, 0.1))


def events_of_a_move(cell: IdealCell) -> list[Event]:
    told: list[Event] = []
    goal = Pose(0.3, 0.1, 0.2)
    Runner(parse_tree(MOVE), cell, {"goal": goal}, observers=[told.append]).run()
    return told


def test_every_tick_is_told_with_the_nodes_it_visited(cell: IdealCell) -> None:
    ticks = [event for event in events_of_a_move(cell) if isinstance(event, TickEnded)]
    assert [tick.number for tick in ticks] == list(range(1, len(ticks) + 1))
    for tick in ticks:
        assert tick.visited == ("t/sequence/move_to", "t/sequence")
        assert tick.duration > 0.0


def test_a_tick_closes_what_changed_in_it(cell: IdealCell) -> None:
    told = events_of_a_move(cell)
    last_change = max(i for i, event in enumerate(told) if isinstance(event, NodeChanged))
    assert any(isinstance(event, TickEnded) for event in told[last_change:])


def test_a_motion_is_told_with_its_skill_and_goal(cell: IdealCell) -> None:
    (motion,) = [e for e in events_of_a_move(cell) if isinstance(e, MotionCommanded)]
    assert motion.travel.path == "t/sequence/move_to"
    assert motion.travel.goals[-1] == Pose(0.3, 0.1, 0.2)
    assert motion.travel.speed == pytest.approx(0.4)


def test_a_node_that_holds_the_tick_up_is_named(cell: IdealCell) -> None:
    class Sluggish(Skill):
        """Thinks where it must not."""

        def step(self) -> Status:
            time.sleep(0.005)
            return Status.SUCCESS

    told: list[Event] = []
    skills: dict[str, type[Skill]] = {"sluggish": Sluggish}
    tree = parse_tree("tree: t\nroot: [sluggish]\n", skills=skills)
    Runner(tree, cell, observers=[told.append], skills=skills).run()
    (tick,) = [event for event in told if isinstance(event, TickEnded)]
    assert [path for path, took in tick.slow if took >= 0.005] == ["t/sequence/sluggish"]


def test_the_cell_is_told_with_the_tree(cell: IdealCell) -> None:
    first = events_of_a_move(cell)[0]
    assert isinstance(first, TreeStarted)
    assert first.cell is cell
