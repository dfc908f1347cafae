"""The values of one run of one tree.

py_trees keeps one blackboard for a whole process, so that two trees in one program share
every key. Here each run has its own. Slots are found by name once, when the tree is built;
after that nodes hold the slots themselves.

The thread that ticks the tree writes; any thread may read at any time. A value and its
numbers are replaced as one, so a reader never sees half of a write, and a reader who
remembers the last revision it has seen is told what is newer::

    seen, changes = board.changes_since(seen)
"""

from __future__ import annotations

import enum
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from pregrasp.trees.errors import TreeError


class Absence(enum.Enum):
    """What stands where no value is any more."""

    WITHDRAWN = "withdrawn"
    """Its writer has failed or was halted since, and nobody may act upon the old value."""


WITHDRAWN: Final = Absence.WITHDRAWN


class Entry(NamedTuple):
    """A value and how often its slot has been written; replaced as one, never torn."""

    value: Any
    sequence: int
    """How often this slot has been written."""
    revision: int
    """How often any slot of the blackboard had been written with this write."""


class Slot:
    """One key of a blackboard."""

    __slots__ = ("_board", "_entry", "key")

    def __init__(self, key: str, board: Blackboard) -> None:
        self.key = key
        self._entry: Entry | None = None
        self._board = board

    @property
    def entry(self) -> Entry | None:
        """Value and sequence number, or None before the first write."""
        return self._entry

    @property
    def value(self) -> Any:
        """The present value.

        Raises:
            TreeError: Nothing was written yet; loading a tree makes sure of the order, so
                this means that a node writes less than it promises. Or the value was
                withdrawn: a tree goes on where it should have ended.
        """
        entry = self._entry
        if entry is None:
            raise TreeError(f"{self.key!r} is read before it was written")
        if entry.value is WITHDRAWN:
            raise TreeError(
                f"{self.key!r} is out of date: the node that writes it has failed or was halted "
                "since. Let it succeed again before anything acts upon its value."
            )
        return entry.value

    @property
    def shown(self) -> str:
        """The reference as people wrote it, for messages."""
        return f"{{{self.key.rpartition('/')[2]}}}"

    def write(self, value: Any) -> None:
        """Replace the value and tell whoever watches."""
        board = self._board
        with board.lock:
            before = self._entry
            board.revision += 1
            self._entry = Entry(value, before.sequence + 1 if before else 1, board.revision)
        if board.written is not None:
            board.written(self.key, value)

    def withdraw(self) -> None:
        """Let nobody read the value any more, until the next one is written."""
        if self._entry is not None and self._entry.value is not WITHDRAWN:
            self.write(WITHDRAWN)


class FieldOfSlot:
    """A field, or a field of a field, of the value of a slot."""

    __slots__ = ("_fields", "_get", "_slot")

    def __init__(self, slot: Slot, fields: Sequence[str]) -> None:
        self._slot = slot
        self._fields = ".".join(fields)
        self._get = operator.attrgetter(self._fields)

    @property
    def shown(self) -> str:
        """The reference as people wrote it, for messages."""
        return f"{self._slot.shown[:-1]}.{self._fields}}}"

    @property
    def value(self) -> Any:
        """The field of the present value."""
        return self._get(self._slot.value)


class Blackboard:
    """Slots by key.

    Args:
        written: Called with key and value after every write, on the writing thread.
    """

    def __init__(self, written: Callable[[str, Any], None] | None = None) -> None:
        self._slots: dict[str, Slot] = {}
        self.written = written
        self.lock = threading.Lock()
        """Held while a slot is made, and while a value and its numbers are replaced."""
        self.revision = 0
        """How often anything has been written."""

    def slot(self, key: str) -> Slot:
        """The slot of a key, made if it is new."""
        with self.lock:
            found = self._slots.get(key)
            if found is None:
                found = self._slots[key] = Slot(key, self)
            return found

    def __iter__(self) -> Iterator[str]:
        with self.lock:
            return iter(sorted(self._slots))

    def snapshot(self) -> dict[str, Entry]:
        """Everything that has been written so far, as it was at one moment."""
        with self.lock:
            entries = ((key, slot.entry) for key, slot in self._slots.items())
            return {key: entry for key, entry in entries if entry is not None}

    def changes_since(self, revision: int) -> tuple[int, dict[str, Entry]]:
        """What was written after a revision: the present revision, and the newer entries.

        Args:
            revision: The last one that was seen; 0 for everything.
        """
        with self.lock:
            entries = ((key, slot.entry) for key, slot in self._slots.items())
            newer = {k: entry for k, entry in entries if entry and entry.revision > revision}
            return self.revision, newer

    def values(self) -> dict[str, Any]:
        """The value of everything that has been written so far and is still true."""
        entries = self.snapshot().items()
        return {key: entry.value for key, entry in entries if entry.value is not WITHDRAWN}
