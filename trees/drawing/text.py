"""A loaded tree as text, for terminals and golden files.

::

    two_stage_grasp(task: Task, estimator: Estimator) -> estimate: Estimate
    └── → sequence
        ├── • open_gripper
        ├── • move_to  pose={task.taught.pregrasp}  axes=z
        ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pregrasp.trees.drawing.labels import signature
from pregrasp.trees.drawing.view import EVERYTHING, DrawnNode, View
from pregrasp.trees.specification import Tree


def draw(tree: Tree, view: View = EVERYTHING) -> str:
    """Draw a loaded tree."""
    return "\n".join([signature(tree), *_lines([view.of(tree)], "")])


def _lines(nodes: Sequence[DrawnNode], indent: str) -> Iterator[str]:
    for node in nodes:
        last = node is nodes[-1]
        arm = f"{node.texts.arm}: " if node.texts.arm else ""
        words = [f"{arm}{node.texts.sign} {node.texts.title}", *node.ports]
        yield indent + ("└── " if last else "├── ") + "  ".join(words)
        yield from _lines(node.children, indent + ("    " if last else "│   "))
