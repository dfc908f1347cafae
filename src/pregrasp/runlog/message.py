"""One message of the stream: what every reader gets; ``docs/events.md`` describes them all."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from py_trees.common import Status

from pregrasp.runlog.errors import MessageError
from pregrasp.runlog.images import Picture

VERSION = 1
"""Of the messages; a reader refuses what is newer."""

TYPES = frozenset({"tree", "tick", "image", "estimate", "pose", "motion", "log", "lost", "end"})
"""Every type of message."""

LETTERS = {Status.INVALID: "I", Status.RUNNING: "R", Status.SUCCESS: "S", Status.FAILURE: "F"}
"""Statuses in messages; I is a node that is idle: not ticked yet, or halted."""

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message on its way to readers."""

    body: Json
    """With ``v``, ``seq``, ``t`` and ``type``."""
    picture: Picture | None = field(default=None, repr=False)
    """Of an ``image`` message."""

    @property
    def type(self) -> str:
        """One of `TYPES`."""
        return str(self.body["type"])

    @property
    def time(self) -> float:
        """Of the cell's clock [s]."""
        return float(self.body["t"])

    @cached_property
    def text(self) -> str:
        """The body as JSON, made once however many readers there are."""
        return json.dumps(self.body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def parse(text: str | bytes) -> Message:
    """Read a message.

    Raises:
        MessageError: It is none, or of a later version.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        raise MessageError(f"found no JSON, expected a message: {error}") from None
    if not isinstance(body, dict) or not {"v", "seq", "t", "type"} <= body.keys():
        raise MessageError("found JSON without v, seq, t and type, expected a message")
    if body["v"] != VERSION:
        raise MessageError(
            f"found version {body['v']}, expected {VERSION}. Use the pregrasp that wrote it."
        )
    if body["type"] not in TYPES:
        raise MessageError(f"found type {body['type']!r}, expected one of {', '.join(TYPES)}")
    return Message(body=body)


def visited_ids(bits: str) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The numbers of the nodes in the ``visited`` of a ``tick`` message.

    Raises:
        MessageError: It is damaged.
    """
    try:
        data = np.frombuffer(base64.b64decode(bits, validate=True), np.uint8)
    except ValueError:
        raise MessageError("found no base 64 in 'visited'") from None
    return np.flatnonzero(np.unpackbits(data, bitorder="little"))
