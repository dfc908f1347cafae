"""A bounded way from one thread to another on which the sender never waits."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

RESERVE = 10
"""One part in so many is added to the room for essential items."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """What has come since the last look, in order."""

    items: list[T]
    """What came through."""
    lost: int
    """How many light items did not, since the last batch."""
    lost_heavy: int
    """How many heavy items did not."""
    closed: bool
    """Whether nothing more will come."""


class Channel(Generic[T]):
    """Holds what a reader has not taken yet; what does not fit is counted and given up.

    Pictures are heavy items: there is room for a few of them only, so they go first. Essential
    items, such as the beginning and the end of a run, may use a tenth more than the others.

    Args:
        capacity: How much may wait, heavy items aside: the sum of the weights.
        heavy_capacity: How many heavy items may wait.
    """

    def __init__(self, capacity: int, heavy_capacity: int = 16) -> None:
        self._capacity = capacity
        self._reserve = capacity // RESERVE
        self._heavy_capacity = heavy_capacity
        self._weight = 0
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._items: list[T] = []
        self._heavy = 0
        self._lost = 0
        self._lost_heavy = 0
        self._closed = False

    def put(
        self,
        item: T,
        *,
        weight: int = 1,
        heavy: bool = False,
        essential: bool = False,
        wake: bool = True,
    ) -> bool:
        """Hand an item over, or give it up; never waits.

        Args:
            item: What to hand over.
            weight: How much of the room it takes, in the unit of the capacity.
            heavy: Whether it is a picture, which are counted instead of weighed.
            essential: Whether the others are worth little without it.
            wake: Whether the reader shall look at once; otherwise it does at the next item
                that wakes it.

        Returns:
            Whether there was room.
        """
        with self._lock:
            if self._closed:
                return False
            if heavy and self._heavy >= self._heavy_capacity:
                self._lost_heavy += 1
                return False
            room = self._capacity + (self._reserve if essential else 0)
            if not heavy and self._weight + weight > room:
                self._lost += 1
                return False
            self._items.append(item)
            self._heavy += heavy
            self._weight += 0 if heavy else weight
        if wake:
            self._ready.set()
        return True

    def take(self, timeout: float | None = None) -> Batch[T]:
        """Wait for items and take all of them.

        Args:
            timeout: Longest wait, in real time; None waits for ever [s].
        """
        self._ready.wait(timeout)
        with self._lock:
            batch = Batch(self._items, self._lost, self._lost_heavy, self._closed)
            self._items, self._heavy, self._weight = [], 0, 0
            self._lost = self._lost_heavy = 0
            if not self._closed:
                self._ready.clear()
        return batch

    def close(self) -> None:
        """Take nothing more; the reader still gets what is waiting."""
        with self._lock:
            self._closed = True
        self._ready.set()
