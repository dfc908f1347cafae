"""Patterns for the paths of nodes: ``**/move_to``, ``grasp/*/approach``, ``estimate``.

``*`` stands for anything within one part of a path, ``**`` for any number of parts. A
pattern without a slash is meant anywhere in the tree. ``move_to`` means every ``move_to``,
``move_to#1`` only the first among its siblings and ``move_to#2`` only the second.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

from pregrasp.documents import did_you_mean
from pregrasp.trees.specification import NodeSpec


class PathPattern:
    """One pattern.

    Example:
        >>> PathPattern("**/move_to").matches("grasp/sequence/move_to#2")
        True
        >>> PathPattern("move_to#1").matches("grasp/sequence/move_to#2")
        False
    """

    def __init__(self, text: str) -> None:
        self.text = text
        parts = text.split("/")
        self._parts = parts if len(parts) > 1 else ["**", *parts]

    def __str__(self) -> str:
        return self.text

    @property
    def names_a_node(self) -> bool:
        """Whether the last part is a name, so that it may also mean a control or a subtree."""
        return not re.search(r"[*?\[]", self._parts[-1])

    def matches(self, path: str) -> bool:
        """Whether it means the node at a path."""
        return _match(self._parts, path.split("/"))

    def means(self, node: NodeSpec) -> bool:
        """Whether it means a node, by its path or by what kind of node it is."""
        if not node.children or self.names_a_node:
            above = node.path.rpartition("/")[0]
            return self.matches(node.path) or self.matches(f"{above}/{node.kind}")
        return False

    def remedy(self, nodes: Iterable[NodeSpec]) -> str:
        """What to say when it means no node of a tree."""
        last = self._parts[-1]
        names = {name for node in nodes for name in (node.name, node.kind)}
        return did_you_mean(last, names)


def _match(pattern: list[str], path: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_match(pattern[1:], path[start:]) for start in range(len(path) + 1))
    return bool(path) and _match_part(pattern[0], path[0]) and _match(pattern[1:], path[1:])


def _match_part(pattern: str, part: str) -> bool:
    stem, _, number = part.partition("#")
    if "#" in pattern:
        return fnmatch.fnmatchcase(f"{stem}#{number or 1}", pattern)
    return fnmatch.fnmatchcase(stem, pattern)
