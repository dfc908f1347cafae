"""The index of runs: one line for every run, in SQLite.

A line is written when a run begins, so that a run whose process was killed is known too,
and completed when it ends. Files may be removed; the line stays. What a kill or a full disk
left out is made good from the logs: see `pregrasp.runlog.repair`.
"""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pregrasp.runlog.errors import DamagedIndexError, LogFileError, UnknownRunError
from pregrasp.runlog.run_record import RunRecord
from pregrasp.runlog.state import RunState

FILE = "runs.sqlite"
"""Its name in the folder of the logs."""

LAYOUT = 2
"""Of the tables; 2 added ``agreement``."""

UNFINISHED = "unfinished"
"""Result of a run that is under way, or whose process was killed and nobody has looked yet."""

CUT_SHORT = "cut_short"
"""Result of a run whose process ended before it did."""

_TABLE = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    started TEXT NOT NULL,
    task TEXT NOT NULL,
    tree TEXT NOT NULL,
    command TEXT NOT NULL,
    cell TEXT NOT NULL,
    model TEXT NOT NULL,
    labels TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT 'unfinished',
    reason TEXT NOT NULL DEFAULT '',
    node TEXT NOT NULL DEFAULT '',
    duration_s REAL,
    ticks INTEGER,
    moves INTEGER,
    last_translation_mm REAL,
    last_rotation_deg REAL,
    agreement REAL,
    errors INTEGER,
    note TEXT NOT NULL DEFAULT '',
    files TEXT NOT NULL DEFAULT '[]'
)
"""


class RunIndex:
    """The index of a folder of run logs; a context manager.

    Args:
        folder: Where the logs are.
        create: Whether to make the index if there is none.

    Raises:
        LogFileError: There is none, or it is of another layout.
        DamagedIndexError: It is no index of ours.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self.folder = folder
        path = folder / FILE
        if not create and not path.is_file():
            raise LogFileError(path, "there is no index of runs.", "Give the folder by --log.")
        self._connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        try:
            # Readers and one writer at a time, in several processes, without waiting.
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            (layout,) = self._connection.execute("PRAGMA user_version").fetchone()
            if layout not in (0, 1, LAYOUT):
                raise LogFileError(
                    path,
                    f"found layout {layout}, expected {LAYOUT}.",
                    "Use the pregrasp that wrote it.",
                )
            self._connection.execute(_TABLE)
            if layout == 1:
                self._add_agreement()
            self._connection.execute(f"PRAGMA user_version={LAYOUT}")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            remedy = "`pregrasp runs repair` makes a new one from the logs."
            raise DamagedIndexError(path, f"this is no index of runs: {error}.", remedy) from error
        except LogFileError:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _add_agreement(self) -> None:
        """Bring the first layout up to date; another process may be doing the same."""
        try:
            self._connection.execute("ALTER TABLE runs ADD COLUMN agreement REAL")
        except sqlite3.OperationalError as error:
            if "duplicate column" not in str(error):
                raise

    def begin(self, tree: dict[str, Any], files: Sequence[Path]) -> None:
        """A run has begun.

        Args:
            tree: Its ``tree`` message.
            files: Of its log.
        """
        labels = {str(key): str(value) for key, value in tree["labels"].items()}
        self._connection.execute(
            "INSERT OR REPLACE INTO runs (id, started, task, tree, command, cell, model, labels, "
            "files) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                tree["run"],
                tree["started"],
                labels.get("task", ""),
                tree["tree"],
                labels.get("command", ""),
                tree["cell"],
                labels.get("model", ""),
                json.dumps(labels),
                _names(files),
            ),
        )

    def set_files(self, run: str, files: Sequence[Path]) -> None:
        """The log goes on in another file."""
        self._connection.execute("UPDATE runs SET files = ? WHERE id = ?", (_names(files), run))

    def finish(self, run: str, state: RunState) -> None:
        """A run has ended, or was cut short.

        Args:
            run: Its name.
            state: As it ended; without an end it was cut short.
        """
        end = state.end or _cut_short(state)
        trusted = [estimate for estimate in state.estimates if estimate["trusted"]]
        motion = trusted[-1]["motion"] if trusted else {}
        self._connection.execute(
            "UPDATE runs SET result = ?, reason = ?, node = ?, duration_s = ?, ticks = ?, "
            "moves = ?, last_translation_mm = ?, last_rotation_deg = ?, agreement = ?, errors = ? "
            "WHERE id = ?",
            (
                end["result"],
                end.get("reason", ""),
                end.get("path", ""),
                end.get("duration_s"),
                end.get("ticks"),
                max(0, len(state.estimates) - 1),
                motion.get("translation_mm"),
                motion.get("rotation_deg"),
                state.estimates[-1]["confidence"] if state.estimates else None,
                sum(line["level"] == "error" for line in state.lines),
                run,
            ),
        )

    def results(self) -> dict[str, str]:
        """How every run ended, by its name."""
        return dict(self._connection.execute("SELECT id, result FROM runs").fetchall())

    def labelled(self, label: str) -> set[str]:
        """Every value that a label has in any run."""
        rows = self._connection.execute(
            "SELECT DISTINCT json_extract(labels, '$.' || ?) FROM runs", (label,)
        )
        return {str(value) for (value,) in rows if value is not None}

    def check(self) -> None:
        """Look through the whole file.

        Raises:
            DamagedIndexError: It is damaged.
        """
        path = self.folder / FILE
        try:
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            raise DamagedIndexError(path, f"the index of runs is damaged: {found}.")

    def find(
        self,
        *,
        task: str | None = None,
        result: str | None = None,
        since: datetime.datetime | None = None,
        limit: int | None = None,
    ) -> list[RunRecord]:
        """Runs, the latest first.

        Args:
            task: Only of this task.
            result: Only those that ended so.
            since: Only those that began then or later; with a time zone.
            limit: At most so many.
        """
        earliest = "" if since is None else since.astimezone(datetime.UTC).isoformat()
        rows = self._connection.execute(
            "SELECT * FROM runs WHERE (:task IS NULL OR task = :task) "
            "AND (:result IS NULL OR result = :result) AND started >= :since "
            "ORDER BY started DESC, id DESC LIMIT :limit",
            {
                "task": task,
                "result": result,
                "since": earliest,
                "limit": -1 if limit is None else limit,
            },
        )
        return [RunRecord.from_row(row, self.folder) for row in rows]

    def get(self, run: str) -> RunRecord:
        """One run by its name, the beginning or the end of its name, or ``last``.

        Raises:
            UnknownRunError: There is none, or there are several.
        """
        if run == "last":
            latest = self.find(limit=1)
            if not latest:
                raise UnknownRunError(f"{self.folder}: no run has been logged yet")
            return latest[0]
        records = self.find()
        matching = [record for record in records if record.id == run] or [
            record for record in records if record.id.startswith(run) or record.id.endswith(run)
        ]
        if len(matching) == 1:
            return matching[0]
        if matching:
            names = ", ".join(record.id for record in matching[:5])
            raise UnknownRunError(
                f"{run!r} may be {len(matching)} runs: {names}. Write more of the name."
            )
        names = ", ".join(record.id for record in records[:3])
        remedy = f"The latest: {names}. `pregrasp runs` lists all." if names else "It is empty."
        raise UnknownRunError(f"{self.folder}: there is no run {run!r}. {remedy}")

    def note(self, run: str, text: str) -> RunRecord:
        """Write down what a person has to say about a run; an empty text removes it.

        Raises:
            UnknownRunError: There is no such run.
        """
        record = self.get(run)
        self._connection.execute("UPDATE runs SET note = ? WHERE id = ?", (text, record.id))
        return self.get(record.id)


def _cut_short(state: RunState) -> dict[str, Any]:
    """The end of a run that had none."""
    told = {"result": CUT_SHORT, "reason": "the program ended before the run did"}
    if state.tree is None:
        return told
    duration = round(state.time - float(state.tree["t"]), 4)
    return {**told, "duration_s": duration, "ticks": state.ticks}


def _names(files: Sequence[Path]) -> str:
    return json.dumps([path.name for path in files])
