"""Where a run shall stop."""

from __future__ import annotations

from dataclasses import dataclass

from pregrasp.trees.debugging.places import check_path, formula_at
from pregrasp.trees.specification import Tree


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A node before which the run is held up."""

    path: str
    """The node; the run is held up whenever it is about to begin."""
    when: str = ""
    """A formula over the names at that node; empty holds always."""
    once: bool = False
    """Whether it is gone after the first time."""


def check_breakpoint(tree: Tree, breakpoint: Breakpoint) -> None:
    """Make sure that a breakpoint makes sense in a tree.

    Raises:
        ConfigurationError: Its condition is faulty.
        DebugError: There is no such node.
    """
    check_path(tree, breakpoint.path)
    if breakpoint.when:
        formula_at(tree, breakpoint.path, breakpoint.when)
