"""What observers of a running tree get to see.

An observer is a callable that takes an event. It is called on the thread that ticks the
tree and should be quick. One that raises is dropped, and the run's result says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from py_trees.common import Status

from pregrasp.trees.result import NodeFailure
from pregrasp.trees.specification import Tree


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeStarted:
    """A run began."""

    time: float
    """Of the cell's clock [s]."""
    tree: Tree
    """The tree; its nodes have the paths that later events name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeChanged:
    """A node's status or its words changed."""

    time: float
    """Of the cell's clock [s]."""
    path: str
    """Where the node stands in the tree."""
    status: Status
    """INVALID when it was halted."""
    feedback: str
    """What the node says about it, for people."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ValueWritten:
    """A value on the tree's blackboard changed."""

    time: float
    """Of the cell's clock [s]."""
    key: str
    """Full name: the subtree's path and the name used there."""
    value: Any
    """The new value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEnded:
    """A run is over and everything stands still."""

    time: float
    """Of the cell's clock [s]."""
    status: Status
    """SUCCESS or FAILURE."""
    failure: NodeFailure | None
    """Which node failed, and why."""


Event = TreeStarted | NodeChanged | ValueWritten | RunEnded
Observer = Callable[[Event], None]
