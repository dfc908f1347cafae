"""What formulas mean: the value each gives in a running tree, and the unit it is in."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.estimator import Estimate
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.task import Task
from pregrasp.trees import Runner, load_tree, parse_tree
from pregrasp.trees.specification import Fixed

HEADER = """
inputs:
  n: int
  x: float
  lift: {type: float, unit: mm, default: 30}
  side: {type: str, one_of: [left, right], default: left}
  estimate: Estimate
  poses: "list[Pose]"
  start: Pose?
"""
INPUTS: dict[str, Any] = {
    "n": 7,
    "x": 2.5,
    "estimate": Estimate(MotionCommand(3 * MM, 4 * MM, -2 * DEG), 0.9, trusted=True),
    "poses": (Pose(), Pose()),
    "start": None,
}


def value(formula: str, **inputs: Any) -> Any:
    """What a formula gives in a run."""
    text = f'tree: t\n{HEADER}outputs: {{}}\nroot:\n  - set: {{key: y, to: "{formula}"}}\n'
    text = text.replace("outputs: {}", "outputs: {y: KIND}")
    for kind in ("bool", "int", "float"):
        try:
            tree = parse_tree(text.replace("KIND", kind))
        except ConfigurationError:
            continue
        return Runner(tree, IdealCell(Pose()), INPUTS | inputs).run().outputs["y"]
    return parse_tree(text.replace("KIND", "bool"))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("{n} + 2 * 3", 13),
        ("({n} + 2) * 3", 27),
        ("{n} - 2 - 1", 4),
        ("-{n} + 1", -6),
        ("{n} // 2 + {n} % 2", 4),
        ("{n} / 2", 3.5),
        ("round({x} * 3)", 8),
        ("abs(-{n})", 7),
        ("max({n}, 3, {x})", 7),
        ("min({n}, 3)", 3),
        ("len({poses})", 2),
        ("{n} > 5 and {x} < 1", False),
        ("{n} > 5 or {x} < 1", True),
        ("not {n} > 5 or {x} > 1", True),
        ("1 < {n} <= 7 < 8", True),
        ("1 < {n} < 7", False),
        ("{n} != 7", False),
        ("{n} in (1, 7)", True),
        ("{side} == 'left'", True),
        ("{side} in ('right')", False),
        ("{estimate.trusted}", True),
        ("{estimate.trusted} == false", False),
        ("{start} == none", True),
        ("{lift_mm} + 1", 31.0),
        ("{lift_m} * 1", 0.03),
        ("{estimate.motion.translation_mm} > 4.9", True),
        ("{estimate.motion.theta_deg} < -1.9", True),
    ],
)
def test_a_formula_gives(formula: str, expected: Any) -> None:
    found = value(formula)
    assert type(found) is type(expected)
    assert found == pytest.approx(expected)


def test_and_leaves_its_second_part_alone_when_the_first_is_false() -> None:
    assert value("{n} > 0 and 1 / {n} > 0.1", n=0) is False


def test_a_division_by_zero_fails_the_node_that_reads_it() -> None:
    tree = parse_tree('tree: t\ninputs: {n: int}\nroot:\n  check: "1 / {n} > 2"\n')
    result = Runner(tree, IdealCell(Pose()), {"n": 0}).run()
    assert result.failure is not None
    assert result.failure.path == "t/check"
    assert "division by zero" in result.failure.reason


def test_the_result_is_in_the_unit_of_its_key() -> None:
    tree = parse_tree('tree: t\ninputs: {n: int}\nroot:\n  delay: {duration_s: "{n} / 2"}\n')
    cell = IdealCell(Pose())
    result = Runner(tree, cell, {"n": 3}).run()
    assert 1.5 <= result.duration < 1.6
    pose = "{x_mm: 300, y_mm: 0, z_mm: 0, theta_deg: 0}"
    text = f'tree: t\nroot:\n  move_to: {{pose: {pose}, speed_percent: "{{half}} * 2"}}\n'
    tree = parse_tree(text.replace("root", "constants: {half: 20}\nroot"))
    speed = tree.root.inputs["speed"]
    assert isinstance(speed, Fixed)
    assert math.isclose(speed.value, 0.4)


def test_constants_are_values_in_si_units_wherever_they_are_used() -> None:
    tree = parse_tree(
        "tree: t\n"
        "constants:\n  lift_mm: 30\n"
        "  home: {type: Pose, value: {x_mm: 300, y_mm: 0, z_mm: 0, theta_deg: 90}}\n"
        'root:\n  - check: "{lift_mm} == 30"\n  - move_to: {pose: "{home}", timeout_s: 9}\n'
    )
    move = next(node for node in tree.nodes() if node.kind == "move_to")
    assert move.inputs["pose"] == Fixed(Pose(0.3, theta=90 * DEG), "{home}")
    assert Runner(tree, IdealCell(Pose()), {}).run().succeeded


def test_a_formula_given_to_a_subtree_is_computed_whenever_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(
        'tree: inner\ninputs: {enough: bool}\nroot:\n  check: "{enough}"\n'
    )
    (tmp_path / "outer.yaml").write_text(
        "tree: outer\nroot:\n"
        "  - set: {key: n, to: 0}\n  - retry:\n      attempts: 9\n      do:\n"
        '        - set: {key: n, to: "{n} + 1"}\n'
        '        - subtree: {tree: inner, enough: "{n} > 2"}\n'
        '  - check: "{n} == 3"\n'
    )
    result = Runner(load_tree(tmp_path / "outer.yaml"), IdealCell(Pose()), {}).run()
    assert result.succeeded, result.failure


def test_what_may_be_nothing_can_be_used_behind_a_guard() -> None:
    text = (
        "tree: t\ninputs: {start: {type: Pose?, default: null}}\nroot:\n"
        '  move_to: {pose: "{start}", when: "{start} != none", timeout_s: 9}\n'
    )
    tree = parse_tree(text)
    cell = IdealCell(Pose())
    assert Runner(tree, cell, {}).run().succeeded
    assert cell.arm.moves == []
    assert Runner(tree, cell, {"start": Pose(0.2)}).run().succeeded
    assert cell.arm.moves == [Pose(0.2)]


def test_the_worked_example_of_guards_and_formulas_runs_and_travels(task: Task) -> None:
    page = (Path(__file__).parents[2] / "docs" / "trees.md").read_text(encoding="utf-8")
    [text] = [block for block in page.split("```") if "tree: careful_retreat" in block]
    tree = parse_tree(text.removeprefix("yaml"))
    assert tree.warnings == ()
    assert pickle.loads(pickle.dumps(tree)) == tree  # noqa: S301 (our own)
    cell = IdealCell(Pose(0.4))
    far = Estimate(MotionCommand(20 * MM), 1.0, trusted=True)
    result = Runner(tree, cell, {"task": task, "estimate": far}).run()
    assert result.succeeded, result.failure
    assert result.duration == pytest.approx(0.5 + 1.0 + 1.5, abs=0.5)


def test_subtrees_are_found_in_included_folders(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "inner.yaml").write_text("tree: inner\nroot: open_gripper\n")
    main = tmp_path / "main.yaml"
    main.write_text("tree: main\ninclude: shared\nroot:\n  subtree: {tree: inner}\n")
    assert load_tree(main).root.name == "inner"
    main.write_text("tree: main\nroot:\n  subtree: {tree: inner}\n")
    with pytest.raises(ConfigurationError, match="there is no tree called 'inner'"):
        load_tree(main)


def test_a_limit_around_a_subtree_counts_for_the_motions_in_it(tmp_path: Path) -> None:
    pose = "{x_mm: 300, y_mm: 0, z_mm: 0, theta_deg: 0}"
    (tmp_path / "inner.yaml").write_text(f"tree: inner\nroot:\n  move_to: {{pose: {pose}}}\n")
    main = tmp_path / "main.yaml"
    main.write_text("tree: main\nroot:\n  subtree: {tree: inner, timeout_s: 9}\n")
    assert load_tree(main).warnings == ()
    assert [w.rule for w in load_tree(tmp_path / "inner.yaml").warnings] == ["no-timeout"]
