"""Requests and replies of the Groot2 protocol, version 2, as BehaviorTree.CPP 4 speaks it.

A request's first part is a header of six bytes: the version, a letter, and a number of the
asker's choice. A reply repeats the header and adds sixteen bytes that name the tree.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

from pregrasp.errors import PregraspError

VERSION = 2

FULL_TREE = "T"
STATUS = "S"
BLACKBOARD = "B"
HOOK_INSERT = "I"
HOOK_REMOVE = "R"
HOOKS_REMOVE_ALL = "A"
HOOKS_DISABLE = "X"
HOOKS_DUMP = "D"
UNLOCK = "U"
RECORDING = "r"
TRANSITIONS = "t"

LETTERS = frozenset("TSBIRAXDUrt")
"""Every type of request."""

CODES = {"I": 0, "R": 1, "S": 2, "F": 3}
"""Statuses on the wire by their letters in our messages."""

WAS = 10
"""Added to what a node was, when it has become idle since."""

_HEADER = struct.Struct("<BBI")


class GrootError(PregraspError):
    """A request that cannot be answered; its text is the answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to know."""

    letter: str
    """One of `LETTERS`."""
    number: int
    """To be repeated in the reply."""

    @classmethod
    def parse(cls, part: bytes) -> Request:
        """Read the first part of a request.

        Raises:
            GrootError: It is no request of this version.
        """
        if len(part) != _HEADER.size:
            raise GrootError(f"found a header of {len(part)} bytes, expected {_HEADER.size}")
        version, code, number = _HEADER.unpack(part)
        if version != VERSION:
            raise GrootError(f"found protocol version {version}, expected {VERSION}")
        letter = chr(code)
        if letter not in LETTERS:
            raise GrootError(f"found request {letter!r}, expected one of {''.join(LETTERS)}")
        return cls(letter, number)

    def header(self) -> bytes:
        """The request as it is sent, without content."""
        return _HEADER.pack(VERSION, ord(self.letter), self.number)

    def reply_header(self, tree: UUID) -> bytes:
        """The first part of its reply."""
        return self.header() + tree.bytes


def pack_status(number: int, code: int) -> bytes:
    """One node's status: its number and a code, three bytes."""
    return struct.pack("<HB", uid(number), code)


def pack_transition(microseconds: int, number: int, code: int) -> bytes:
    """A change at a time since the recording began, nine bytes."""
    return (microseconds & 0xFFFFFFFFFFFF).to_bytes(6, "little") + pack_status(number, code)


def uid(number: int) -> int:
    """The protocol counts nodes from 1.

    Raises:
        GrootError: The tree is too large for it.
    """
    if number >= 0xFFFF:
        raise GrootError("the protocol can number 65,535 nodes, and this tree has more")
    return number + 1
