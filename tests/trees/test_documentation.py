"""What docs/trees.md and docs/write-a-skill.md show works as shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pregrasp.configuration import bind
from pregrasp.documents import Document
from pregrasp.hardware.abb import AbbConfiguration
from pregrasp.hardware.cell_file import CameraChoice, CellFile
from pregrasp.hardware.virtual_controller.faults import FaultPlan
from pregrasp.jobs.fleet.sweep_file import SweepFile
from pregrasp.line.service_file import ServiceFile
from pregrasp.skills import SKILLS
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.skills.skill import Skill
from pregrasp.task import Task
from pregrasp.trees import parse_tree
from pregrasp.trees.controls import CONTROLS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

CONFIGURATIONS: dict[str, Any] = {
    "sweep": SweepFile,
    "task": Task,
    "cell": CellFile,
    "aravis": CameraChoice,
    "url": AbbConfiguration,
    "faults": FaultPlan,
    "tasks": ServiceFile,
}
"""Files that are bound to a type, by a key that tells which one it is."""

WHOLE_TASK = """\
task: shown
taught:
  pregrasp: {x_mm: 374, y_mm: 55, z_mm: 200, theta_deg: 0}
  approach: {x_mm: 0, y_mm: -55, z_mm: -199, theta_deg: 0}
"""
"""What makes single keys a task."""


def blocks(name: str, language: str) -> list[str]:
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def every_yaml_block() -> list[tuple[str, str]]:
    """Every YAML block that people read, with the page it is on."""
    pages = [
        ROOT / "README.md",
        *sorted(DOCS.rglob("*.md")),
        *sorted((ROOT / "examples").rglob("*.md")),
    ]
    found = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        shown = re.findall(r"^```yaml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
        found += [(str(page.relative_to(ROOT)), block) for block in shown]
    return found


@pytest.fixture
def shown_skills() -> Iterator[dict[str, type[Skill]]]:
    """The registered skills, and those that the pages write and use."""
    names: dict[str, Any] = {"__name__": "worked_skill"}
    wipe = ROOT / "examples" / "skill_package" / "src" / "polishing" / "wipe.py"
    try:
        exec(blocks("write-a-skill.md", "python")[0], names)  # noqa: S102 (our own text)
        exec(blocks("tutorial/4-your-own-skill.md", "python")[0], names)  # noqa: S102
        exec(wipe.read_text(encoding="utf-8"), names)  # noqa: S102 (our own text)
        yield dict(SKILLS)
    finally:
        SKILLS.unregister("high_enough")
        SKILLS.unregister("follow_path")
        SKILLS.unregister("wipe")


@pytest.mark.parametrize(("page", "text"), every_yaml_block())
def test_yaml_shown_is_in_order(page: str, text: str, shown_skills: dict[str, type[Skill]]) -> None:
    document = Document(text, page)
    document.raise_if_faulty()
    if document.root.value.keys() <= {"model", "collection", "trees"}:
        text += WHOLE_TASK  # a page shows the lines of task.yaml that it is about
        document = Document(text, page)
    if "tree" in document.root.value:
        assert parse_tree(text, page, skills=shown_skills).root
        return
    if document.root.value.keys() & {"tests", "stand_ins"}:
        return  # tests/trees/testing/test_documented_cases.py runs them
    kinds = [kind for key, kind in CONFIGURATIONS.items() if key in document.root.value]
    assert kinds, f"{page}: nobody knows what this block is; see CONFIGURATIONS:\n{text}"
    bind(document, document.root, kinds[0])
    document.raise_if_faulty()


def test_the_pages_have_trees_and_a_task() -> None:
    pages = {page for page, _ in every_yaml_block()}
    assert {"README.md", "docs/trees.md", "docs/write-a-skill.md"} <= pages


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
