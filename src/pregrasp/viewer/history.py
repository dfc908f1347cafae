"""The recent past of the present run, for pages that come late; bounded in size."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from pregrasp.runlog.message import Message
from pregrasp.runlog.state import RunState

KEPT_TEXT = 24_000_000
"""Of the messages of a run [characters]; the oldest go first."""

KEPT_PICTURES = 64_000_000
"""Of the pictures of a run [bytes]; the oldest go first."""

KEPT_ESTIMATES = 500
"""Of those before the messages that are kept."""


class History:
    """Keeps messages and pictures; safe to share between threads.

    Args:
        text: How many characters of messages are kept.
        pictures: How many bytes of pictures are kept.
    """

    def __init__(self, *, text: int = KEPT_TEXT, pictures: int = KEPT_PICTURES) -> None:
        self._lock = threading.Lock()
        self._text_limit, self._picture_limit = text, pictures
        self._begin()

    def _begin(self) -> None:
        self._before, self._now = RunState(), RunState()
        self._recent: deque[Message] = deque()
        self._characters = 0
        self._pictures: dict[int, bytes] = {}
        self._picture_bytes = 0

    def add(self, message: Message) -> None:
        """Keep a message; a new tree drops everything before it."""
        with self._lock:
            if message.type == "tree":
                self._begin()
                self._apply(self._before, message)
            else:
                self._recent.append(message)
                self._characters += len(message.text)
            self._apply(self._now, message)
            while self._characters > self._text_limit:
                oldest = self._recent.popleft()
                self._characters -= len(oldest.text)
                self._apply(self._before, oldest)
            if message.picture is not None:
                self._keep_picture(message.picture.id, message.picture.jpeg)

    @staticmethod
    def _apply(state: RunState, message: Message) -> None:
        state.apply(message)
        del state.estimates[:-KEPT_ESTIMATES]

    def _keep_picture(self, number: int, jpeg: bytes) -> None:
        self._pictures[number] = jpeg
        self._picture_bytes += len(jpeg)
        while self._picture_bytes > self._picture_limit:
            oldest = next(iter(self._pictures))
            self._picture_bytes -= len(self._pictures.pop(oldest))

    def everything(self) -> list[str]:
        """The messages that bring a new page up to date, as JSON."""
        with self._lock:
            return [*_texts(self._before.snapshot()), *_texts(self._recent)]

    def present(self) -> list[str]:
        """The messages that say how things are now, as JSON."""
        with self._lock:
            return _texts(self._now.snapshot())

    def picture(self, run: str, number: int) -> bytes | None:
        """A picture as JPEG, or None if it is not, or no longer, kept."""
        with self._lock:
            tree = self._now.tree
            return self._pictures.get(number) if tree and tree["run"] == run else None


def _texts(messages: Iterable[Message]) -> list[str]:
    return [message.text for message in messages]
