"""What of a tree is drawn, whatever it is drawn with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pregrasp.skills.ports import Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.drawing.labels import Label, definitions, label, shown_arms
from pregrasp.trees.specification import NodeSpec, Tree
from pregrasp.trees.syntax import SUBTREE


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What people want to see of a tree."""

    ports: bool = True
    """Whether to show what each port is wired to."""
    subtrees: bool = True
    """Whether to open subtrees."""
    skills: Mapping[str, type[Skill]] | None = None
    """The skills that the tree was loaded with, if not the registered ones."""

    def of(self, tree: Tree) -> DrawnNode:
        """The root of what is drawn of a tree."""
        return self._node(tree.root, "", definitions(self.skills))

    def _node(self, node: NodeSpec, arm: str, known: Mapping[str, type[Wired]]) -> DrawnNode:
        texts = label(node, arm, known)
        closed = node.kind == SUBTREE and not self.subtrees
        below = () if closed else zip(node.children, shown_arms(node), strict=True)
        return DrawnNode(
            texts=texts,
            path=node.path,
            ports=texts.ports if self.ports else (),
            children=tuple(self._node(child, tip, known) for child, tip in below),
        )


EVERYTHING = View()
"""All ports, and all subtrees opened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnNode:
    """A node with its texts."""

    texts: Label
    path: str
    ports: tuple[str, ...]
    """Those that are shown; the label has all of them."""
    children: tuple[DrawnNode, ...]

    def walk(self) -> Iterator[DrawnNode]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()
