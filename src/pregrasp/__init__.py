"""Teach a robot arm one object: behaviour-tree skills for accurate, self-taught grasping.

This is what a program embeds; ``docs/embedding.md`` lists it. Every name is loaded when it is
first used, so importing `pregrasp` costs milliseconds and loads neither TensorFlow nor MuJoCo
nor a vendor's SDK::

    import pregrasp

    with pregrasp.open_cell("simulated", task="circuit_board") as cell:
        result = cell.start("circuit_board").result(timeout=60)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pregrasp.cancellation import CancelledError
    from pregrasp.documents import ConfigurationError
    from pregrasp.errors import PregraspError
    from pregrasp.hardware.errors import HardwareError
    from pregrasp.line.cell import LoadedTask, OpenCell, open_cell
    from pregrasp.line.errors import (
        CellBusyError,
        CellClosedError,
        JobTimeoutError,
        LineError,
        NotGraspedError,
    )
    from pregrasp.line.job import Job
    from pregrasp.line.results import AchievedError, JobResult, Outcome, Timings
    from pregrasp.perception.errors import PerceptionError
    from pregrasp.task import Task, find_task
    from pregrasp.trees.errors import TreeError
    from pregrasp.trees.result import RunResult

__all__ = [
    "AchievedError",
    "CancelledError",
    "CellBusyError",
    "CellClosedError",
    "ConfigurationError",
    "HardwareError",
    "Job",
    "JobResult",
    "JobTimeoutError",
    "LineError",
    "LoadedTask",
    "NotGraspedError",
    "OpenCell",
    "Outcome",
    "PerceptionError",
    "PregraspError",
    "RunResult",
    "Task",
    "Timings",
    "TreeError",
    "find_task",
    "open_cell",
]

_HOMES = {
    "AchievedError": "line.results",
    "CancelledError": "cancellation",
    "CellBusyError": "line.errors",
    "CellClosedError": "line.errors",
    "ConfigurationError": "documents",
    "HardwareError": "hardware.errors",
    "Job": "line.job",
    "JobResult": "line.results",
    "JobTimeoutError": "line.errors",
    "LineError": "line.errors",
    "LoadedTask": "line.cell",
    "NotGraspedError": "line.errors",
    "OpenCell": "line.cell",
    "Outcome": "line.results",
    "PerceptionError": "perception.errors",
    "PregraspError": "errors",
    "RunResult": "trees.result",
    "Task": "task",
    "Timings": "line.results",
    "TreeError": "trees.errors",
    "find_task": "task",
    "open_cell": "line.cell",
}


def __getattr__(name: str) -> object:
    """Load a public name from where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The public names."""
    return sorted([*globals(), *__all__])
