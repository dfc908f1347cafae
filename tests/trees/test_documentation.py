"""What docs/trees.md and docs/write-a-skill.md show works as shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pregrasp.skills import SKILLS
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task
from pregrasp.trees import parse_tree
from pregrasp.trees.controls import CONTROLS

DOCS = Path(__file__).parents[2] / "docs"


def blocks(name: str, language: str) -> list[str]:
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", blocks("trees.md", "yaml"))
def test_trees_shown_are_in_order(text: str) -> None:
    assert parse_tree(text).description or parse_tree(text).inputs


def test_the_shown_run_works(
    cell: IdealCell, task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    [code] = blocks("trees.md", "python")
    estimator = IdealEstimator(cell, task.taught.approach)
    exec(code, {"cell": cell, "task": task, "estimator": estimator})  # noqa: S102 (our own text)
    assert capsys.readouterr().out == ""
    assert cell.gripper.reading().holding


def test_every_control_is_documented() -> None:
    text = (DOCS / "trees.md").read_text(encoding="utf-8")
    assert [key for key in CONTROLS if f"`{key}" not in text] == []


def test_the_worked_skill_works(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "worked_skill"}
    try:
        for code in blocks("write-a-skill.md", "python"):
            exec(code, names)  # noqa: S102 (our own text)
        [tree] = blocks("write-a-skill.md", "yaml")
        assert parse_tree(tree).root.kind == "follow_path"
    finally:
        SKILLS.unregister("follow_path")
    assert capsys.readouterr().out == "SUCCESS 0.1\n"
