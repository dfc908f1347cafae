"""The values of one run of one tree.

py_trees keeps one blackboard for a whole process, so that two trees in one program share
every key. Here each run has its own. Slots are found by name once, when the tree is built;
after that nodes hold the slots themselves. Any thread may read.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from pregrasp.trees.errors import TreeError


class Entry(NamedTuple):
    """A value and how often its slot has been written; replaced as one, never torn."""

    value: Any
    sequence: int


class Slot:
    """One key of a blackboard."""

    __slots__ = ("_entry", "_written", "key")

    def __init__(self, key: str, written: Callable[[str, Any], None] | None = None) -> None:
        self.key = key
        self._entry: Entry | None = None
        self._written = written

    @property
    def entry(self) -> Entry | None:
        """Value and sequence number, or None before the first write."""
        return self._entry

    @property
    def value(self) -> Any:
        """The present value.

        Raises:
            TreeError: Nothing was written yet; loading a tree makes sure of the order, so
                this means that a node writes less than it promises.
        """
        entry = self._entry
        if entry is None:
            raise TreeError(f"{self.key!r} is read before it was written")
        return entry.value

    def write(self, value: Any) -> None:
        """Replace the value and tell whoever watches."""
        before = self._entry
        self._entry = Entry(value, before.sequence + 1 if before else 1)
        if self._written is not None:
            self._written(self.key, value)


class FieldOfSlot:
    """A field, or a field of a field, of the value of a slot."""

    __slots__ = ("_get", "_slot")

    def __init__(self, slot: Slot, fields: Sequence[str]) -> None:
        self._slot = slot
        self._get = operator.attrgetter(".".join(fields))

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
        self._written = written

    def slot(self, key: str) -> Slot:
        """The slot of a key, made if it is new."""
        if key not in self._slots:
            self._slots[key] = Slot(key, self._written)
        return self._slots[key]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._slots))

    def values(self) -> dict[str, Any]:
        """Everything that has been written so far."""
        entries = ((key, slot.entry) for key, slot in list(self._slots.items()))
        return {key: entry.value for key, entry in entries if entry is not None}
