"""A program that is killed, and what must hold of its files afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pregrasp.runlog.errors import LogFileError
from pregrasp.runlog.index import RunIndex
from pregrasp.runlog.reader import RecordedRun, run_files
from pregrasp.runlog.repair import repair_index

PREGRASP = (sys.executable, "-c", "from pregrasp.cli import main; main()")

HANG = 900.0
"""A life that nobody kills and that takes longer hangs [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """From one start to its end, or to the kill."""

    killed: bool
    """Whether it was; otherwise it ended by itself."""
    code: int
    """How it ended."""
    said: str
    """On both its streams."""
    seconds: float
    """How long it took, in real time [s]."""


class Victim(Protocol):
    """One command and the folder in which it is killed."""

    name: str

    def begin(self, folder: Path) -> None:
        """Forget everything and begin in an empty folder."""

    def live(self, seconds: float | None, dice: random.Random) -> Life:
        """Start it, and kill it then, unless it has ended; None lets it live."""

    def problems(self, life: Life) -> list[str]:
        """What is wrong with the files it left and with what it said; nothing, one hopes."""

    def result(self) -> Any:
        """What a life that ended has made, to be compared with that of one never killed."""


def live(
    options: tuple[str, ...], folder: Path, seconds: float | None, *, child: bool = False
) -> Life:
    """Run ``pregrasp`` in a folder, and kill it.

    Args:
        options: What comes after ``pregrasp``.
        folder: Its working directory.
        seconds: When to kill it; None lets it live [s].
        child: Whether to kill its first child, if it has one, instead of itself.
    """
    began = time.monotonic()
    with (folder / "said.txt").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*PREGRASP, *options], cwd=folder, stdout=said, stderr=subprocess.STDOUT
        )
        killed = False
        try:
            process.wait(HANG if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            if seconds is None:
                process.kill()
                process.wait()
                raise SystemExit(f"pregrasp {' '.join(options)} hangs in {folder}") from None
            killed = True
            family = children(process.pid)
            os.kill(family[0] if child and family else process.pid, signal.SIGKILL)
            process.wait(HANG)
            await_end(family)
        said.seek(0)
        text = said.read()
    return Life(killed=killed, code=process.returncode, said=text, seconds=time.monotonic() - began)


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def await_end(pids: list[int], timeout: float = 60.0) -> None:
    """Nothing may be left running when its parent is gone."""
    deadline = time.monotonic() + timeout
    while left := [pid for pid in pids if is_alive(pid)]:
        if time.monotonic() > deadline:
            raise SystemExit(f"left running: {left}")
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def log_problems(folder: Path, said: str) -> list[str]:
    """Whether every run log can be read, and the index knows every run.

    The look repairs the index just as the next start does; a second one must find nothing.
    """
    if not folder.is_dir():
        return []
    told = []
    empty = [path.name for path in folder.glob("*.mcap") if not path.stat().st_size]
    repair_index(folder)
    again = repair_index(folder)
    if again.cut_short or again.added or again.damaged:
        told.append(f"the index needs a second repair: {again}")
    for path in folder.glob("*.mcap"):
        try:
            first = next(iter(RecordedRun(run_files(path)).messages()))
        except (LogFileError, StopIteration) as error:
            told.append(f"{path.name} cannot be read: {error!r}")
            continue
        if first.type != "tree":
            told.append(f"{path.name} begins with {first.type}")
    told += [f"{name} was empty and is there still" for name in empty if (folder / name).exists()]
    with RunIndex(folder) as index:
        results = index.results()
    told += [f"{run} is {end}" for run, end in results.items() if end == "unfinished"]
    missing = {path.name.partition(".")[0] for path in folder.glob("*.mcap")} - set(results)
    told += [f"{run} is not in the index" for run in missing]
    return told
