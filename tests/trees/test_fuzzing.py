"""Any file at all is answered with a tree or with findings; the long run is in benchmarks/."""

from __future__ import annotations

import importlib.util
import random
import re
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
from pregrasp.trees.exchange import import_btcpp
from pregrasp.trees.expressions import parse_expression
from pregrasp.trees.formula_tokens import ExpressionError
from pregrasp.trees.specification import Reference

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz_trees.py"
FOUND = sorted((Path(__file__).parent / "found").iterdir())


def load_fuzz() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz_trees", FUZZ)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fuzz = load_fuzz()


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
def test_a_megabyte_of_malice_takes_seconds_and_little_memory() -> None:
    """In a process of its own, so that its memory is its own."""
    found = subprocess.run(
        [sys.executable, str(FUZZ), "--bombs"],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    took = re.findall(r"^([\d.]+) s, (\d+) MB at most so far: (.*)$", found.stdout, flags=re.M)
    assert [name for _, _, name in took] == [name for name, _ in fuzz.bombs(10)]
    assert [line for line in took if float(line[0]) >= 20 or int(line[1]) >= 200] == []


@pytest.mark.parametrize("found", FOUND, ids=lambda path: path.name)
def test_what_fuzzing_once_found_is_answered(found: Path) -> None:
    fuzz.answer(found.read_text(encoding="utf-8"))


def test_a_declaration_of_another_encoding_means_nothing_once_the_text_is_read() -> None:
    tree = '<BehaviorTree ID="t" _description="Öl"><verify_grasp/></BehaviorTree>'
    for encoding in ("UT-8", "utf-16", "iso-8859-1"):
        xml = f'<?xml version="1.0" encoding="{encoding}"?><root BTCPP_format="4">{tree}</root>'
        assert "description: Öl" in import_btcpp(xml, "t.xml")["t"]


@pytest.mark.slow
def test_coverage_guided_fuzzing_finds_nothing(tmp_path: Path) -> None:
    """A few seconds of it; docs/results.md has the long run."""
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python")
    found = subprocess.run(
        [sys.executable, str(FUZZ.with_name("fuzz_trees_atheris.py")), "--inputs", "2000"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    assert "Done 2000 runs" in found.stderr
    branches = [int(count) for count in re.findall(r"cov: (\d+)", found.stderr)]
    # It is guided: it reaches code that the files it began with do not.
    assert branches[-1] > branches[0] > 1000


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
