"""Stand-ins: which nodes they replace, and what they do."""

from __future__ import annotations

import pytest
from py_trees.common import Status

from pregrasp.documents import ConfigurationError
from pregrasp.frames import Pose
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import find_task
from pregrasp.trees import RunResult, load_tree, parse_tree
from pregrasp.trees.testing import StandIns, play
from pregrasp.trees.testing.outcomes import StandInCrashError, parse_outcome
from pregrasp.trees.testing.patterns import PathPattern


def run(root: str, rules: str, seed: int = 0) -> tuple[RunResult, list[str]]:
    tree = parse_tree(f"tree: t\nroot: {root}\n")
    played = play(tree, IdealCell(Pose()), stand_ins=StandIns.parse(rules), seed=seed)
    return played.result, [
        played.table.letters(node.path) for node in tree.root.walk() if not node.children
    ]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**/move_to", "a/b/move_to", True),
        ("**/move_to", "move_to", True),
        ("move_to", "a/b/c/move_to#3", True),
        ("move_to#1", "a/move_to", True),
        ("move_to#2", "a/move_to", False),
        ("a/*/move_to", "a/b/move_to", True),
        ("a/*/move_to", "a/b/c/move_to", False),
        ("a/**/move_*", "a/b/c/move_by", True),
        ("a/b", "a/b/c", False),
        ("**", "a/b", True),
        ("[ab]/c", "b/c", True),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert PathPattern(pattern).matches(path) is expected


@pytest.mark.parametrize("text", ["", "succeeds", "succeed after two ticks", "fail because"])
def test_words_that_are_no_outcome(text: str) -> None:
    assert parse_outcome(text) is None


def test_an_outcome_comes_after_its_ticks() -> None:
    result, letters = run("verify_grasp", "stand_ins: {verify_grasp: succeed after 2 ticks}")
    assert result.succeeded
    assert letters == ["RRS"]


def test_each_round_has_its_own_outcome_and_the_last_one_stays() -> None:
    root = "{repeat: {times: 4, do: {force_success: verify_grasp}}}"
    _, letters = run(root, "stand_ins: {verify_grasp: [fail, succeed, fail after 1 tick]}")
    assert letters == ["FSRFRF"]


def test_a_refusal_is_told_from_a_failure() -> None:
    result, _ = run("verify_grasp", "stand_ins: {verify_grasp: refuse because it is dark}")
    assert result.refused
    assert result.failure is not None
    assert result.failure.reason == "it is dark"


def test_a_crash_is_an_exception_of_the_leaf() -> None:
    result, _ = run("verify_grasp", "stand_ins: {verify_grasp: crash because of a cable}")
    assert result.failure is not None
    assert isinstance(result.failure.cause, StandInCrashError)


def test_a_hanging_stand_in_is_halted_by_a_timeout() -> None:
    _, letters = run("{timeout: {limit_s: 0.1, do: verify_grasp}}", "stand_ins: {'*': hang}")
    assert letters == ["RR!"]


def test_random_outcomes_follow_the_seed_and_the_weights() -> None:
    root = "{repeat: {times: 300, do: {force_success: verify_grasp}}}"
    rules = "stand_ins: {verify_grasp: {randomly: {succeed: 80, fail: 20}}}"
    first, again, other = (run(root, rules, seed)[1][0] for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert 0.7 < first.count("S") / 300 < 0.9


def test_what_a_node_draws_does_not_depend_on_its_neighbours() -> None:
    rules = "stand_ins: {verify_grasp: {randomly: {succeed: 1, fail: 1}}}"
    loop = "{{repeat: {{times: 40, do: {{force_success: {}}}}}}}"
    alone = run(loop.format("{sequence: [verify_grasp]}"), rules)[1]
    beside = run(loop.format("{sequence: [{force_success: verify_grasp}, open_gripper]}"), rules)
    assert "S" in alone[0]
    assert "F" in alone[0]
    assert len(beside[1]) == 2


def test_values_are_written_in_the_units_of_their_keys() -> None:
    tree = parse_tree(
        "tree: t\noutputs: {opening: float, reached: Pose}\nroot:\n"
        '  - close_gripper: {opening_mm: "{opening}"}\n'
        "  - approach:\n      motion: {x_mm: 0, y_mm: 0, z_mm: 0, theta_deg: 0}\n"
        '      reached: "{reached}"\n      timeout_s: 9\n'
    )
    rules = StandIns.parse(
        "stand_ins:\n  close_gripper: {opening_mm: 12}\n"
        "  approach: {do: succeed, after_ticks: 1, "
        "outputs: {reached: {x_mm: 5, y_mm: 6, z_mm: 0, theta_deg: 0}}}\n"
    )
    result = play(tree, IdealCell(Pose()), stand_ins=rules).result
    assert result.outputs["opening"] == pytest.approx(0.012)
    assert result.outputs["reached"] == Pose(0.005, 0.006)


def test_a_value_may_stand_alone_where_there_is_one_output() -> None:
    tree = parse_tree('tree: t\noutputs: {o: float}\nroot: {close_gripper: {opening_mm: "{o}"}}\n')
    rules = StandIns.parse("stand_ins: {close_gripper: [30]}")
    outputs = play(tree, IdealCell(Pose()), stand_ins=rules).result.outputs
    assert outputs["o"] == pytest.approx(0.03)


def test_a_subtree_is_replaced_as_a_whole_and_gives_its_outputs() -> None:
    tree = load_tree("grasp_with_recovery")
    rules = StandIns.parse(
        "stand_ins:\n"
        "  grasp_with_recovery/sequence/servo_to_pregrasp:\n"
        "    {motion: {x_mm: 1, y_mm: 0, theta_deg: 0}, confidence: 1, trusted: true}\n"
        "  '**/servo_to_pregrasp': succeed\n  '*': succeed\n"
    )
    replaced = rules.apply(tree).tree
    assert not [node for node in replaced.root.walk() if node.path.count("/servo_to_pregrasp/")]
    assert [node for node in tree.root.walk() if node.path.count("/servo_to_pregrasp/")]
    task = find_task("circuit_board")
    cell = IdealCell(task.taught.grasp)
    inputs = {"task": task, "estimator": IdealEstimator(cell, task.taught.approach)}
    rules = StandIns.parse(
        "stand_ins: {find_part: succeed, approach_again: succeed, "
        "servo_to_pregrasp: {motion: {x_mm: 1, y_mm: 0}, confidence: 1, trusted: true}, "
        "'*': succeed}"
    )
    result = play(tree, cell, inputs, stand_ins=rules).result
    assert result.outputs["estimate"].motion.x == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("{moveto: succeed}", "'moveto': means no node"),
        ("{'*': succeed, verify_grasp: fail}", "every node it means is replaced by a rule above"),
        ("{verify_grasp: suceed}", "'suceed' is no outcome"),
        ("{verify_grasp: []}", "the list of outcomes is empty"),
        ("{verify_grasp: {do: explode}}", "explode"),
        ("{verify_grasp: {do: fail, becauze: x}}", "Did you mean 'because'"),
        ("{verify_grasp: {randomly: {succeed: -1}}}", "a weight must be positive"),
        ("{verify_grasp: {randomly: succeed}}", "expected outcomes and their weights"),
        ("[verify_grasp]", "expected a mapping of path patterns to outcomes"),
        ("{move_to: {do: succeed, outputs: {reached: {x_mm: 1}}}}", "has no output 'reached'"),
    ],
)
def test_faulty_rules_are_explained(rules: str, message: str) -> None:
    tree = parse_tree(
        "tree: t\nroot:\n  - verify_grasp\n"
        "  - move_to: {pose: {x_mm: 1, y_mm: 2, z_mm: 0, theta_deg: 0}, timeout_s: 1}\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        StandIns.parse(f"stand_ins: {rules}").apply(tree)
    assert message in str(caught.value)


def test_a_picture_cannot_be_made_up() -> None:
    tree = load_tree("find_part")
    with pytest.raises(ConfigurationError, match="Capture cannot be written in YAML"):
        StandIns.parse("stand_ins: {capture: {capture: 5}}").apply(tree)


def test_the_tick_table_shows_who_did_what_when() -> None:
    tree = parse_tree(
        "tree: t\nroot: {selector: [{timeout: {limit_s: 0.1, do: {verify_grasp: {name: slow}}}}, "
        "open_gripper]}\n"
    )
    rules = StandIns.parse("stand_ins: {slow: hang, open_gripper: succeed after 1 tick}")
    played = play(tree, IdealCell(Pose()), stand_ins=rules)
    assert str(played.table) == (
        "t               1 2 3 4\n"
        "selector        R R R S\n"
        "  timeout       R R F\n"
        "    slow        R R !\n"
        "  open_gripper      R S"
    )
    assert played.result.status is Status.SUCCESS


def test_a_tree_that_does_not_end_is_given_up() -> None:
    tree = parse_tree("tree: t\nroot: verify_grasp\n")
    rules = StandIns.parse("stand_ins: {verify_grasp: hang}")
    played = play(tree, IdealCell(Pose()), stand_ins=rules, most_ticks=5)
    assert played.given_up
    assert played.table.letters("t/verify_grasp") == "RRRRR!"
