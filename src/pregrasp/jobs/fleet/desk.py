"""What a worker may ask whoever shares the work: files of a folder, and to take some back.

A worker may live on another machine, so it reads and writes the folders of its work by
questions, a piece of a file at a time: no folder is ever in memory as a whole, and a data set
is on the asker's disk while it grows. A worker names a place, never a path outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pregrasp.jobs.errors import JobError
from pregrasp.jobs.progress import ReportProgress, ignore_progress

PIECE = 1_000_000
"""Largest piece of a file in one message [bytes]."""

LARGEST = 200_000_000
"""A task's folder with more in it is probably not meant to travel [bytes]."""

STAYS = ("models", "datasets", "runs")
"""Folders of a task that nobody needs to run it."""

GROWS = ".jsonl"
"""Files of this kind only ever grow, and name what other files hold: they come last."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Which files a place has; answered by paths below it, with slashes, and sizes [bytes]."""

    place: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A piece of a file; answered by at most `PIECE` bytes."""

    place: str
    path: str
    first: int
    """Number of its first byte."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A piece of a file that the worker has made; on disk once it is answered."""

    place: str
    path: str
    first: int
    """Number of its first byte."""
    content: bytes
    last: bool
    """Whether the file is whole now."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that the worker has delivered and removed since."""

    place: str
    path: str


@dataclass(frozen=True, slots=True)
class Told:
    """How far the work has come."""

    stage: str
    done: float
    total: float
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A folder that a worker may read, or fill."""

    folder: Path
    task: bool = False
    """Whether it is a task's folder: what `STAYS` is left out, and it must not be large."""
    writable: bool = False


class Desk:
    """Answers the questions of workers.

    Args:
        places: The folders of a piece of work, by the names the worker knows them by.
        report_progress: Told what workers tell.
    """

    def __init__(
        self, places: Mapping[str, Place], report_progress: ReportProgress = ignore_progress
    ) -> None:
        self._places = places
        self._report_progress = report_progress

    def answer(self, question: Any) -> Any:
        """The answer to a question; None where there is nothing to say.

        Raises:
            JobError: It leads out of its place, or a disk cannot be read or written.
        """
        if isinstance(question, Told):
            self._report_progress(question.stage, question.done, question.total, question.note)
            return None
        place = self._places[question.place]
        try:
            if isinstance(question, Listed):
                return travelling_files(place)
            path = _below(place.folder, question.path)
            if isinstance(question, Wanted):
                with path.open("rb") as file:
                    file.seek(question.first)
                    return file.read(PIECE)
            if not place.writable:
                raise JobError(f"{path}: a worker wants to write where it must not")
            if isinstance(question, Removed):
                path.unlink(missing_ok=True)
                return None
            _write(path, question)
        except OSError as error:
            raise JobError(f"{place.folder}: {error.strerror}: {error.filename}") from error
        return None


def travelling_files(place: Place) -> tuple[tuple[str, int], ...]:
    """Files of a place, in order of their paths, and their sizes [bytes]; no hidden ones.

    Raises:
        JobError: A task's folder holds more than `LARGEST` bytes.
    """
    found = []
    for path in sorted(place.folder.rglob("*")):
        parts = path.relative_to(place.folder).parts
        if any(part.startswith(".") for part in parts) or not path.is_file():
            continue
        if place.task and parts[0] in STAYS:
            continue
        found.append(("/".join(parts), path.stat().st_size))
    if place.task and sum(size for _, size in found) > LARGEST:
        raise JobError(
            f"{place.folder}: more than {LARGEST // 1_000_000} MB would have to travel to "
            "the workers. Keep data sets and logs out of the task's folder."
        )
    return tuple(found)


def _below(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise JobError(f"{name}: leads out of the folder it belongs to")
    return folder / path


def _write(path: Path, piece: Delivered) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == GROWS:
        # What a lost worker had begun to write behind this is not worth keeping.
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(piece.first)
            file.seek(piece.first)
            file.write(piece.content)
        return
    part = path.with_name(f".{path.name}.part")
    with part.open("wb" if piece.first == 0 else "r+b") as file:
        file.seek(piece.first)
        file.write(piece.content)
    if piece.last:
        part.replace(path)
