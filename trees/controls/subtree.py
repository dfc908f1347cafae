"""The node that stands for another tree."""

from __future__ import annotations

from collections.abc import Generator
from typing import ClassVar

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.trees.controls.control import Arm, OneChild


class Subtree(OneChild):
    """Ticks the root of another tree. Its values are wired when the tree is loaded."""

    key = "subtree"
    arms: ClassVar[tuple[Arm, ...]] = (Arm("root", "The other tree."),)

    def begin(self) -> None:
        """Leaves of a tree that is started afresh remember nothing of the last time."""
        self.forget_below()

    def step(self) -> Generator[Behaviour, None, Status]:
        """Tick it."""
        return (yield from self.run(self.child))
