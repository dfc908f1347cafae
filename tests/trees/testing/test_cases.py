"""Cases in YAML: those that ship pass, those that are wrong fail and say why."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pregrasp.cli.application import application
from pregrasp.documents import ConfigurationError
from pregrasp.trees.files import library_folder
from pregrasp.trees.testing import (
    SUFFIX,
    Outcome,
    find_tested_tree,
    read_cases,
    try_case,
    try_cases,
)

SHIPPED = sorted((library_folder() / "cases").glob(f"*{SUFFIX}"))
ALL = [(path, case.name) for path in SHIPPED for case in read_cases(path).cases]


@pytest.mark.parametrize(("path", "name"), ALL, ids=[f"{p.stem}: {n}" for p, n in ALL])
def test_shipped_case(path: Path, name: str) -> None:
    file = read_cases(path)
    [case] = [case for case in file.cases if case.name == name]
    outcome = try_case(file, case, find_tested_tree(file))
    assert outcome.passed, str(outcome)


def test_every_tree_of_the_library_has_cases() -> None:
    trees = {path.stem for path in library_folder().glob("*.yaml")}
    assert {path.name.removesuffix(SUFFIX) for path in SHIPPED} == trees


def write(folder: Path, cases: str) -> Path:
    (folder / "mine.yaml").write_text(
        "tree: mine\noutputs: {opening: float}\n"
        'root: [open_gripper, {close_gripper: {opening_mm: "{opening}"}}, verify_grasp]\n'
    )
    path = folder / f"mine{SUFFIX}"
    path.write_text(f"tests: mine\ncases:\n{cases}")
    return path


def outcome_of(folder: Path, then: str, when: str = "{}") -> Outcome:
    path = write(folder, f"  - {{case: one, when: {when}, then: {then}}}\n")
    [outcome] = try_cases(read_cases(path))
    return outcome


@pytest.mark.parametrize(
    ("then", "difference"),
    [
        ("{result: succeeded}", "it failed (mine/sequence/verify_grasp: nothing is in the"),
        ("{failed_at: open_gripper}", "it failed at mine/sequence/verify_grasp, expected at"),
        ("{reason: it slipped}", "expected to find 'it slipped' in it"),
        ("{ticks: 1}", "it took 3 ticks, expected 1"),
        ("{at_most_ticks: 2}", "it took 3 ticks, expected at most 2"),
        ("{done: [close_gripper, open_gripper]}", "open_gripper did not succeed after what"),
        ("{done: [verify_grasp]}", "verify_grasp did not succeed"),
        ("{never: [close_gripper]}", "mine/sequence/close_gripper was ticked, expected never"),
        ("{times: {close_gripper: 2}}", "close_gripper began 1 times, expected 2"),
        ("{letters: {close_gripper: .S.}}", "mine/sequence/close_gripper did .RS, expected .S."),
        ("{holding: true}", "the gripper holds nothing"),
        ("{moves: 4}", "the arm went through 0 poses, expected 4"),
        ("{outputs: {opening: 0.5}}", "the output opening is 0.0, expected 0.5 (float)"),
    ],
)
def test_what_comes_out_differently_is_said(tmp_path: Path, then: str, difference: str) -> None:
    outcome = outcome_of(tmp_path, then)
    assert not outcome.passed
    assert difference in str(outcome)
    assert "close_gripper    R S" in str(outcome)


def test_what_comes_out_as_expected_passes(tmp_path: Path) -> None:
    then = (
        "{result: failed, failed_at: verify_grasp, reason: nothing, ticks: 3, "
        "done: [open_gripper, close_gripper], times: {close_gripper: 1}, holding: false, "
        "letters: {close_gripper: .RS, verify_grasp: ..F}, moves: 0, outputs: {opening: 0}}"
    )
    assert outcome_of(tmp_path, then).passed


def test_an_interrupt_comes_when_the_case_says(tmp_path: Path) -> None:
    then = "{letters: {close_gripper: '.R!', verify_grasp: '...'}}"
    when = "{stand_ins: {close_gripper: hang}, interrupt_at: close_gripper}"
    assert outcome_of(tmp_path, then, when).passed
    when = "{stand_ins: {close_gripper: hang}, interrupt_after_ticks: 2}"
    assert outcome_of(tmp_path, then, when).passed


def test_a_tree_that_never_ends_is_a_failed_case(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path, "{}", "{stand_ins: {close_gripper: hang}, most_ticks: 9}")
    assert "not done after 9 ticks" in str(outcome)


def test_stand_ins_may_come_from_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("stand_ins: {verify_grasp: succeed}\n")
    assert outcome_of(tmp_path, "{result: succeeded}", "{stand_ins: rules.yaml}").passed


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("{case: a, than: {}}", "Did you mean 'then'"),
        ("{case: a}", "'then' is missing"),
        ("{case: a, then: {never: [open_griper]}}", "'open_griper' means no node of mine"),
        ("{case: a, then: {result: succeded}}", "succeded"),
        ("{case: a, given: {inputs: {task: x}}, then: {}}", "has no input 'task'"),
        ("{case: a, given: {cell: {camera: 1}}, then: {}}", "unknown key 'camera'"),
        ("{case: a, then: {outputs: {gap: 1}}}", "has no output 'gap'"),
        ("{case: a, when: {stand_ins: {x: fail}}, then: {}}", "'x': means no node"),
        ("[1]", "expected a mapping with case, given, when, then"),
    ],
)
def test_faulty_cases_are_explained(tmp_path: Path, case: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        list(try_cases(read_cases(write(tmp_path, f"  - {case}\n"))))
    assert message in str(caught.value)


def test_two_cases_cannot_have_one_name(tmp_path: Path) -> None:
    path = write(tmp_path, "  - {case: a, then: {}}\n  - {case: a, then: {}}\n")
    with pytest.raises(ConfigurationError, match="two cases are called 'a'"):
        read_cases(path)


def test_the_command_says_which_cases_failed_and_shows_their_ticks(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "  - {case: it holds, then: {holding: true}}\n  - {case: it ends, then: {ticks: 3}}\n",
    )
    result = CliRunner().invoke(application, ["tree", "test", str(path)])
    assert result.exit_code == 1
    assert "passed" in result.stdout
    assert "the gripper holds nothing" in result.stdout
    assert "close_gripper    R S" in result.stdout
    assert "1 of 2 cases passed" in result.stdout


def test_the_command_knows_the_cases_of_the_library_and_of_folders(tmp_path: Path) -> None:
    write(tmp_path, "  - {case: it ends, then: {ticks: 3}}\n")
    result = CliRunner().invoke(application, ["tree", "test", "put_down", str(tmp_path)])
    assert result.exit_code == 0
    assert "3 of 3 cases passed" in result.stdout
