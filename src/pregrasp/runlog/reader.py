"""Reading a run log again, also one whose writer was killed.

The file is read from its beginning, chunk by chunk, so nothing of it needs to be complete;
where it breaks off, the reading ends and says so.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pregrasp.runlog.errors import LogFileError, MissingPackageError
from pregrasp.runlog.images import Picture, decode_image
from pregrasp.runlog.message import Message, parse
from pregrasp.runlog.schemas import EVENTS, IMAGE, PIXELS


class RecordedRun:
    """A run in its files.

    Args:
        files: Its MCAP files in their order; `run_files` finds them.

    Raises:
        MissingPackageError: The package ``mcap`` is missing.

    Example::

        run = RecordedRun(run_files(path))
        for message in run.messages():
            state.apply(message)
    """

    def __init__(self, files: Sequence[Path]) -> None:
        _mcap()
        self.files = tuple(files)
        self.complete = True
        """Whether all files read so far end as they should."""

    def messages(self, *, pixels: bool = False, jpegs: bool = True) -> Iterator[Message]:
        """Every message in order, those of pictures with their JPEG.

        Args:
            pixels: Whether to bring the pictures as the camera took them too, where the log
                has them.
            jpegs: Whether to bring the pictures at all; without them reading is faster.

        Raises:
            LogFileError: A file cannot be read, or is no run log.
            MessageError: It is of a later version.
        """
        self.complete = True
        seen = 0
        for number, path in enumerate(self.files):
            for message in self._of_file(path, pixels, jpegs):
                seq = int(message.body["seq"])
                # Every file but the first begins with the state so far.
                if number and (seq <= seen or message.type == "tree"):
                    continue
                seen = max(seen, seq)
                yield message

    def _of_file(self, path: Path, pixels: bool, jpegs: bool) -> Iterator[Message]:
        small: dict[int, bytes] = {}
        pngs: dict[int, bytes] = {}
        for topic, number, data in self._records(path):
            if topic == IMAGE and jpegs:
                small[number] = _image_data(path, data)
            elif topic == PIXELS and pixels:
                pngs[number] = _image_data(path, data)
            elif topic == EVENTS:
                message = parse(data)
                if message.type == "image":
                    identity = int(message.body["id"])
                    message = _with_picture(
                        message, small.pop(identity, b""), pngs.pop(identity, b"")
                    )
                yield message

    def _records(self, path: Path) -> Iterator[tuple[str, int, bytes]]:
        """Topic, sequence number and content of every message."""
        from mcap.exceptions import McapError
        from mcap.records import Channel, Footer
        from mcap.records import Message as Record
        from mcap.stream_reader import StreamReader

        channels: dict[int, str] = {}
        ended = False
        try:
            with path.open("rb") as file:
                # A truncated file may end in anything, so its sums are checked.
                for record in StreamReader(file, validate_crcs=True).records:
                    if isinstance(record, Channel):
                        channels[record.id] = record.topic
                    elif isinstance(record, Record):
                        yield channels.get(record.channel_id, ""), record.sequence, record.data
                    ended = isinstance(record, Footer)
        except OSError as error:
            raise LogFileError(path, f"cannot be read: {error.strerror}.") from error
        except (
            McapError,
            EOFError,
            ValueError,
            struct.error,
            # A damaged length field asks for more than any machine has.
            MemoryError,
            _zstd_error(),
        ) as error:
            if not channels:
                raise LogFileError(path, f"this is no run log: {error!r}.") from error
        self.complete = self.complete and ended


def run_files(path: Path) -> tuple[Path, ...]:
    """All files of the run that a file belongs to.

    Raises:
        LogFileError: There is no such file.
    """
    if not path.is_file():
        raise LogFileError(path, "there is no such file.", "`pregrasp runs` lists the runs.")
    stem = re.sub(r"(\.\d+)?\.mcap$", "", path.name)
    numbered = {
        int(match.group(1) or 0): other
        for other in path.parent.iterdir()
        if (match := re.fullmatch(re.escape(stem) + r"(?:\.(\d+))?\.mcap", other.name))
    }
    return tuple(numbered[number] for number in sorted(numbered)) or (path,)


def _with_picture(message: Message, jpeg: bytes, png: bytes) -> Message:
    if not jpeg:
        return message
    picture = Picture(
        id=int(message.body["id"]),
        jpeg=jpeg,
        width=int(message.body["width"]),
        height=int(message.body["height"]),
        pixels=decode_image(png) if png else None,
    )
    return Message(body=message.body, picture=picture)


def _image_data(path: Path, data: bytes) -> bytes:
    try:
        content: dict[str, Any] = json.loads(data)
        return base64.b64decode(content["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise LogFileError(path, f"a picture in it is damaged: {error!r}.") from error


def _zstd_error() -> type[Exception]:
    from zstandard import ZstdError

    return ZstdError


def _mcap() -> None:
    try:
        import mcap.stream_reader  # noqa: F401 - only to see whether it is there
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "mcap":
            raise
        raise MissingPackageError("a run log", "mcap", "log") from error
