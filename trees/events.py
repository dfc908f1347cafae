"""What observers of a running tree get to see.

An observer is a callable that takes an event. It is called on the thread that ticks the
tree and should be quick: whoever writes, sends or draws puts a
`pregrasp.runlog.broadcast.Broadcast` in between. One that raises is dropped, and the run's
result says so.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from py_trees.common import Status

from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import Cell
from pregrasp.skills.notes import Answer, Travel
from pregrasp.trees.result import NodeFailure
from pregrasp.trees.specification import Tree


class LogLevel(enum.Enum):
    """How much a line of the log matters."""

    INFO = "info"
    """Good to know."""
    WARNING = "warning"
    """Not as it should be, and dealt with."""
    ERROR = "error"
    """Something did not work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeStarted:
    """A run began."""

    time: float
    """Of the cell's clock [s]."""
    tree: Tree
    """The tree; its nodes have the paths that later events name."""
    cell: Cell
    """What it runs on; observers may look, not touch."""


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
class MotionCommanded:
    """A skill told the arm to move."""

    time: float
    """Of the cell's clock [s]."""
    travel: Travel
    """Which skill, and where to."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EstimateMade:
    """An estimator answered, whether it is trusted or not."""

    time: float
    """Of the cell's clock [s]."""
    answer: Answer
    """Which skill asked, the picture, and the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoseSampled:
    """Where the tool was at a moment."""

    time: float
    """Of the cell's clock [s]."""
    T_base_tool: Pose
    """As the encoders reported it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogWritten:
    """Something to be read by people, from whoever has it to say."""

    time: float
    """Of the cell's clock [s]."""
    level: LogLevel
    """How much it matters."""
    text: str
    """In words."""
    path: str | None = None
    """The node it is about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TickEnded:
    """A tick is over; everything told since the one before belongs to it."""

    time: float
    """Of the cell's clock [s]."""
    number: int
    """Ticks so far."""
    duration: float
    """How long the tick took, in real time and with its observers [s]."""
    visited: tuple[str, ...]
    """Paths of the nodes that were ticked, children before their parents."""
    slow: tuple[tuple[str, float], ...]
    """Nodes that held the tick up, and how long each, in real time [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangesTold:
    """What changed since the last tick, and outside of any, has all been told.

    It follows the inputs of a run, and what people who debug it have written.
    """

    time: float
    """Of the cell's clock [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEnded:
    """A run is over and everything stands still."""

    time: float
    """Of the cell's clock [s]."""
    status: Status
    """SUCCESS or FAILURE."""
    failure: NodeFailure | None
    """Which node failed, and why."""


Event = (
    TreeStarted
    | NodeChanged
    | ValueWritten
    | MotionCommanded
    | EstimateMade
    | PoseSampled
    | LogWritten
    | TickEnded
    | ChangesTold
    | RunEnded
)
Observer = Callable[[Event], None]
