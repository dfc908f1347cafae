"""Which model of a task was in use when: one JSON line for every change, append-only."""

from __future__ import annotations

import enum
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pregrasp.jobs.models.errors import ModelStoreError

FILE = "history.jsonl"


class Cause(enum.Enum):
    """Why another model took over."""

    TRAINED = "trained"
    REFRESHED = "refreshed"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One model took over from another."""

    time: str
    """On the wall, ISO 8601, UTC."""
    model: str
    """Name of the model that is in use since then."""
    replaced: str
    """Name of the one before; empty if there was none."""
    cause: Cause
    """Why."""

    def to_json(self) -> str:
        """One line."""
        values = {
            "time": self.time,
            "model": self.model,
            "replaced": self.replaced,
            "cause": self.cause.value,
        }
        return json.dumps(values)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read back what `to_json` wrote.

        Raises:
            ValueError: It is no such line.
        """
        try:
            values = json.loads(line)
            return cls(
                time=str(values["time"]),
                model=str(values["model"]),
                replaced=str(values["replaced"]),
                cause=Cause(values["cause"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a change of models: {error}") from error


def read_history(folder: Path) -> list[Change]:
    """Every change so far, the oldest first; a torn last line is left out.

    Raises:
        ModelStoreError: A line is damaged.
    """
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ModelStoreError(f"{path}: cannot be read: {error.strerror}") from error
    changes = []
    for number, line in enumerate(lines, start=1):
        try:
            changes.append(Change.from_json(line))
        except ValueError as error:
            if number == len(lines) and not line.endswith("\n"):
                break
            raise ModelStoreError(
                f"{path}:{number}: damaged: {error}. Remove the line; only rolling back needs it."
            ) from error
    return changes


def append_change(folder: Path, change: Change) -> None:
    """Write a change through to the disk.

    Raises:
        ModelStoreError: The folder cannot be written.
    """
    path = folder / FILE
    try:
        with path.open("ab+") as file:
            # A process that was killed may have left half a line.
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(0)
                whole = file.read().rpartition(b"\n")
                file.truncate(len(whole[0]) + len(whole[1]))
            file.write(change.to_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ModelStoreError(f"{path}: cannot be written: {error.strerror}") from error


def predecessor(changes: Sequence[Change], current: str) -> str:
    """What to roll back to: the model that the current one took over from.

    Changes that were rollbacks themselves do not count, so that rolling back twice goes back
    twice, and not there and back again.

    Returns:
        Its name; empty if nobody knows.
    """
    if changes and all(change.model != current for change in changes):
        # Put there by hand, or by a process that was killed before it could note it.
        return changes[-1].model
    for change in reversed(changes):
        if change.model == current and change.cause is not Cause.ROLLED_BACK:
            return change.replaced
    return ""
