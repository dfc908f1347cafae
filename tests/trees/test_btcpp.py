"""We and BehaviorTree.CPP tick alike where that is meant, and differ as documented.

``python benchmarks/btcpp_conformance.py`` compares thousands of trees; here are some.
"""

from __future__ import annotations

import importlib.util
import itertools
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("behaviortreepy")


def load(path: Path) -> ModuleType:
    """A module that stands beside this one; tests are no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


oracle: Any = load(Path(__file__).with_name("oracle.py"))


def leaves(*scripts: str) -> Any:
    """A tree whose leaves have these scripts; its control is written out by the test."""
    children = [oracle.Node(f"leaf{number}", script) for number, script in enumerate(scripts)]
    return oracle.Node("sequence", children=children)


def ours(root: str, *scripts: str) -> list[str]:
    trace: list[str] = oracle.trace_of_yaml(f"tree: t\nroot: {root}\n", leaves(*scripts))
    return trace


def theirs(root: str, *scripts: str) -> list[str]:
    body = f'<BehaviorTree ID="t">{root}</BehaviorTree>'
    xml = f'<root BTCPP_format="4" main_tree_to_execute="t">{body}</root>'
    trace: list[str] = oracle.trace_of_xml(xml, leaves(*scripts))
    return trace


def first_tick(trace: list[str]) -> list[str]:
    return trace[: 1 + next(k for k, line in enumerate(trace) if line[0] == "=")]


def test_two_hundred_random_trees_do_the_same() -> None:
    for tree in itertools.islice(oracle.comparable_trees(100_000), 200):
        assert oracle.our_trace(tree) == oracle.their_trace(tree), oracle.yaml_of(tree)


def test_the_comparison_notices_a_wrong_node() -> None:
    trees = itertools.islice(oracle.comparable_trees(100_000), 100)
    differing = [
        tree for tree in trees if oracle.our_trace(tree) != oracle.their_trace(tree, oracle.WRONG)
    ]
    assert len(differing) > 10


SCRIPTS = [a + b for a in "SFR" for b in ("", *"SFR")]
"""Every script of one or two answers."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", oracle.MANY)
def test_every_control_over_every_pair_of_short_scripts_does_the_same(kind: str) -> None:
    for one, two in itertools.product(SCRIPTS, SCRIPTS):
        tree = oracle.Node(kind, children=leaves(one, two).children)
        assert oracle.our_trace(tree) == oracle.their_trace(tree), (kind, one, two)


@pytest.mark.parametrize("kind", oracle.ONE)
def test_every_turned_result_over_every_short_script_is_the_same(kind: str) -> None:
    for script in SCRIPTS:
        tree = oracle.Node(kind, children=leaves(script).children)
        assert oracle.our_trace(tree) == oracle.their_trace(tree), (kind, script)


@pytest.mark.parametrize("kind", oracle.MANY)
def test_nested_controls_halt_the_same_leaves(kind: str) -> None:
    for inner in oracle.MANY:
        below = leaves("R", "RS").children
        first = oracle.Node("leaf2", "SFF")
        tree = oracle.Node(kind, children=[first, oracle.Node(inner, children=below)])
        assert oracle.our_trace(tree) == oracle.their_trace(tree), (kind, inner)


# --- Where we differ on purpose -----------------------------------------------------------


def test_retry_takes_a_tick_for_each_attempt_here_and_one_for_all_there() -> None:
    mine = ours("{retry: {attempts: 3, do: leaf0}}", "FFS")
    other = theirs('<RetryUntilSuccessful num_attempts="3"><leaf0/></RetryUntilSuccessful>', "FFS")
    assert mine[:6] == ["leaf0 F", "= RUNNING", "leaf0 F", "= RUNNING", "leaf0 S", "= SUCCESS"]
    assert [line for line in other if line != "= RUNNING"][:4] == [
        "leaf0 F", "leaf0 F", "leaf0 S", "= SUCCESS",
    ]  # fmt: skip


def test_retry_answers_the_same_in_the_end() -> None:
    for script in ("FFS", "FFF", "RFS", "RFRFRF", "S"):
        mine = ours("{retry: {attempts: 3, do: leaf0}}", script)
        other = theirs(
            '<RetryUntilSuccessful num_attempts="3"><leaf0/></RetryUntilSuccessful>', script
        )
        assert _answers(mine)[:2] == _answers(other)[:2]


def test_repeat_takes_a_tick_for_each_time_here() -> None:
    mine = ours("{repeat: {times: 2, do: leaf0}}", "S")
    assert mine[:4] == ["leaf0 S", "= RUNNING", "leaf0 S", "= SUCCESS"]


def test_repeat_answers_the_same_in_the_end() -> None:
    for script in ("S", "SF", "RSF", "F"):
        mine = ours("{repeat: {times: 2, do: leaf0}}", script)
        other = theirs('<Repeat num_cycles="2"><leaf0/></Repeat>', script)
        assert _answers(mine)[:2] == _answers(other)[:2]


def test_parallel_ticks_all_children_before_it_counts_here() -> None:
    mine = ours("{parallel: {successes: 1, failures: 1, children: [leaf0, leaf1]}}", "S", "F")
    other = theirs(
        '<Parallel success_count="1" failure_count="1"><leaf0/><leaf1/></Parallel>', "S", "F"
    )
    assert first_tick(mine) == ["leaf0 S", "leaf1 F", "= FAILURE"]
    assert first_tick(other) == ["leaf0 S", "= SUCCESS"]


def test_parallel_is_the_same_where_all_must_succeed_and_none_fails() -> None:
    mine = ours("{parallel: [leaf0, leaf1]}", "RS", "S")
    other = theirs(
        '<Parallel success_count="-1" failure_count="1"><leaf0/><leaf1/></Parallel>', "RS", "S"
    )
    assert mine[:5] == other[:5]


def test_if_without_else_succeeds_here_and_fails_there() -> None:
    mine = ours("{if: {condition: leaf0, then: leaf1}}", "F", "S")
    other = theirs("<IfThenElse><leaf0/><leaf1/></IfThenElse>", "F", "S")
    assert first_tick(mine) == ["leaf0 F", "= SUCCESS"]
    assert first_tick(other) == ["leaf0 F", "= FAILURE"]


@pytest.mark.parametrize("scripts", [("S", "RS", "F"), ("F", "S", "RF"), ("RS", "F", "S")])
def test_if_with_both_ways_is_the_same(scripts: tuple[str, str, str]) -> None:
    mine = ours("{if: {condition: leaf0, then: leaf1, else: leaf2}}", *scripts)
    other = theirs("<IfThenElse><leaf0/><leaf1/><leaf2/></IfThenElse>", *scripts)
    assert mine == other


def _answers(trace: list[str]) -> list[str]:
    return [line for line in trace if line in ("= SUCCESS", "= FAILURE")]
