"""The same random tree, ticked by us and by BehaviorTree.CPP (package ``behaviortreepy``).

Leaves follow scripts: what they answer each time they are asked. A trace is everything that
happens to leaves, in order, and the root's status after every tick; halts count as well.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.documents import ConfigurationError
from pregrasp.frames import Pose
from pregrasp.skills.context import Context
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.skill import Skill
from pregrasp.trees import parse_tree
from pregrasp.trees.blackboard import Blackboard
from pregrasp.trees.building import build

MANY = ("sequence", "selector", "reactive_sequence", "reactive_selector")
ONE = ("invert", "force_success", "force_failure")
TICKS = 12
DEPTH = 4

TAGS = {
    "sequence": "Sequence",
    "selector": "Fallback",
    "reactive_sequence": "ReactiveSequence",
    "reactive_selector": "ReactiveFallback",
    "invert": "Inverter",
    "force_success": "ForceSuccess",
    "force_failure": "ForceFailure",
}
"""Theirs by ours; written down here so that a mistake in the exchange shows."""

WRONG = {**TAGS, "reactive_selector": "Fallback"}
"""A mistake on purpose: the comparison must notice it."""


@dataclass
class Node:
    """A node of a random tree."""

    kind: str
    script: str = ""
    children: list[Node] = field(default_factory=list)

    def leaves(self) -> Iterator[Node]:
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def random_tree(seed: int) -> Node:
    """A tree whose root has several children; leaves answer success, failure or running."""
    rng = random.Random(seed)  # noqa: S311 (no secret)

    def grow(depth: int) -> Node:
        if depth > 0 and (depth == DEPTH or rng.random() < 0.65):
            if depth < DEPTH and rng.random() < 0.3:
                return Node(rng.choice(ONE), children=[grow(depth - 1)])
            return Node(
                rng.choice(MANY), children=[grow(depth - 1) for _ in range(rng.randint(2, 3))]
            )
        return Node("leaf", "".join(rng.choice("SSFFR") for _ in range(rng.randint(1, 4))))

    root = grow(DEPTH)
    for number, leaf in enumerate(root.leaves()):
        leaf.kind = f"leaf{number}"
    return root


def comparable_trees(first_seed: int) -> Iterator[Node]:
    """Random trees without end; those that loading refuses are left out.

    A node that can never be ticked is an error here, and nothing to compare.
    """
    for seed in itertools.count(first_seed):
        tree = random_tree(seed)
        try:
            our_trace(tree)
        except ConfigurationError as error:
            if not all(finding.rule.startswith("unreachable") for finding in error.findings):
                raise
            continue
        yield tree


# --- Ours ---------------------------------------------------------------------------------

STATUS = {"S": Status.SUCCESS, "F": Status.FAILURE, "R": Status.RUNNING}


def our_trace(tree: Node) -> list[str]:
    """What happens when we tick it."""
    return trace_of_yaml(f"tree: t\nroot: {yaml_of(tree)}\n", tree)


def trace_of_yaml(text: str, tree: Node) -> list[str]:
    """What happens when we tick a tree of YAML with the leaves of another."""
    trace: list[str] = []
    skills = {leaf.kind: _skill(leaf, trace) for leaf in tree.leaves()}
    loaded = parse_tree(text, skills=skills)
    built = build(loaded.root, Context(cell=IdealCell(Pose())), Blackboard(), skills)
    for _ in range(TICKS):
        _tick(built.root)
        trace.append(f"= {built.root.status.name}")
    return trace


def _tick(root: Behaviour) -> None:
    for _ in root.tick():
        pass


def _skill(leaf: Node, trace: list[str]) -> type[Skill]:
    asked = [0]

    def step(self: Skill) -> Status:
        letter = leaf.script[asked[0] % len(leaf.script)]
        asked[0] += 1
        trace.append(f"{leaf.kind} {letter}")
        return STATUS[letter]

    def finish(self: Skill, status: Status) -> None:
        if status is Status.INVALID:
            trace.append(f"{leaf.kind} halted")

    return type(leaf.kind, (Skill,), {"step": step, "finish": finish})


def yaml_of(tree: Node) -> str:
    """The tree as YAML on one line."""
    if not tree.children:
        return tree.kind
    children = [yaml_of(child) for child in tree.children]
    inside = children[0] if tree.kind in ONE else f"[{', '.join(children)}]"
    return f"{{{tree.kind}: {inside}}}"


# --- Theirs -------------------------------------------------------------------------------


def their_trace(tree: Node, tags: dict[str, str] = TAGS) -> list[str]:
    """What happens when BehaviorTree.CPP ticks it."""
    return trace_of_xml(xml_of(tree, tags), tree)


def trace_of_xml(xml: str, tree: Node) -> list[str]:
    """What happens when BehaviorTree.CPP ticks an XML document."""
    import behaviortreepy as bt

    statuses = {
        "S": bt.NodeStatus.SUCCESS,
        "F": bt.NodeStatus.FAILURE,
        "R": bt.NodeStatus.RUNNING,
    }
    trace: list[str] = []
    factory = bt.BehaviorTreeFactory()

    def ask(leaf: Node, asked: list[int], node: Any) -> Any:
        letter = leaf.script[asked[0] % len(leaf.script)]
        asked[0] += 1
        trace.append(f"{leaf.kind} {letter}")
        return statuses[letter]

    def halted(leaf: Node, node: Any) -> None:
        trace.append(f"{leaf.kind} halted")

    for leaf in tree.leaves():
        answer = functools.partial(ask, leaf, [0])
        stop = functools.partial(halted, leaf)
        factory.register_simple_stateful_action(leaf.kind, answer, answer, stop)
    loaded = factory.create_tree_from_text(xml)
    for _ in range(TICKS):
        status = loaded.tick_exactly_once()
        trace.append(f"= {bt.to_string(status)}")
    # A copy: when the tree goes out of scope, it halts what is running.
    return list(trace)


def xml_of(tree: Node, tags: dict[str, str]) -> str:
    """The tree as XML of BehaviorTree.CPP."""

    def element(node: Node) -> str:
        if not node.children:
            return f"<{node.kind}/>"
        inside = "".join(map(element, node.children))
        return f"<{tags[node.kind]}>{inside}</{tags[node.kind]}>"

    body = f'<BehaviorTree ID="t">{element(tree)}</BehaviorTree>'
    return f'<root BTCPP_format="4" main_tree_to_execute="t">{body}</root>'
