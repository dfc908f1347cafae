"""Nothing moves by a picture or an estimate that could not be renewed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.hardware.capabilities import Image
from pregrasp.perception.estimator import Estimate
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import Runner, RunResult, parse_tree
from pregrasp.trees.testing import StandIns, play

TRUSTED = Estimate(MotionCommand(30 * MM), 1.0, trusted=True)
DOUBTFUL = Estimate(MotionCommand(30 * MM), 0.0, trusted=False, reason="no part in view")

CARELESS = """
tree: careless
inputs: {estimator: Estimator}
root:
  sequence:
    - capture: {capture: "{capture}"}
    - estimate: {capture: "{capture}", estimator: "{estimator}", estimate: "{estimate}"}
    - capture: {name: look_again, capture: "{capture}"}
    - selector:
        - estimate:
            name: estimate_again
            capture: "{capture}"
            estimator: "{estimator}"
            estimate: "{estimate}"
        - open_gripper
    - move_by: {motion: "{estimate.motion}", start: "{capture.T_base_tool}"}
"""


class Answers:
    """An estimator that gives one answer after the other."""

    def __init__(self, *answers: Estimate) -> None:
        self._answers: Iterator[Estimate] = iter(answers)

    def estimate(self, image: Image) -> Estimate:
        return next(self._answers)


def run(cell: IdealCell, *answers: Estimate) -> RunResult:
    return Runner(parse_tree(CARELESS), cell, {"estimator": Answers(*answers)}).run()


def test_an_estimate_that_was_refused_leaves_no_older_one_to_move_by() -> None:
    cell = IdealCell(Pose(0.374))
    result = run(cell, TRUSTED, DOUBTFUL)
    assert result.failure is not None
    assert result.failure.path.endswith("move_by")
    assert "'careless/estimate' is out of date" in result.failure.reason
    assert cell.arm.moves == []


def test_an_estimate_that_was_renewed_is_moved_by() -> None:
    cell = IdealCell(Pose(0.374))
    assert run(cell, TRUSTED, TRUSTED).succeeded
    assert len(cell.arm.moves) == 1


@pytest.mark.parametrize("path", ["look_again", "estimate_again"])
def test_a_stand_in_that_fails_takes_back_what_the_skill_would(path: str) -> None:
    cell = IdealCell(Pose(0.374))
    text = CARELESS.replace(
        "- capture: {name: look_again", "- force_success: {capture: {name: look_again"
    ).replace('"{capture}"}\n    - selector', '"{capture}"}}\n    - selector')
    rules = StandIns.parse(f"stand_ins: {{{path}: fail}}")
    inputs = {"estimator": Answers(TRUSTED, TRUSTED)}
    result = play(parse_tree(text), cell, inputs, stand_ins=rules).result
    assert result.failure is not None
    assert "is out of date" in result.failure.reason
    assert cell.arm.moves == []
