"""The run log: a reader that writes every run into MCAP files and an index.

A run is ``RUN.mcap``; when that has grown too large it goes on in ``RUN.1.mcap``, which
begins with the state so far and can be read alone. When the folder has grown too large, the
files of the oldest runs go; their lines in the index stay.

Neither a full disk nor a lost folder stops anything: what happened is told once, and the
next run tries again. Runs that an earlier process left behind unfinished are found when the
log is opened: see `pregrasp.runlog.repair`.
"""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pregrasp.runlog.errors import LogFileError
from pregrasp.runlog.images import encode_png
from pregrasp.runlog.index import FILE as INDEX_FILE
from pregrasp.runlog.index import RunIndex
from pregrasp.runlog.message import Message
from pregrasp.runlog.repair import Repair, repair_index
from pregrasp.runlog.schemas import (
    EVENTS,
    IMAGE,
    LOG,
    PIXELS,
    TOOL,
    TRANSFORMS,
    compressed_image,
    frame_transform,
    log_line,
    pose_in_frame,
)
from pregrasp.runlog.segment import Segment
from pregrasp.runlog.state import RunState

FLUSH_PERIOD = 0.5
"""The most that is lost when the process is killed, in real time [s]."""

LARGEST_FILE = 256_000_000
"""A run goes on in another file then [bytes]."""

LARGEST_FOLDER = 10_000_000_000
"""The oldest runs' files are removed then [bytes]."""


class RunLog:
    """Writes what it reads; see `pregrasp.runlog.broadcast.Reader`.

    Args:
        folder: For the files and the index; made if it is not there.
        keep_pixels: Whether to keep every picture pixel by pixel as well, so that another
            model can be asked about it later; about 1.5 MB each.
        largest_file: See `LARGEST_FILE` [bytes].
        largest_folder: See `LARGEST_FOLDER` [bytes].
        on_problem: Told, on the reader's thread, when the log of a run cannot be written.
    """

    name = "run log"

    def __init__(
        self,
        folder: Path,
        *,
        keep_pixels: bool = True,
        largest_file: int = LARGEST_FILE,
        largest_folder: int = LARGEST_FOLDER,
        on_problem: Callable[[LogFileError], None] = lambda problem: None,
    ) -> None:
        self._folder = folder
        self._keep_pixels = keep_pixels
        self._largest_file = largest_file
        self._largest_folder = largest_folder
        self._on_problem = on_problem
        self._state = RunState()
        self._segment: Segment | None = None
        self._index: RunIndex | None = None
        self._indexed = False
        self._files: list[Path] = []
        self._began_ns = 0
        self._flushed = 0.0
        self._told = ""
        self.problem: LogFileError | None = None
        """What went wrong last."""
        self.found = self._look()
        """What earlier processes had left behind."""

    @property
    def run(self) -> str:
        """Name of the latest run, or an empty text."""
        return "" if self._state.tree is None else str(self._state.tree["run"])

    def receive(self, message: Message) -> None:
        """Write a message."""
        self._state.apply(message)
        begins, ends = message.type == "tree", message.type == "end"
        with self._file_may_fail():
            if begins:
                self._begin_file(message)
            if self._segment is not None:
                self._write(self._segment, message)
                if ends:
                    self._end_file()
                elif begins or time.monotonic() - self._flushed > FLUSH_PERIOD:
                    self._flush()
        if message.type == "lost" and message.body["messages"]:
            self._tell(
                self._folder,
                f"{message.body['messages']} messages of a run came too fast to be written.",
                "Its log has a gap; how it ended is known. A faster disk helps.",
            )
        if begins or ends:
            with self._index_may_fail():
                self._note(ends=ends)

    def idle(self) -> None:
        """Nothing has come for a while: nothing may wait in memory."""
        with self._file_may_fail():
            self._flush()

    def close(self) -> None:
        """Finish the file of a run that has not ended."""
        with self._file_may_fail():
            self._end_file()
        if self._index is not None:
            self._index.close()
            self._index = None

    def _look(self) -> Repair:
        with self._index_may_fail():
            if self._folder.is_dir():
                return repair_index(self._folder)
        return Repair()

    def _begin_file(self, message: Message) -> None:
        self._end_file()  # of a run before that was cut off without an end
        self._files = []
        self._folder.mkdir(parents=True, exist_ok=True)
        started = datetime.datetime.fromisoformat(message.body["started"])
        self._began_ns = round(started.timestamp() * 1e9) - round(message.time * 1e9)
        self._open()
        self._make_room()

    def _note(self, *, ends: bool) -> None:
        """Have the index know the run, as it stands."""
        tree = self._state.tree
        if tree is None:
            return
        if self._index is None:
            self._index = RunIndex(self._folder)
        if not ends or not self._indexed:
            self._indexed = False
            self._index.begin(tree, self._files)
            self._indexed = True
        if ends:
            self._index.finish(self.run, self._state)

    def _open(self) -> None:
        number = len(self._files)
        path = self._folder / (f"{self.run}.{number}.mcap" if number else f"{self.run}.mcap")
        tree = self._state.tree or {}
        about = {"run": self.run, "tree": str(tree.get("tree", "")), "segment": str(number)}
        labels = {str(key): str(value) for key, value in dict(tree.get("labels", {})).items()}
        self._segment = Segment(path, {**labels, **about})
        self._files.append(path)
        self._flushed = time.monotonic()

    def _write(self, segment: Segment, message: Message) -> None:
        time_ns = self._began_ns + round(message.time * 1e9)
        body, picture = message.body, message.picture
        if picture is not None:
            # Before the event, so that a reader has the picture when it is spoken of.
            if self._keep_pixels and picture.pixels is not None:
                png = compressed_image(time_ns, encode_png(picture.pixels), "png")
                segment.write(PIXELS, png, time_ns, picture.id)
            jpeg = compressed_image(time_ns, picture.jpeg, "jpeg")
            segment.write(IMAGE, jpeg, time_ns, picture.id)
        segment.write(EVENTS, message.text, time_ns, int(body["seq"]))
        if message.type == "log":
            segment.write(LOG, log_line(time_ns, body, self._state.tree), time_ns, body["seq"])
        elif message.type == "pose":
            pose = body["T_base_tool"]
            segment.write(TOOL, pose_in_frame(time_ns, pose), time_ns, body["seq"])
            segment.write(TRANSFORMS, frame_transform(time_ns, pose), time_ns, body["seq"])

    def _flush(self) -> None:
        if self._segment is None:
            return
        self._segment.flush()
        self._flushed = time.monotonic()
        if self._segment.size > self._largest_file:
            self._rotate()

    def _rotate(self) -> None:
        """Go on in another file."""
        if self._segment is not None:
            self._segment.finish()
            self._segment = None
        self._open()
        if self._segment is not None:
            for message in self._state.snapshot():
                self._write(self._segment, message)
        with self._index_may_fail():
            if self._index is not None:
                self._index.set_files(self.run, self._files)
        self._make_room()

    def _end_file(self) -> None:
        if self._segment is not None:
            self._segment.finish()
            self._segment = None

    def _make_room(self) -> None:
        """Remove the files of the oldest runs while the folder is too large."""
        files = sorted(self._folder.glob("*.mcap"))
        sizes = {path: path.stat().st_size for path in files}
        total = sum(sizes.values())
        for path in files:
            if total <= self._largest_folder:
                return
            if path not in self._files:
                path.unlink()
                total -= sizes[path]

    @contextlib.contextmanager
    def _file_may_fail(self) -> Iterator[None]:
        """A file that cannot be written is left alone; the next run tries again."""
        try:
            yield
        except OSError as error:
            if self._segment is not None:
                self._segment.abandon()
                self._segment = None
            where = self._files[-1] if self._files else self._folder
            self._tell(
                where,
                f"the run log cannot be written: {error.strerror or error}.",
                "The run goes on without it. Make room, or choose another folder by --log.",
            )

    @contextlib.contextmanager
    def _index_may_fail(self) -> Iterator[None]:
        """The log does without its index; it is made good at the next start."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            self._tell(
                self._folder / INDEX_FILE,
                f"the index of runs cannot be written: {error}.",
                "What is missing is added when the folder is opened again.",
            )
        except LogFileError as error:
            self._tell_error(error)

    def _tell(self, path: Path, found: str, remedy: str) -> None:
        self._tell_error(LogFileError(path, found, remedy))

    def _tell_error(self, problem: LogFileError) -> None:
        """Say it once for each run: what ails the file mostly ails the index as well."""
        self.problem = problem
        if self._told != (self.run or "-"):
            self._told = self.run or "-"
            self._on_problem(problem)
