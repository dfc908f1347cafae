"""One line of the index of runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """One run, as the index knows it."""

    id: str
    """Its name."""
    started: str
    """Time on the wall, ISO 8601, UTC."""
    task: str
    """Name of the task, if there is one."""
    tree: str
    """Name of the tree."""
    command: str
    """What was called: ``grasp``, ``collect``."""
    cell: str
    """Where it ran."""
    model: str
    """First digits of the hash of the network, if one was asked."""
    labels: dict[str, str]
    """What else was known."""
    result: str
    """``success``, ``refused``, ``failure``, ``cancelled``, ``cut_short``: its process was killed,
    or ``unfinished``: it is under way, or was killed and nothing has been started since."""
    reason: str
    """Why, unless it succeeded."""
    node: str
    """Path of the node that decided."""
    duration_s: float | None
    """By the cell's clock [s]."""
    ticks: int | None
    """How often the tree was ticked."""
    moves: int | None
    """Corrections of the servo: one less than its estimates."""
    last_translation_mm: float | None
    """Size of the last trusted estimate [mm]."""
    last_rotation_deg: float | None
    """Size of the last trusted estimate [deg]."""
    agreement: float | None
    """Confidence of the last estimate, trusted or not, 0 to 1; None without estimates."""
    errors: int | None
    """Lines of its log that tell of errors."""
    note: str
    """What an operator wrote about it."""
    files: tuple[Path, ...]
    """Its log, as far as it has not been removed."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any], folder: Path) -> Self:
        """A row of the table.

        Args:
            row: By column.
            folder: Where the logs are.
        """
        files = (folder / name for name in json.loads(row["files"]))
        plain = {key: row[key] for key in cls.__slots__ if key not in ("labels", "files")}
        return cls(
            **plain,
            labels=json.loads(row["labels"]),
            files=tuple(path for path in files if path.is_file()),
        )

    def to_json(self) -> dict[str, Any]:
        """The record with plain values."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "files": [str(path) for path in self.files]}
