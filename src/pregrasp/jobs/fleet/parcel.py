"""A folder that travels: small enough for memory, unpacked wherever a worker is."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pregrasp.jobs.errors import JobError

LARGEST = 200_000_000
"""A task's folder with more in it is probably not meant to travel [bytes]."""

STAYS = ("models", "datasets", "runs")
"""Folders of a task that nobody needs to run it."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The files of a folder."""

    files: tuple[tuple[str, bytes], ...]
    """Path below the folder, with slashes, and content; in order of the path."""

    @classmethod
    def pack(cls, folder: Path) -> Parcel:
        """Read a folder; hidden files, and what `STAYS`, are left out.

        Raises:
            JobError: It cannot be read, or holds more than `LARGEST` bytes.
        """
        files: list[tuple[str, bytes]] = []
        size = 0
        try:
            for path in sorted(folder.rglob("*")):
                below = path.relative_to(folder)
                if below.parts[0] in STAYS or any(part.startswith(".") for part in below.parts):
                    continue
                if path.is_file():
                    files.append((below.as_posix(), path.read_bytes()))
                    size += len(files[-1][1])
                if size > LARGEST:
                    raise JobError(
                        f"{folder}: more than {LARGEST // 1_000_000} MB would have to travel to "
                        "the workers. Keep data sets and logs out of the task's folder."
                    )
        except OSError as error:
            raise JobError(f"{folder}: cannot be read: {error.strerror}") from error
        return cls(tuple(files))

    @property
    def sha256(self) -> str:
        """Of the paths and contents."""
        digest = hashlib.sha256()
        for name, content in self.files:
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def unpack(self, folder: Path) -> None:
        """Write the files below a folder.

        Raises:
            JobError: A path leads out of it, or it cannot be written.
        """
        try:
            for name, content in self.files:
                if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                    raise JobError(f"{name}: leads out of the folder it is unpacked to")
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        except OSError as error:
            raise JobError(f"{folder}: cannot be written: {error.strerror}") from error


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Where a worker unpacks; goes with the worker."""
    return tempfile.TemporaryDirectory(prefix="pregrasp-worker-")
