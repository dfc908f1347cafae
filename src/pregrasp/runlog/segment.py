"""One MCAP file of a run log.

Everything goes into small compressed chunks. A chunk is closed, and handed to the operating
system, twice a second: after ``kill -9`` what was told before that is readable. The file is
locked while it is written, so that others can tell a run under way from one that was killed.
It has another name until its first messages are in it, so that no file of a log is ever empty.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pregrasp.runlog.errors import MissingPackageError
from pregrasp.runlog.schemas import SCHEMAS, TOPICS

if TYPE_CHECKING:
    from mcap.writer import Writer

CHUNK = 256 * 1024
"""Chunks are closed at this size, or when `Segment.flush` is called [bytes]."""

BEGUN = ".begun"
"""Behind the name of a file of which nothing can be read yet."""


class Segment:
    """A file that is being written.

    Args:
        path: A file that does not exist yet; it is there after the first `flush`.
        metadata: About the run, readable without reading the messages.

    Raises:
        OSError: It cannot be written.
        MissingPackageError: The package ``mcap`` is missing.
    """

    def __init__(self, path: Path, metadata: dict[str, str]) -> None:
        writer_class, library = _mcap()
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        self.path = path
        self._begun: Path | None = path.with_name(path.name + BEGUN)
        self._file: IO[bytes] = open_segment(self._begun)
        # Goes with the process, however that ends. Some file systems know no locks.
        with contextlib.suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._writer: Any = writer_class(self._file, chunk_size=CHUNK)
        self._writer.start(profile="", library=library)
        self._writer.add_metadata("run", metadata)
        self._channels: dict[str, int] = {}
        schemas: dict[str, int] = {}
        for topic, name in TOPICS.items():
            if name not in schemas:
                schemas[name] = self._writer.register_schema(name, "jsonschema", SCHEMAS[name])
            self._channels[topic] = self._writer.register_channel(topic, "json", schemas[name])
        self._unflushed = 0

    def write(self, topic: str, content: str | dict[str, Any], time_ns: int, seq: int) -> None:
        """Add a message.

        Args:
            topic: A key of `TOPICS`.
            content: JSON, or what becomes JSON.
            time_ns: When it happened, since 1970 [ns].
            seq: Number of the event, or of the picture.

        Raises:
            OSError: It cannot be written.
        """
        text = content if isinstance(content, str) else json.dumps(content)
        data = text.encode("utf-8", errors="replace")
        self._unflushed += len(data)
        self._writer.add_message(self._channels[topic], time_ns, data, time_ns, seq)

    def flush(self) -> None:
        """Hand everything to the operating system.

        Raises:
            OSError: It cannot be written.
        """
        if self._unflushed:
            self._writer.flush()
            self._unflushed = 0
            self._show()

    @property
    def size(self) -> int:
        """Bytes in the file, and about as many as wait [bytes]."""
        return self._file.tell() + self._unflushed

    def finish(self) -> None:
        """Write the index of the file, bring it to the disk and close it.

        Raises:
            OSError: It cannot be written.
        """
        try:
            self._writer.finish()
            self._file.flush()
            self._show()
            os.fsync(self._file.fileno())
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file as it is."""
        # What is still in the buffer cannot be written either.
        with contextlib.suppress(OSError):
            self._file.close()
        if self._begun is not None:
            with contextlib.suppress(OSError):
                self._begun.unlink()

    def _show(self) -> None:
        """Give the file its name."""
        if self._begun is not None:
            self._begun.rename(self.path)
            self._begun = None


def open_segment(path: Path) -> IO[bytes]:
    """A new file.

    Raises:
        OSError: It exists, or cannot be made.
    """
    return path.open("xb")


def is_being_written(path: Path) -> bool:
    """Whether a living process, this one or another, has the file open as a segment.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False  # a file system without locks
    return False


def _mcap() -> tuple[type[Writer], str]:
    try:
        from mcap.writer import Writer
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "mcap":
            raise
        raise MissingPackageError("a run log", "mcap", "log") from error
    return Writer, "pregrasp"
