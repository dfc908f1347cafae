"""Sequences and selectors: py_trees' own, which agree with BehaviorTree.CPP's.

The plain ones remember the running child and go on with it; the reactive ones ask their
children from the first one at every tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from py_trees import composites
from py_trees.behaviour import Behaviour

from pregrasp.trees.controls.control import Arm, Control, Names, Visit

_CHILDREN = (Arm("children", "In order.", many=True),)


class SequenceControl(Control, composites.Sequence):
    """Ticks its children in order until one fails; succeeds when all have succeeded."""

    key = "sequence"
    arms = _CHILDREN
    memory_on: ClassVar[bool] = True

    def __init__(
        self, name: str, path: str, children: Sequence[Behaviour], arms: Sequence[str]
    ) -> None:
        composites.Sequence.__init__(self, name, self.memory_on, list(children))
        self.path = path

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Each child sees what those before it wrote."""
        for child in arms["children"]:
            before = visit(child, before)
        return before


class ReactiveSequence(SequenceControl):
    """A sequence that asks its children from the first one at every tick."""

    key = "reactive_sequence"
    memory_on = False


class SelectorControl(Control, composites.Selector):
    """Ticks its children in order until one succeeds; fails when all have failed."""

    key = "selector"
    arms = _CHILDREN
    memory_on: ClassVar[bool] = True

    def __init__(
        self, name: str, path: str, children: Sequence[Behaviour], arms: Sequence[str]
    ) -> None:
        composites.Selector.__init__(self, name, self.memory_on, list(children))
        self.path = path

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Nobody knows which child succeeds: only what all of them write is certain."""
        ways = [visit(child, before) for child in arms["children"]]
        return frozenset.intersection(*ways) if ways else before


class ReactiveSelector(SelectorControl):
    """A selector that asks its children from the first one at every tick."""

    key = "reactive_selector"
    memory_on = False
