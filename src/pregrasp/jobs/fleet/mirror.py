"""A worker's own copy of a folder that belongs to whoever shares the work."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pregrasp.jobs.fleet.desk import (
    GROWS,
    PIECE,
    Delivered,
    Listed,
    Place,
    Removed,
    Wanted,
    travelling_files,
)

Ask = Callable[[Any], Any]
"""Asks whoever shares the work, and waits for the answer."""


class Mirror:
    """A folder that is fetched once, and delivered as often as something is new in it.

    Args:
        ask: Asks whoever shares the work.
        place: What the folder is called there.
        folder: Where it is here.
    """

    def __init__(self, ask: Ask, place: str, folder: Path) -> None:
        self._ask = ask
        self._place = place
        self.folder = folder
        self._known: dict[str, tuple[int, int]] = {}

    def fetch(self) -> Path:
        """Copy every file to here; gives the folder."""
        for name, size in self._ask(Listed(self._place)):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                while file.tell() < size:
                    piece = self._ask(Wanted(self._place, name, file.tell()))
                    if not piece:
                        break  # it has become shorter since
                    file.write(piece)
            self._known[name] = _state(path)
        return self.folder

    def deliver(self) -> None:
        """Send what is new or has changed; it is safe there when this returns."""
        # What grows names the other files, so its length counts before those are looked for.
        growing = {name: _state(self.folder / name) for name in self._names() if _grows(name)}
        names = self._names()
        for name in names:
            if not _grows(name):
                self._send(name, _state(self.folder / name), first=0)
        for name, state in growing.items():
            self._send(name, state, first=self._known.get(name, (0, 0))[0])
        for name in set(self._known) - set(names):
            self._ask(Removed(self._place, name))
            del self._known[name]

    def _names(self) -> list[str]:
        return [name for name, _ in travelling_files(Place(folder=self.folder))]

    def _send(self, name: str, state: tuple[int, int], *, first: int) -> None:
        if self._known.get(name) == state:
            return
        size = state[0]
        with (self.folder / name).open("rb") as file:
            file.seek(first)
            while True:
                at = file.tell()
                content = file.read(min(PIECE, size - at))
                last = at + len(content) >= size
                self._ask(Delivered(self._place, name, at, content, last))
                if last or not content:
                    break
        self._known[name] = state


def _grows(name: str) -> bool:
    return name.endswith(GROWS)


def _state(path: Path) -> tuple[int, int]:
    """What tells that a file has changed."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Where a worker keeps its copies; goes with the worker."""
    return tempfile.TemporaryDirectory(prefix="pregrasp-worker-")
