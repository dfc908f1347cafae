"""What the commands share: the two consoles, progress bars, and how errors are told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from pregrasp.cancellation import CancelToken
from pregrasp.cli.interruption import cancel_on_interrupt
from pregrasp.jobs.progress import ReportProgress, ignore_progress

out = Console(highlight=False)
"""Results, for people and pipes."""

err = Console(stderr=True, highlight=False)
"""Everything that is not a result."""

PIPE_WIDTH = 160
"""Columns of a table that must not be broken, where there is no terminal."""

PLAIN_INTERVAL = 10.0
"""How often a job tells about itself when nobody looks at a terminal [s]."""


def print_unbroken(table: Table) -> None:
    """A table whose cells must survive a pipe or a file: names, folders."""
    if out.is_terminal:
        out.print(table)
    else:
        Console(highlight=False, width=PIPE_WIDTH).print(table)


def say_error(message: str) -> None:
    """One clear message on the error stream, as it is: brackets are not markup."""
    err.print("error:", style="bold red", end=" ")
    err.print(message, markup=False, soft_wrap=True)


@contextlib.contextmanager
def stoppable() -> Iterator[CancelToken]:
    """A token that Ctrl-C cancels; pressing it again insists."""
    with cancel_on_interrupt(lambda: err.print("stopping ...", style="yellow")) as token:
        yield token


@contextlib.contextmanager
def progress_bars() -> Iterator[ReportProgress]:
    """Bars with the time that is left; lines now and then where there is no terminal."""
    if not err.is_terminal:
        yield _PlainProgress()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.fields[count]:>9}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}", style="dim"),
    )
    with Progress(*columns, console=err) as bars:
        yield _Bars(bars)


@contextlib.contextmanager
def no_progress() -> Iterator[ReportProgress]:
    """For jobs that are watched in another way."""
    yield ignore_progress


def count_text(done: float, total: float) -> str:
    """How far a stage has come: a count where there is one, else a share.

    Example:
        >>> count_text(30, 312), count_text(0.25, 1.0)
        ('30/312', '25 %')
    """
    if total > 1.0:
        return f"{done:g}/{total:g}"
    return f"{done / total:.0%}".replace("%", " %")


class _Bars:
    """A bar for every stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: float, total: float, note: str = "") -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total, note="", count="")
        count = count_text(done, total) if total else ""
        self._bars.update(self._tasks[stage], completed=done, total=total, note=note, count=count)


class _PlainProgress:
    """Lines for a log: at the start and the end of a stage, and in between now and then."""

    def __init__(self) -> None:
        self._stage = ""
        self._began = 0.0
        self._first = 0.0
        self._told = 0.0
        self._lock = threading.Lock()

    def __call__(self, stage: str, done: float, total: float, note: str = "") -> None:
        if not total:
            # The plan is not made yet; "100 %" before the first picture would be a lie.
            return
        with self._lock:
            now = time.monotonic()
            if stage != self._stage:
                self._stage, self._began, self._first, self._told = stage, now, done, 0.0
            if now - self._told < PLAIN_INTERVAL and done < total:
                return
            self._told = now
            rate = (done - self._first) / max(now - self._began, 1e-9)
            left = f", {(total - done) / rate:.0f} s left" if rate > 0 and done < total else ""
            text = f"{stage}: {count_text(done, total)}{left}  {note}"
            err.print(text.rstrip(), markup=False)
