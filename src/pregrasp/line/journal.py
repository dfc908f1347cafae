"""The fate of every job, on disk before anything moves.

One SQLite file, written through to the disk at every step::

    requested -> running -> ended
        └──────────────────> ended (withdrawn before it began)

A request is known by its id. Asking again under the same id gives the same job, however often
and after whatever restart, so that nothing is grasped twice and nothing is lost. A job that
was running when the program ended is never run again: it ends as ``interrupted``, and a
person looks.
"""

from __future__ import annotations

import enum
import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pregrasp.line.errors import JobIdError, JournalError
from pregrasp.line.results import JobResult, Outcome

T = TypeVar("T")

ID_PATTERN = re.compile(r"[A-Za-z0-9._:/ -]{1,64}")
"""What a job's id may look like; it goes into logs, file names and PLC strings."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    task TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested REAL NOT NULL,
    counted INTEGER NOT NULL DEFAULT 1,
    state TEXT NOT NULL,
    started REAL,
    ended REAL,
    outcome TEXT,
    result TEXT
);
CREATE INDEX IF NOT EXISTS job_state ON job (state, number);
CREATE INDEX IF NOT EXISTS job_outcome ON job (outcome);
"""


class JobState(enum.Enum):
    """How far a job has come."""

    PENDING = "pending"
    """Requested; waits for its turn."""
    RUNNING = "running"
    """The robot works on it."""
    ENDED = "ended"
    """Over; the result says how."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRecord:
    """What the journal knows about a job."""

    job_id: str
    """Chosen by whoever asked."""
    task: str
    """Name of the task."""
    requested_by: str
    """Who asked."""
    counted: bool
    """Whether the counters take note of it."""
    state: JobState
    """How far it has come."""
    result: JobResult | None
    """How it ended."""


class Journal:
    """The jobs of one cell; safe to use from several threads, by one process.

    Args:
        file: Where they are kept; made when it is missing.
        now: Seconds since the epoch [s].

    Raises:
        JournalError: The file is damaged, or another process has it open.
    """

    def __init__(self, file: Path, *, now: Callable[[], float] = time.time) -> None:
        self.file = file
        self._now = now
        self._lock = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(
                file, check_same_thread=False, isolation_level=None, timeout=1.0
            )
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"{file}: cannot be opened: {error}") from error
        try:
            self._open()
        except sqlite3.Error as error:
            self._base.close()
            raise JournalError(_opening_words(file, error)) from error

    def _open(self) -> None:
        # Exclusive: a second service on the same journal would grasp the same jobs.
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        (state,) = self._base.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise sqlite3.DatabaseError(state)
        self._base.executescript(SCHEMA)
        # Takes the lock now instead of at the first job.
        self._base.execute("BEGIN IMMEDIATE")
        self._base.execute("COMMIT")

    def close(self) -> None:
        """Close the file; calling it again changes nothing."""
        with self._lock:
            self._base.close()

    def request(
        self, job_id: str, task: str, requested_by: str = "", *, counted: bool = True
    ) -> tuple[JobRecord, bool]:
        """Ask for a job, or hear what became of it.

        Args:
            job_id: Names the job for ever.
            task: Name of the task.
            requested_by: Who asks.
            counted: Whether the counters take note of it.

        Returns:
            The job, and whether it is new; on disk when this returns.

        Raises:
            JobIdError: The id is unusable, or stands for a job of another task.
            JournalError: The disk is full or gone.
        """
        if not ID_PATTERN.fullmatch(job_id):
            raise JobIdError(
                job_id[:64],
                "is unusable",
                "Use 1 to 64 letters, digits, spaces and . _ : / -",
            )
        with self._lock:
            known = self._find(job_id)
            if known is not None:
                if known.task != task:
                    raise JobIdError(
                        job_id,
                        f"stands for a job of the task {known.task!r} already",
                        "Ask under a new id.",
                    )
                return known, False
            self._write(
                "INSERT INTO job (id, task, requested_by, requested, counted, state) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (job_id, task, requested_by, self._now(), counted, JobState.PENDING.value),
            )
            return _expect(self._find(job_id)), True

    def begin_next(self) -> JobRecord | None:
        """Take the oldest request that waits, and write down that it runs.

        Raises:
            JournalError: The disk is full or gone; nothing was begun.
        """
        with self._lock:
            row = self._read(
                "SELECT id FROM job WHERE state = ? ORDER BY number LIMIT 1",
                (JobState.PENDING.value,),
            )
            if row is None:
                return None
            self._write(
                "UPDATE job SET state = ?, started = ? WHERE id = ?",
                (JobState.RUNNING.value, self._now(), row[0]),
            )
            return self._find(str(row[0]))

    def end(self, result: JobResult) -> None:
        """Write down how a job ended.

        Raises:
            JournalError: The disk is full or gone.
        """
        with self._lock:
            self._end(result)

    def withdraw(self, job_id: str) -> tuple[JobRecord | None, bool]:
        """End a job that has not begun.

        Returns:
            The job as it is now, None if there is none of that id; and whether this ended it.
        """
        with self._lock:
            known = self._find(job_id)
            if known is None or known.state is not JobState.PENDING:
                return known, False
            self._end(self._unrun(known, Outcome.CANCELLED, "withdrawn before it began"))
            return self._find(job_id), True

    def recover(self) -> list[JobRecord]:
        """End what was running when the program ended; call it once, before anything begins.

        Returns:
            The jobs whose fate nobody knows.
        """
        with self._lock:
            rows = self._base.execute(
                "SELECT id FROM job WHERE state = ?", (JobState.RUNNING.value,)
            ).fetchall()
            found = [_expect(self._find(str(job_id))) for (job_id,) in rows]
            words = "the program ended while the job ran; look whether the part is in the gripper"
            for record in found:
                self._end(self._unrun(record, Outcome.INTERRUPTED, words))
            return [_expect(self._find(record.job_id)) for record in found]

    def find(self, job_id: str) -> JobRecord | None:
        """What is known about a job."""
        with self._lock:
            return self._find(job_id)

    def done(self) -> list[str]:
        """Ids of all jobs that have begun and ended, in the order of their requests."""
        with self._lock:
            rows = self._base.execute(
                "SELECT id FROM job WHERE state = ? AND started NOT NULL ORDER BY number",
                (JobState.ENDED.value,),
            ).fetchall()
        return [str(job_id) for (job_id,) in rows]

    def pending(self) -> int:
        """How many requests wait."""
        with self._lock:
            row = self._read("SELECT count(*) FROM job WHERE state = ?", (JobState.PENDING.value,))
            return int(_expect(row)[0])

    def counts(self) -> dict[Outcome, int]:
        """How many counted jobs ended in which way."""
        with self._lock:
            rows = self._base.execute(
                "SELECT outcome, count(*) FROM job WHERE outcome NOT NULL AND counted "
                "GROUP BY outcome"
            ).fetchall()
        found = {Outcome(outcome): int(count) for outcome, count in rows}
        return {outcome: found.get(outcome, 0) for outcome in Outcome}

    def _find(self, job_id: str) -> JobRecord | None:
        row = self._read(
            "SELECT task, requested_by, counted, state, result FROM job WHERE id = ?", (job_id,)
        )
        if row is None:
            return None
        task, requested_by, counted, state, result = row
        return JobRecord(
            job_id=job_id,
            task=task,
            requested_by=requested_by,
            counted=bool(counted),
            state=JobState(state),
            result=None if result is None else JobResult.from_json(json.loads(result)),
        )

    def _end(self, result: JobResult) -> None:
        text = json.dumps(result.to_json(), separators=(",", ":"))
        self._write(
            "UPDATE job SET state = ?, ended = ?, outcome = ?, result = ? WHERE id = ?",
            (JobState.ENDED.value, self._now(), result.outcome.value, text, result.job_id),
        )

    def _unrun(self, record: JobRecord, outcome: Outcome, reason: str) -> JobResult:
        ended = datetime.fromtimestamp(self._now(), UTC)
        return JobResult.without_run(record.job_id, record.task, outcome, reason, ended)

    def _read(self, statement: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._base.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            raise JournalError(f"{self.file}: cannot be read: {error}") from error
        return row

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._base.execute(statement, values)
        except sqlite3.Error as error:
            raise JournalError(f"{self.file}: cannot be written: {error}") from error


def _opening_words(file: Path, error: sqlite3.Error) -> str:
    if "locked" in str(error):
        return (
            f"{file}: another process has the journal open. Is the service running already? "
            "Every cell needs a journal of its own."
        )
    return (
        f"{file}: the journal is damaged: {error}. Keep the file, look what became of the last "
        "jobs, and start with a new one."
    )


def _expect(value: T | None) -> T:
    if value is None:
        raise JournalError("the journal lost a job that it had just written")
    return value
