"""Each file in faulty/ holds one mistake; beside it stands what people get to read.

After a change of wording run with PREGRASP_UPDATE_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.trees import load_tree
from pregrasp.trees.files import library_folder

FAULTY = Path(__file__).parent / "faulty"
CASES = sorted(path.stem for path in FAULTY.glob("*.yaml"))


def shown(error: ConfigurationError) -> str:
    """The message without the parts that depend on the machine."""
    return str(error).replace(str(library_folder()), "LIBRARY").replace(str(FAULTY), "FAULTY")


@pytest.mark.parametrize("case", CASES)
def test_a_faulty_file_is_explained(case: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_tree(FAULTY / f"{case}.yaml")
    golden = FAULTY / f"{case}.txt"
    if os.environ.get("PREGRASP_UPDATE_GOLDEN"):
        golden.write_text(shown(caught.value) + "\n", encoding="utf-8")
    assert shown(caught.value) + "\n" == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_every_finding_points_at_a_place_in_the_file(case: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_tree(FAULTY / f"{case}.yaml")
    for finding in caught.value.findings:
        lines = Path(finding.position.file).read_text(encoding="utf-8").splitlines() or [""]
        assert 1 <= finding.position.line <= len(lines) + 1
        assert finding.message


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_tree(FAULTY / "everything_at_once.yaml")
    rules = {finding.rule for finding in caught.value.findings}
    assert rules == {"unknown-node", "unknown-key", "unknown-port", "type", "unknown-tree"}


def test_a_tree_that_does_not_exist_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'collect'"):
        load_tree("colect")
