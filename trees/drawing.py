"""A loaded tree as text, for terminals and golden files.

::

    two_stage_grasp(task: Task, estimator: Estimator) -> estimate: Estimate
    └── → sequence
        ├── • open_gripper
        ├── • move_to  pose={task.taught.pregrasp}  axes=z
        ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pregrasp.skills import SKILLS
from pregrasp.skills.ports import Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.specification import NodeSpec, Tree, TreePort
from pregrasp.trees.syntax import SUBTREE
from pregrasp.trees.value_types import describe_type

_SIGNS = {
    "sequence": "→",
    "reactive_sequence": "→",
    "selector": "?",
    "reactive_selector": "?",
    "parallel": "⇉",
    SUBTREE: "▸",
}
_LEAF, _OTHER = "•", "◇"


def draw(
    tree: Tree,
    *,
    ports: bool = True,
    subtrees: bool = True,
    skills: Mapping[str, type[Skill]] | None = None,
) -> str:
    """Draw a tree.

    Args:
        tree: A loaded tree.
        ports: Whether to show what each port is wired to.
        subtrees: Whether to open subtrees.
        skills: The skills that the tree was loaded with, if not the registered ones.
    """
    definitions: dict[str, type[Wired]] = {**(SKILLS if skills is None else skills), **CONTROLS}
    lines = [_signature(tree)]
    lines += _draw([tree.root], ("",), "", definitions, ports, subtrees)
    return "\n".join(lines)


def _signature(tree: Tree) -> str:
    text = f"{tree.name}({_declared(tree.inputs)})"
    return f"{text} -> {_declared(tree.outputs)}" if tree.outputs else text


def _declared(ports: Mapping[str, TreePort]) -> str:
    return ", ".join(f"{port.key}: {describe_type(port.kind)}" for port in ports.values())


def _draw(
    nodes: list[NodeSpec],
    arms: tuple[str, ...],
    indent: str,
    definitions: Mapping[str, type[Wired]],
    ports: bool,
    subtrees: bool,
) -> Iterator[str]:
    for index, (node, arm) in enumerate(zip(nodes, arms, strict=True)):
        last = index == len(nodes) - 1
        yield indent + ("└── " if last else "├── ") + _line(node, arm, definitions, ports)
        if node.kind == SUBTREE and not subtrees:
            continue
        shown = node.arms if len(set(node.arms)) > 1 else ("",) * len(node.children)
        below = indent + ("    " if last else "│   ")
        yield from _draw(list(node.children), shown, below, definitions, ports, subtrees)


def _line(node: NodeSpec, arm: str, definitions: Mapping[str, type[Wired]], ports: bool) -> str:
    sign = _SIGNS.get(node.kind, _LEAF if node.kind not in CONTROLS else _OTHER)
    text = f"{sign} {node.name}"
    if node.name.partition("#")[0] != node.kind and node.kind != SUBTREE:
        text += f" ({node.kind})"
    if arm:
        text = f"{arm}: {text}"
    if not ports:
        return text
    definition = definitions.get(node.kind)
    known = definition.ports if definition is not None else {}
    for name, wire in node.inputs.items():
        # Values are shown as they were written, so the key carries the unit of a literal.
        text += f"  {known[name].key if name in known else name}={wire}"
    for name, key in node.outputs.items():
        text += f"  {known[name].key if name in known else name}⇒{key}"
    return text
