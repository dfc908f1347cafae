"""How a run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from py_trees.common import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeFailure:
    """The node that made a tree fail."""

    path: str
    """Where it stands in the tree."""
    reason: str
    """In words for people."""
    refused: bool = False
    """Whether the node decided not to go on, rather than tried and failed."""
    cause: Exception | None = None
    """The exception behind it, if there was one."""

    def __str__(self) -> str:
        return f"{self.path}: {'refused: ' if self.refused else ''}{self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """A finished run."""

    status: Status
    """SUCCESS or FAILURE."""
    failure: NodeFailure | None = None
    """Set when the run failed."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The tree's declared outputs, as far as they were written."""
    duration: float = 0.0
    """Of the cell's clock [s]."""
    ticks: int = 0
    """How often the tree was ticked."""
    observer_errors: tuple[Exception, ...] = ()
    """What made observers be dropped."""

    @property
    def succeeded(self) -> bool:
        """Whether the tree succeeded."""
        return self.status is Status.SUCCESS

    @property
    def refused(self) -> bool:
        """Whether the tree failed because a node refused."""
        return self.failure is not None and self.failure.refused
