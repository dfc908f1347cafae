"""From the thread that ticks a tree to everybody who reads about it.

::

    Runner --event--> Broadcast --> encoder's thread --message--> thread of reader 1
                                                     `----------> thread of reader 2

The ticking thread only puts a reference into a list. Readers have threads and bounded
channels of their own, so that a slow one loses messages, pictures first, and nobody waits
for it. A reader that raises is let go, and the others are told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from pregrasp.runlog.channel import Channel
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.message import Message
from pregrasp.skills.capture import Capture
from pregrasp.trees.events import (
    EstimateMade,
    Event,
    LogLevel,
    MotionCommanded,
    NodeChanged,
    RunEnded,
    TreeStarted,
    ValueWritten,
)

QUIET = (NodeChanged, ValueWritten, MotionCommanded)
"""Events that wait for the end of their tick anyway."""

IDLE = 0.5
"""A reader that has got nothing for so long is told so, in real time [s]."""

WAITING_EVENTS = 50_000
"""How many events may wait to be encoded: some 300 bytes each."""

WAITING_PICTURES = 32
"""How many pictures may wait to be compressed: 2 MB each, from the camera."""

ESSENTIAL_EVENTS = (TreeStarted, EstimateMade, RunEnded)
"""Events without which the others of a run say little: they are the last to be given up."""

WAITING_TEXT = 8_000_000
"""How much may wait for one reader [characters of JSON]; five times that in memory."""

WAITING_JPEGS = 16
"""How many pictures may wait for one reader: 2 MB each, as it may want their pixels."""

ESSENTIAL = frozenset({"tree", "estimate", "end"})
"""Types of messages that are the last to be given up."""


class Reader(Protocol):
    """Gets the messages of runs, one by one, on a thread of its own."""

    name: str
    """For people who have to be told that it failed."""

    def receive(self, message: Message) -> None:
        """Take a message; what is raised ends the reading."""

    def idle(self) -> None:
        """Nothing has come for half a second."""

    def close(self) -> None:
        """There will be no more messages; called once, on the reader's thread."""


@dataclass(frozen=True, slots=True)
class _Labels:
    """What is known about the runs that begin after it."""

    labels: Mapping[str, str]


class _Reading:
    """A reader and its thread."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.error: Exception | None = None
        self.channel: Channel[Message | threading.Event] = Channel(WAITING_TEXT, WAITING_JPEGS)
        self.thread = threading.Thread(
            target=self._run, name=f"pregrasp reader {reader.name}", daemon=True
        )
        self.thread.start()

    def _run(self) -> None:
        closed = False
        while not closed:
            batch = self.channel.take(IDLE)
            closed = batch.closed
            for item in batch.items:
                if isinstance(item, threading.Event):
                    item.set()
                elif self.error is None:
                    self._receive(item)
            if not batch.items and not closed and self.error is None:
                self._idle()
            if (batch.lost or batch.lost_heavy) and self.error is None and batch.items:
                self._receive(_lost(batch.items, batch.lost, batch.lost_heavy))
        try:
            self.reader.close()
        except Exception as error:  # told by `Broadcast.errors`
            self.error = self.error or error

    def _idle(self) -> None:
        try:
            self.reader.idle()
        except Exception as error:  # as below
            self.error = error

    def _receive(self, message: Message) -> None:
        try:
            self.reader.receive(message)
        except Exception as error:  # a reader must not end the others' reading
            self.error = error


class Broadcast:
    """An observer that passes a run on to any number of readers; a context manager.

    Args:
        readers: Who reads from the beginning.
        encoder: Makes the messages.

    Example::

        with Broadcast([RunLog(folder)]) as broadcast:
            Runner(tree, cell, inputs, observers=[broadcast]).run()
    """

    def __init__(self, readers: Sequence[Reader] = (), encoder: Encoder | None = None) -> None:
        self._encoder = encoder or Encoder()
        self._lock = threading.Lock()
        self._readings = [_Reading(reader) for reader in readers]
        self._reported: set[int] = set()
        self._events: Channel[Event | _Labels | threading.Event] = Channel(
            WAITING_EVENTS, WAITING_PICTURES
        )
        self._thread = threading.Thread(target=self._run, name="pregrasp encoder", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Pass an event on; never waits."""
        heavy = isinstance(event, ValueWritten) and isinstance(event.value, Capture)
        essential = isinstance(event, ESSENTIAL_EVENTS)
        wake = not isinstance(event, QUIET)
        self._events.put(event, heavy=heavy, essential=essential, wake=wake)

    def label(self, **labels: str) -> None:
        """What is known about the runs that begin from now on, added to what was known.

        It keeps its place among the events: a run that was told before, and that the encoder
        has not come to yet, is not labelled.
        """
        self._events.put(_Labels(labels), essential=True, wake=False)

    def add(self, reader: Reader) -> None:
        """Let somebody else read, from now on."""
        with self._lock:
            self._readings.append(_Reading(reader))

    @property
    def errors(self) -> list[tuple[str, Exception]]:
        """Readers that failed, by name, and why."""
        with self._lock:
            return [(r.reader.name, r.error) for r in self._readings if r.error is not None]

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everybody has got what was told before.

        Args:
            timeout: Longest wait, in real time [s].

        Returns:
            Whether they have.
        """
        deadline = time.monotonic() + timeout
        mark = threading.Event()
        if not self._events.put(mark, essential=True) or not mark.wait(timeout):
            return False
        with self._lock:
            readings = list(self._readings)
        marks = []
        for reading in readings:
            mark = threading.Event()
            if reading.channel.put(mark, essential=True):
                marks.append(mark)
        return all(mark.wait(max(0.0, deadline - time.monotonic())) for mark in marks)

    def close(self, timeout: float = 10.0) -> None:
        """Let the readers finish and end the threads.

        Args:
            timeout: Longest wait for slow readers, in real time [s].
        """
        deadline = time.monotonic() + timeout
        self._events.close()
        self._thread.join(timeout)
        with self._lock:
            readings = list(self._readings)
        for reading in readings:
            reading.channel.close()
        for reading in readings:
            reading.thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        closed = False
        last = 0.0
        while not closed:
            batch = self._events.take()
            closed = batch.closed
            for event in batch.items:
                if isinstance(event, threading.Event):
                    event.set()
                    continue
                if isinstance(event, _Labels):
                    self._encoder.label(**event.labels)
                    continue
                last = event.time
                for message in self._encoder.encode(event):
                    self._send(message)
            if batch.lost or batch.lost_heavy:
                self._send(self._encoder.lost(last, batch.lost, batch.lost_heavy))
            self._report(last)

    def _send(self, message: Message) -> None:
        with self._lock:
            readings = list(self._readings)
        weight, heavy = _weight(message), message.picture is not None
        essential = message.type in ESSENTIAL
        for reading in readings:
            if reading.error is None:
                reading.channel.put(message, weight=weight, heavy=heavy, essential=essential)

    def _report(self, time: float) -> None:
        """Tell the others about readers that have failed."""
        for reading in tuple(self._readings):
            if reading.error is not None and id(reading) not in self._reported:
                self._reported.add(id(reading))
                text = f"{reading.reader.name} has stopped: {reading.error}"
                self._send(self._encoder.log(time, LogLevel.ERROR, text))


def _weight(message: Message) -> int:
    """Room that a message takes [characters]; readers need the text anyway."""
    try:
        return len(message.text)
    except ValueError:  # no JSON: a defect, which every reader reports for itself
        return 1000


def _lost(items: Sequence[Message | threading.Event], lost: int, lost_heavy: int) -> Message:
    """What a reader is told about what it missed, after what it did get."""
    last = next(item for item in reversed(items) if isinstance(item, Message))
    body = {
        "v": last.body["v"],
        "seq": last.body["seq"],
        "t": last.body["t"],
        "type": "lost",
        "messages": lost,
        "pictures": lost_heavy,
    }
    return Message(body=body)
