"""The index of runs as a table for other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pregrasp.runlog.errors import LogFileError, MissingPackageError
from pregrasp.runlog.run_record import RunRecord

COLUMNS = (
    "id",
    "started",
    "task",
    "tree",
    "command",
    "cell",
    "model",
    "result",
    "reason",
    "node",
    "duration_s",
    "ticks",
    "moves",
    "last_translation_mm",
    "last_rotation_deg",
    "agreement",
    "errors",
    "note",
    "labels",
    "files",
)
"""Of the table, in this order."""


def write_csv(records: Sequence[RunRecord], path: Path) -> None:
    """Write a CSV file with a line of names.

    Raises:
        LogFileError: It cannot be written.
    """
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows({key: _safe(value) for key, value in _row(r).items()} for r in records)
    except OSError as error:
        raise LogFileError(path, f"cannot be written: {error.strerror}.") from error


def write_parquet(records: Sequence[RunRecord], path: Path) -> None:
    """Write a Parquet file.

    Raises:
        LogFileError: It cannot be written.
        MissingPackageError: The package ``pyarrow`` is missing.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingPackageError("Parquet", "pyarrow", "parquet") from error
    numbers = {
        **dict.fromkeys(("ticks", "moves", "errors"), pyarrow.int64()),
        **dict.fromkeys(
            ("duration_s", "last_translation_mm", "last_rotation_deg", "agreement"),
            pyarrow.float64(),
        ),
    }
    schema = pyarrow.schema([(column, numbers.get(column, pyarrow.string())) for column in COLUMNS])
    table = pyarrow.Table.from_pylist([_row(record) for record in records], schema=schema)
    try:
        parquet.write_table(table, path)
    except OSError as error:
        raise LogFileError(path, f"cannot be written: {error}.") from error


def _row(record: RunRecord) -> dict[str, Any]:
    row = record.to_json()
    row["labels"] = json.dumps(row["labels"], ensure_ascii=False)
    row["files"] = " ".join(row["files"])
    return row


def _safe(value: Any) -> Any:
    """Texts that a spreadsheet would take for a formula are marked as texts."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
