"""What can go wrong with a job as a whole.

::

    JobError
    ├── NotSimulatedError     a job of the simulated cell, for a task that describes no part
    ├── NotSimulatedCellError a job of the simulated cell, for a real one
    ├── ConditionError        an evaluation under a condition that does not exist
    ├── ResultFileError       a result that could not be written or read
    ├── RunFailedError        a tree of the job ended without success
    └── TeachingError         something that cannot be done now, while a person teaches
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pregrasp.documents import did_you_mean
from pregrasp.errors import PregraspError


class JobError(PregraspError):
    """A job that could not be started or finished."""


class NotSimulatedError(JobError):
    """The task says nothing about how to simulate its part.

    Args:
        task: Name of the task.
        file: Its file.
    """

    def __init__(self, task: str, file: Path) -> None:
        self.task = task
        self.file = file
        super().__init__(
            f"{file}: task {task!r} has no 'simulation' section, so the simulated cell cannot "
            "make its part. Describe the part there, with at least length_mm, width_mm, "
            "thickness_mm and a texture."
        )


class NotSimulatedCellError(JobError):
    """A job that judges by what only a simulation knows was asked of a real cell.

    Args:
        cell: Name of the cell.
    """

    def __init__(self, cell: str) -> None:
        self.cell = cell
        super().__init__(
            f"{cell} is a real cell: nobody can put its part down at random or know the true "
            "error. Use a cell file whose robot is simulated."
        )


class ConditionError(JobError):
    """There is no such condition.

    Args:
        name: What was asked for.
        known: What there is.
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(
            f"there is no condition {name!r}. {did_you_mean(name, known)} "
            "`--condition list` shows what each of them does."
        )


class ResultFileError(JobError):
    """A result could not be written or read."""

    def __init__(self, file: Path, found: str, remedy: str = "") -> None:
        self.file = file
        self.found = found
        super().__init__(f"{file}: {found}" + (f" {remedy}" if remedy else ""))


class TeachingError(JobError):
    """What a person asked for cannot be done now; nothing has happened."""


class RunFailedError(JobError):
    """A tree of the job ended without success; the robot has been stopped.

    Args:
        path: The node that failed, as a path through the tree.
        reason: What it said.
        refused: Whether the node refused on purpose, rather than broke.
    """

    def __init__(self, path: str, reason: str, *, refused: bool = False) -> None:
        self.path = path
        self.reason = reason
        self.refused = refused
        super().__init__(f"{reason} (at {path}; the robot has been stopped)")
