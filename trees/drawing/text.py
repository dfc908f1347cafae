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

from pregrasp.skills.ports import Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.drawing.labels import definitions, label, shown_children, signature
from pregrasp.trees.specification import NodeSpec, Tree


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
    lines = [signature(tree)]
    lines += _draw([(tree.root, "")], "", definitions(skills), ports, subtrees)
    return "\n".join(lines)


def _draw(
    nodes: list[tuple[NodeSpec, str]],
    indent: str,
    known: Mapping[str, type[Wired]],
    ports: bool,
    subtrees: bool,
) -> Iterator[str]:
    for index, (node, arm) in enumerate(nodes):
        last = index == len(nodes) - 1
        yield indent + ("└── " if last else "├── ") + _line(node, arm, known, ports)
        below = indent + ("    " if last else "│   ")
        yield from _draw(shown_children(node, subtrees), below, known, ports, subtrees)


def _line(node: NodeSpec, arm: str, known: Mapping[str, type[Wired]], ports: bool) -> str:
    texts = label(node, arm, known)
    line = f"{texts.sign} {texts.title}"
    if texts.arm:
        line = f"{texts.arm}: {line}"
    return "  ".join([line, *texts.ports]) if ports else line
