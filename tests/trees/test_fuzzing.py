"""Any file at all is answered with a tree or with findings; the long run is in benchmarks/."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pregrasp.documents import MAX_FINDINGS, ConfigurationError
from pregrasp.trees import load_tree, parse_tree
from pregrasp.trees.checking import check_tree
from pregrasp.trees.expressions import ExpressionError, parse_expression
from pregrasp.trees.specification import Reference

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz_trees.py"


def load_fuzz() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz_trees", FUZZ)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fuzz = load_fuzz()
BOMBS = [name for name, _ in fuzz.bombs(10)]


@pytest.mark.parametrize("maker", fuzz.MAKERS)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_no_input_is_answered_with_a_traceback(maker: str, seed: int) -> None:
    fuzz.answer(fuzz.MAKERS[maker](random.Random(seed)))  # noqa: S311 (not for secrets)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_is_answered_with_a_traceback(text: str) -> None:
    fuzz.answer(text)
    fuzz.answer(f"tree: t\nroot:\n  {text}\n")


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="{a}n.()<>=!+-*/%'\" 0123456789,andornotinmx_", max_size=80))
def test_no_formula_is_answered_with_a_traceback(text: str) -> None:
    def resolve(parsed: object, offset: int) -> tuple[Reference, type]:
        return Reference("t/a"), int

    found: ExpressionError | None = None
    try:
        parse_expression(text, resolve)
    except ExpressionError as error:
        found = error
    assert found is None or (str(found) and 0 <= found.offset <= len(text))


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_megabyte_of_malice_takes_seconds_and_little_memory(bomb: str) -> None:
    """In a process of its own, so that its memory is its own."""
    found = subprocess.run(
        [sys.executable, str(FUZZ), "--bomb", bomb],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    seconds, megabytes = map(float, found.stdout.split())
    assert seconds < 20
    assert megabytes < 200


def test_a_hidden_tree_of_many_files_is_bounded(tmp_path: Path) -> None:
    """Each file uses the next one twice: 2^30 nodes, if nobody counts them."""
    for level in range(30):
        below = f"  - subtree: {{tree: t{level + 1}}}\n" * 2
        (tmp_path / f"t{level}.yaml").write_text(f"tree: t{level}\nroot:\n{below}")
    (tmp_path / "t30.yaml").write_text("tree: t30\nroot: open_gripper\n")
    rules = {finding.rule for finding in check_tree(tmp_path / "t0.yaml")}
    assert rules == {"size"}


def test_a_chain_of_many_files_is_bounded(tmp_path: Path) -> None:
    for level in range(400):
        (tmp_path / f"t{level}.yaml").write_text(
            f"tree: t{level}\nroot:\n  - subtree: {{tree: t{level + 1}}}\n"
        )
    (tmp_path / "t400.yaml").write_text("tree: t400\nroot: open_gripper\n")
    [finding] = check_tree(tmp_path / "t0.yaml")
    assert finding.rule == "size"


def test_after_many_findings_the_rest_is_not_looked_at() -> None:
    text = "tree: t\nroot:\n" + "".join(f"  - opn{i}\n" for i in range(1000))
    with pytest.raises(ConfigurationError) as caught:
        parse_tree(text)
    assert len(caught.value.findings) == MAX_FINDINGS
    assert caught.value.findings[-1].rule == "many"


def test_a_fault_in_a_subtree_that_is_used_often_is_reported_once(tmp_path: Path) -> None:
    """Also the second time a faulty literal must not become a value."""
    (tmp_path / "inner.yaml").write_text(
        "tree: inner\nroot:\n  within_tolerance: {estimate: 3, translation_mm: {x: 1}}\n"
        "constants: {tight: {type: Servo, value: {moves: a, mvoes: 2}}}\n"
    )
    used = "  - subtree: {tree: inner}\n" * 300
    (tmp_path / "main.yaml").write_text(f"tree: main\nroot:\n{used}")
    findings = check_tree(tmp_path / "main.yaml")
    assert len(set(findings)) == len(findings) < 10
    assert {Path(finding.position.file).name for finding in findings} == {"inner.yaml"}


def test_many_findings_inside_one_literal_are_no_traceback() -> None:
    keys = ", ".join(f"k{i}: 1" for i in range(1000))
    with pytest.raises(ConfigurationError) as caught:
        parse_tree(f"tree: t\nroot: {{move_to: {{pose: {{{keys}}}}}}}\n")
    assert len(caught.value.findings) == MAX_FINDINGS


def test_warnings_never_hide_nodes(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text("tree: inner\nroot:\n  capture: {capture: '{c}'}\n")
    used = "  - subtree: {tree: inner}\n" * (2 * MAX_FINDINGS)
    (tmp_path / "main.yaml").write_text(f"tree: main\nroot:\n{used}")
    tree = load_tree(tmp_path / "main.yaml")
    assert sum(node.kind == "capture" for node in tree.nodes()) == 2 * MAX_FINDINGS
    assert [finding.rule for finding in tree.warnings] == ["unread"]


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * 5_000_000)
    [finding] = check_tree(path)
    assert finding.rule == "file"
