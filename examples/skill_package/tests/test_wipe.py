"""The skill alone, and in a tree: both with no robot in the room."""

from __future__ import annotations

import pytest
from polishing.wipe import Wipe

from pregrasp.frames import MM, Pose
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.testing import try_skill
from pregrasp.trees import Runner, parse_tree

TREE = """
tree: clean_table
inputs: {start: Pose}
outputs: {wiped: {type: float, unit: mm}}
root:
  wipe: {start: "{start}", width_mm: 80, strokes: 4, wiped_mm: "{wiped}", timeout_s: 60}
"""


def test_it_ends_where_it_began() -> None:
    cell = IdealCell(Pose(0.4))
    start = Pose(0.3, 0.1, 0.2)
    trial = try_skill(Wipe, cell, start=start, width=80 * MM, strokes=3)
    assert trial.status.name == "SUCCESS"
    assert cell.arm.pose() == start
    assert trial.outputs["wiped"] == pytest.approx(240 * MM)


def test_no_stroke_at_all_is_an_error() -> None:
    trial = try_skill(Wipe, IdealCell(Pose(0.4)), start=Pose(0.3), strokes=0)
    assert "expected at least 1" in trial.reason


def test_it_can_be_used_in_a_tree() -> None:
    tree = parse_tree(TREE)
    assert tree.warnings == ()
    result = Runner(tree, IdealCell(Pose(0.4)), {"start": Pose(0.3, 0.0, 0.2)}).run()
    assert result.outputs["wiped"] == pytest.approx(320 * MM)
