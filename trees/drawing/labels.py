"""What is written on a node, whatever it is drawn with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.skills import SKILLS
from pregrasp.skills.ports import Port, Wired
from pregrasp.skills.skill import Condition, Skill
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.specification import Fixed, NodeSpec, Tree, TreePort, Wire
from pregrasp.trees.syntax import SUBTREE
from pregrasp.trees.value_types import describe_type

CONTROL, CONDITION, ACTION, TREE = "control", "condition", "action", "tree"
"""What a node may be, for colours and shapes."""

_SIGNS = {
    "sequence": "→",
    "reactive_sequence": "→",
    "selector": "?",
    "reactive_selector": "?",
    "parallel": "⇉",
    SUBTREE: "▸",
}
_LEAF, _OTHER = "•", "◇"


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """The texts of one node."""

    sign: str
    """One letter that tells what the node does with its children."""
    title: str
    """Its name, and its kind where that is another."""
    arm: str
    """Which arm of its parent it is in, where the parent has several."""
    ports: tuple[str, ...]
    """What each port is wired to."""
    category: str
    """`CONTROL`, `CONDITION`, `ACTION` or `TREE`."""


def signature(tree: Tree) -> str:
    """Name, inputs and outputs of a tree in one line."""
    text = f"{tree.name}({_declared(tree.inputs)})"
    return f"{text} -> {_declared(tree.outputs)}" if tree.outputs else text


def definitions(skills: Mapping[str, type[Skill]] | None) -> dict[str, type[Wired]]:
    """The classes behind the kinds of nodes."""
    return {**(SKILLS if skills is None else skills), **CONTROLS}


def label(node: NodeSpec, arm: str, known: Mapping[str, type[Wired]]) -> Label:
    """The texts of a node.

    Args:
        node: The node.
        arm: Which arm of its parent it is in.
        known: The classes behind the kinds of nodes.
    """
    title = node.name
    if node.name.partition("#")[0] != node.kind and node.kind != SUBTREE:
        title += f" ({node.kind})"
    definition = known.get(node.kind)
    category = ACTION
    if node.kind == SUBTREE:
        category = TREE
    elif node.kind in CONTROLS:
        category = CONTROL
    elif definition is not None and issubclass(definition, Condition):
        category = CONDITION
    return Label(
        sign=_SIGNS.get(node.kind, _OTHER if node.kind in CONTROLS else _LEAF),
        title=title,
        arm=arm,
        ports=tuple(_ports(node, definition)),
        category=category,
    )


def shown_arms(node: NodeSpec) -> tuple[str, ...]:
    """The arm of each child; empty texts where there is only one arm."""
    return node.arms if len(set(node.arms)) > 1 else ("",) * len(node.children)


def _declared(ports: Mapping[str, TreePort]) -> str:
    return ", ".join(f"{port.key}: {describe_type(port.kind)}" for port in ports.values())


def _shown(wire: Wire, port: Port[Any] | None) -> str:
    """A value in the unit that its key carries; those that were written are as written."""
    if isinstance(wire, Fixed) and not wire.shown and port is not None and port.unit:
        return f"{wire.value / UNITS[port.unit]:g}"
    return str(wire)


def _ports(node: NodeSpec, definition: type[Wired] | None) -> Iterator[str]:
    known = definition.ports if definition is not None else {}
    for name, wire in node.inputs.items():
        port = known.get(name)
        yield f"{port.key if port else name}={_shown(wire, port)}"
    for name, key in node.outputs.items():
        yield f"{known[name].key if name in known else name}⇒{key}"
