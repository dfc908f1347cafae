"""What every control does, tick by tick, as tables that people can read.

The files in semantics/ hold a case each for what the test-suites of py_trees and of
BehaviorTree.CPP look at, in our own language and with our own trees; ``like`` names the file
there. docs/semantics.md says what does not apply here.

Leaves are called a to f. A script says what a leaf does each time it begins, letter by letter:
R running, S success, F failure, X an exception; the last round stays. Without one, it succeeds.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pregrasp.frames import Pose
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.skill import Skill
from pregrasp.trees import parse_tree
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.testing import StandIns, play

FOLDER = Path(__file__).parent / "semantics"
PAGE = Path(__file__).parents[2] / "docs" / "semantics.md"
CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {case['case']}": case
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
}
SKILLS: dict[str, type[Skill]] = {name: type(name, (Skill,), {}) for name in "abcdef"}
KEYS = {"case", "like", "inputs", "root", "leaves", "interrupt_after_ticks", "reason", "ticks"}


def rounds(name: str, script: str) -> list[str]:
    """A script as outcomes of a stand-in."""
    ends = {
        "S": "succeed",
        "F": f"fail because the leaf {name} was told to fail",
        "X": f"crash because the leaf {name} was told to crash",
    }
    outcomes = []
    for letters in str(script).split():
        assert re.fullmatch(r"R*[RSFX]", letters), letters
        verdict, _, reason = ends.get(letters[-1], "hang").partition(" because ")
        after = f" after {len(letters) - 1} ticks" if len(letters) > 1 else ""
        outcomes.append(verdict + after + (f" because {reason}" if reason else ""))
    return outcomes


@pytest.mark.parametrize("name", CASES)
def test_semantics(name: str) -> None:
    case = CASES[name]
    assert case.keys() <= KEYS
    written = {"tree": "t", "inputs": case.get("inputs", {}), "root": case["root"]}
    tree = parse_tree(yaml.safe_dump(written), skills=SKILLS)
    used = {node.kind for node in tree.nodes()} & SKILLS.keys()
    assert case.get("leaves", {}).keys() <= used
    scripts = {leaf: rounds(leaf, case.get("leaves", {}).get(leaf, "S")) for leaf in used}
    interrupt = case.get("interrupt_after_ticks")
    played = play(
        tree,
        IdealCell(Pose()),
        stand_ins=StandIns.parse(yaml.safe_dump({"stand_ins": scripts})),
        skills=SKILLS,
        most_ticks=30,
        interrupt=lambda table: len(table.ticks) == interrupt,
    )
    _, _, table = str(played.table).partition("\n")
    assert table == case["ticks"].rstrip("\n")
    assert not played.given_up
    if "reason" in case:
        assert played.result.failure is not None
        assert case["reason"] in played.result.failure.reason


def test_every_control_has_cases() -> None:
    shown = " ".join(str(case["root"]) for case in CASES.values())
    assert [key for key in CONTROLS if f"'{key}'" not in shown] == []


def test_the_page_says_which_tests_of_others_have_cases_here() -> None:
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    said = {
        theirs: set(ours.split(", "))
        for names, ours in rows
        for theirs in re.findall(r"`(\w+)`", names)
    }
    files: dict[str, set[str]] = {}
    for name, case in CASES.items():
        for theirs in case.get("like", ()):
            files.setdefault(theirs.rpartition("/")[2], set()).add(name.partition(":")[0])
    assert files.keys() == said.keys()
    # A row of several files says what all of them together have.
    assert all(files[theirs] <= said[theirs] for theirs in files)
    assert set().union(*said.values()) <= {path.stem for path in FOLDER.glob("*.yaml")}


def test_what_the_page_shows_is_a_case() -> None:
    [shown] = re.findall(r"^```text\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)
    [case] = yaml.safe_load(shown)
    kept = CASES[f"reactive: {case['case']}"]
    assert {key: kept[key] for key in case} == case
