"""Each file in faulty/ holds one mistake; beside it stands what people get to read.

After a change of wording run with PREGRASP_UPDATE_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from pregrasp.documents import ConfigurationError, Finding
from pregrasp.trees import load_tree
from pregrasp.trees.checking import check_tree
from pregrasp.trees.files import library_folder
from pregrasp.trees.rules import RULES, WARNINGS

FAULTY = Path(__file__).parent / "faulty"
CASES = sorted(path.stem for path in FAULTY.glob("*.yaml"))


def shown(findings: Iterable[Finding]) -> str:
    """The findings without the parts that depend on the machine."""
    text = "\n".join(str(finding) for finding in findings)
    return text.replace(str(library_folder()), "LIBRARY").replace(str(FAULTY), "FAULTY")


@pytest.mark.parametrize("case", CASES)
def test_a_faulty_file_is_explained(case: str) -> None:
    said = shown(check_tree(FAULTY / f"{case}.yaml")) + "\n"
    golden = FAULTY / f"{case}.txt"
    if os.environ.get("PREGRASP_UPDATE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_every_finding_points_at_a_place_in_the_file(case: str) -> None:
    findings = check_tree(FAULTY / f"{case}.yaml")
    assert findings
    for finding in findings:
        lines = Path(finding.position.file).read_text(encoding="utf-8").splitlines() or [""]
        assert 1 <= finding.position.line <= len(lines) + 1
        assert 1 <= finding.position.column <= len([*lines, ""][finding.position.line - 1]) + 1
        assert finding.message


@pytest.mark.parametrize("case", CASES)
def test_every_finding_names_a_rule_that_is_documented(case: str) -> None:
    for finding in check_tree(FAULTY / f"{case}.yaml"):
        assert finding.rule in RULES
        assert (finding.severity == "warning") == (finding.rule in WARNINGS)


def test_there_is_a_faulty_file_for_every_rule() -> None:
    broken = {f.rule for case in CASES for f in check_tree(FAULTY / f"{case}.yaml")}
    # Files that are too large, and trees with too many nodes, are made in test_fuzzing.py.
    assert set(RULES) - broken == {"file", "size", "many"}


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_tree(FAULTY / "everything_at_once.yaml")
    rules = {finding.rule for finding in caught.value.findings}
    assert rules == {"unknown-node", "unknown-key", "unknown-port", "type", "unknown-tree"}


def test_a_tree_that_does_not_exist_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'collect'"):
        load_tree("colect")
