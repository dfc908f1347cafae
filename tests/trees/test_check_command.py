"""``pregrasp tree check``, ``tree schema`` and ``skills``, as people and editors use them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pregrasp.cli.application import application
from pregrasp.trees.json_schema import task_schema

FAULTY = Path(__file__).parent / "faulty"


def command(*arguments: str | Path) -> tuple[int, str]:
    found = CliRunner().invoke(application, [str(argument) for argument in arguments])
    return found.exit_code, found.stdout


def test_an_error_is_shown_with_place_caret_rule_and_remedy() -> None:
    code, said = command("tree", "check", FAULTY / "wrong_type_with_hint.yaml")
    assert code == 1
    assert (
        said.strip()
        == str(
            (FAULTY / "wrong_type_with_hint.txt")
            .read_text(encoding="utf-8")
            .replace("FAULTY", str(FAULTY))
        ).strip()
    )


def test_a_warning_is_shown_and_is_no_failure() -> None:
    code, said = command("tree", "check", FAULTY / "no_timeout.yaml")
    assert code == 0
    assert "warning" in said
    assert "[no-timeout]" in said


def test_many_files_are_checked_in_one_go() -> None:
    code, said = command("tree", "check", "collect", FAULTY / "cycle.yaml", "pick_up")
    assert code == 1
    assert "collect: in order" in said
    assert "[cycle]" in said
    assert "pick_up: in order" in said


def test_editors_get_json() -> None:
    code, said = command("tree", "check", "--json", FAULTY / "unread.yaml", "collect")
    records: list[dict[str, Any]] = json.loads(said)
    assert code == 1
    assert [record["rule"] for record in records] == ["unknown-tree"]
    code, said = command("tree", "check", "--json", FAULTY / "unknown_unit.yaml")
    assert json.loads(said) == [
        {
            "file": str(FAULTY / "unknown_unit.yaml"),
            "line": 2,
            "column": 36,
            "severity": "error",
            "rule": "unit",
            "message": "unknown unit 'inch'",
            "remedy": json.loads(said)[0]["remedy"],
        }
    ]


def test_nothing_to_say_is_an_empty_list() -> None:
    assert command("tree", "check", "--json", "collect") == (0, "[]\n")


def test_a_schema_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "task.schema.json"
    code, _ = command("tree", "schema", "--task", "--output", path)
    assert code == 0
    assert json.loads(path.read_text(encoding="utf-8")) == task_schema()


def test_a_folder_to_search_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text("tree: inner\nroot: open_gripper\n")
    other = tmp_path / "other"
    other.mkdir()
    main = other / "main.yaml"
    main.write_text("tree: main\nroot:\n  subtree: {tree: inner}\n")
    assert command("tree", "check", main)[0] == 1
    assert command("tree", "check", main, "--search", tmp_path)[0] == 0


def test_skills_are_listed_with_ports_units_and_defaults() -> None:
    code, said = command("skills", "--json", "move_to")
    [record] = json.loads(said)
    [speed] = [port for port in record["ports"] if port["key"] == "speed_percent"]
    assert code == 0
    assert record["documentation"].startswith("Moves the tool")
    assert (speed["unit"], speed["default"], speed["type"]) == ("percent", 100.0, "float")
    assert speed["description"]


def test_a_skill_that_is_not_there_is_wrong_usage() -> None:
    found = CliRunner().invoke(application, ["skills", "move_too"])
    assert found.exit_code == 2
    assert "move_to" in found.stderr


@pytest.mark.parametrize("arguments", [("skills",), ("skills", "--all")])
def test_all_skills_are_listed(arguments: tuple[str, ...]) -> None:
    _, said = command(*arguments)
    assert "move_to" in said
    assert "verify_grasp" in said
