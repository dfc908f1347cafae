"""Bringing the index of runs in line with the logs beside it.

A process that is killed leaves a run ``unfinished`` in the index; one that is killed at the
wrong moment, or meets a full disk, leaves a log without a line. `repair_index` makes that good
whenever somebody begins to log into the folder: lines of dead runs become ``cut_short``, with
all that their logs still tell, and logs without a line get one. An index that is lost or
damaged is made anew; only notes that people wrote are then in the old file alone.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pregrasp.runlog.errors import DamagedIndexError, LogFileError, MessageError
from pregrasp.runlog.index import FILE, UNFINISHED, RunIndex
from pregrasp.runlog.reader import RecordedRun
from pregrasp.runlog.segment import BEGUN, is_being_written
from pregrasp.runlog.state import RunState

_NAME = re.compile(r"(?P<run>(?P<started>\d{8}T\d{6}_\d{3})-(?P<tree>.+)-[0-9a-f]+)")
_FILE = re.compile(r"(?P<run>.+?)(?:\.(?P<number>\d+))?\.mcap")


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """What a look at the folder brought."""

    cut_short: tuple[str, ...] = ()
    """Runs whose process ended before they did."""
    added: tuple[str, ...] = ()
    """Runs that had a log and no line."""
    damaged: Path | None = None
    """Where an index that could not be read has been put."""

    def sentences(self) -> Iterator[str]:
        """What there is to say about it."""
        if self.damaged is not None:
            yield (
                "the index of runs was damaged: a new one was made from the logs, "
                f"the old one is {self.damaged}"
            )
        for run in self.cut_short:
            yield f"found a run that was cut short: {run}"
        if self.added:
            yield f"found {len(self.added)} logged runs that the index did not know: added"


def repair_index(folder: Path) -> Repair:
    """Bring the index in a folder of run logs in line with the logs.

    Runs that a living process is writing are left alone.

    Args:
        folder: Of the logs; without logs and index nothing is made.

    Raises:
        OSError: The folder cannot be read.
        sqlite3.Error: The index cannot be written.
        LogFileError: The index is of another layout.
        MissingPackageError: The package ``mcap`` is missing.
    """
    _remove_begun(folder)
    logs = _logs(folder)
    if not logs and not (folder / FILE).is_file():
        return Repair()
    damaged = None
    try:
        index = RunIndex(folder)
        try:
            index.check()
        except DamagedIndexError:
            index.close()
            raise
    except DamagedIndexError:
        damaged = _put_aside(folder)
        index = RunIndex(folder)
    with index:
        cut_short, added = _bring_up_to_date(index, logs)
    return Repair(cut_short=cut_short, added=added, damaged=damaged)


def _remove_begun(folder: Path) -> None:
    """Remove what a process that was killed had begun and written nothing into."""
    for path in folder.glob(f"*{BEGUN}"):
        # It may get its name in this moment, or be another program's.
        with contextlib.suppress(OSError):
            if not is_being_written(path):
                path.unlink()


def _logs(folder: Path) -> dict[str, list[Path]]:
    """The files of every run, in their order."""
    found: defaultdict[str, list[tuple[int, Path]]] = defaultdict(list)
    for path in folder.glob("*.mcap"):
        match = _FILE.fullmatch(path.name)
        if match is not None:
            found[match["run"]].append((int(match["number"] or 0), path))
    return {run: [path for _, path in sorted(files)] for run, files in sorted(found.items())}


def _bring_up_to_date(
    index: RunIndex, logs: Mapping[str, Sequence[Path]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    cut_short: list[str] = []
    added: list[str] = []
    results = index.results()
    dead = [run for run, result in results.items() if result == UNFINISHED and run not in logs]
    for run in dead:
        index.finish(run, RunState())
        cut_short.append(run)
    for run, files in logs.items():
        result = results.get(run)
        if result not in (None, UNFINISHED) or any(is_being_written(path) for path in files):
            continue
        state = _last_state(files)
        if result is None:
            index.begin(state.tree or _told_by_name(run), files)
            added.append(run)
        index.finish(run, state)
        if state.end is None:
            cut_short.append(run)
    return tuple(cut_short), tuple(added)


def _last_state(files: Sequence[Path]) -> RunState:
    """How a run stood when its log broke off; a log of which nothing can be read says nothing."""
    state = RunState()
    with contextlib.suppress(LogFileError, MessageError):
        for message in RecordedRun(files).messages(jpegs=False):
            state.apply(message)
    return state


def _told_by_name(run: str) -> dict[str, Any]:
    """What the name of a run says, in place of its ``tree`` message."""
    match = _NAME.fullmatch(run)
    if match is None:
        return {"run": run, "started": "", "tree": "", "cell": "", "labels": {}}
    moment = datetime.datetime.strptime(match["started"] + "000", "%Y%m%dT%H%M%S_%f")
    started = moment.replace(tzinfo=datetime.UTC).isoformat(timespec="milliseconds")
    return {"run": run, "started": started, "tree": match["tree"], "cell": "", "labels": {}}


def _put_aside(folder: Path) -> Path:
    """Give a damaged index, with its write-ahead files, another name."""
    number = 1
    while (aside := folder / f"runs.damaged-{number}.sqlite").exists():
        number += 1
    for end in ("", "-wal", "-shm"):
        path = folder / (FILE + end)
        if path.exists():
            path.rename(aside.with_name(aside.name + end))
    return aside
