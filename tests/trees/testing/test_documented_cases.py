"""What docs/test-a-tree.md and docs/exchange.md show works as shown."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from pregrasp.documents import Document
from pregrasp.trees.exchange.vocabulary import BUILTINS
from pregrasp.trees.testing import read_cases, try_cases
from pregrasp.trees.testing.cases import Then, When
from pregrasp.trees.testing.given import CellGiven
from pregrasp.trees.testing.outcomes import VERDICTS
from pregrasp.trees.testing.substitution import StandIns

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "test-a-tree.md").read_text(encoding="utf-8")
EXCHANGE = (DOCS / "exchange.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_shown_cases_pass(tmp_path: Path) -> None:
    path = tmp_path / "shown.cases.yaml"
    path.write_text(blocks("yaml")[0])
    outcomes = list(try_cases(read_cases(path)))
    assert len(outcomes) == 4
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []


def test_the_shown_rules_are_rules() -> None:
    text = blocks("yaml")[1]
    assert isinstance(StandIns.parse(text), StandIns)
    assert not Document(text, "shown").findings


def test_the_shown_program_runs() -> None:
    [code] = blocks("python")
    exec(code, {})  # noqa: S102 (our own text)


def test_every_key_is_described() -> None:
    names = [field.name for kind in (Then, When) for field in dataclasses.fields(kind)]
    names += ["part_moved", "part", "camera_covered", "arm_blocked", *VERDICTS]
    assert [name for name in names if f"`{name}" not in PAGE] == []
    assert {field.name for field in dataclasses.fields(CellGiven)} == {
        "part_moved", "part", "seen_within", "camera_covered", "arm_blocked", "reach",
    }  # fmt: skip


def test_every_counterpart_is_in_the_table() -> None:
    for builtin in BUILTINS:
        assert f"`{builtin.key}`" in EXCHANGE
        assert f"`{builtin.tag}`" in EXCHANGE
