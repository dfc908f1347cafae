"""The time of a simulated cell: modelled device time, not the wall's.

A move that takes a real arm 0.8 s adds 0.8 s, however fast the computer went through it.
Nothing else makes time pass, except somebody who waits for it while nothing is going on.
Work that somebody expects to end is going on, so a busy computer does not add to the time:
the same episode takes the same modelled time on any machine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class SimulatedClock:
    """A clock that devices move forward.

    Args:
        pace: Simulated seconds per real second, for people who watch; None runs as fast as
            the machine can.
        linger: How long `wait` gives other threads to set the event before it lets
            simulated time pass [s of the wall].
        patience: The same while work is expected to end. Work that has used it up is thought
            to hang, and time passes as if there were none. Work that itself waits for this
            clock does not hold it up.
    """

    _SLICE = 0.002
    """How often a waiting thread looks whether a device has finished [s of the wall]."""

    def __init__(
        self, *, pace: float | None = None, linger: float = 0.02, patience: float = 10.0
    ) -> None:
        if pace is not None and pace <= 0:
            raise ValueError(f"a clock's pace must be positive, not {pace}")
        self._pace = pace
        self._linger = linger
        self._lock = threading.Lock()
        self._now = 0.0
        self._working = 0
        self._patience = patience
        self._expected: set[object] = set()
        self._waiting = 0

    def now(self) -> float:
        """Modelled seconds since the cell was made [s]."""
        with self._lock:
            return self._now

    @property
    def paced(self) -> bool:
        """Whether time is held back for people who watch."""
        return self._pace is not None

    def advance(self, seconds: float) -> None:
        """Let modelled time pass; called by devices.

        Args:
            seconds: Not negative [s].
        """
        if seconds < 0:
            raise ValueError(f"time does not go back: asked to advance by {seconds} s")
        if self._pace is not None:
            time.sleep(seconds / self._pace)
        with self._lock:
            self._now += seconds

    @contextmanager
    def working(self) -> Iterator[None]:
        """While inside, waiting for an event waits for real: somebody is busy.

        Devices enter it for every command. Programs may do so for slow computations, so
        that a tree that waits for the answer does not let hours of simulated time pass.
        """
        with self._lock:
            self._working += 1
        try:
            yield
        finally:
            with self._lock:
                self._working -= 1

    def expect(self) -> Callable[[], None]:
        """Say that work has begun that will set the event which `wait` waits for.

        Returns:
            To be called when the work is over, after the event was set.
        """
        work = object()
        with self._lock:
            self._expected.add(work)

        def over() -> None:
            with self._lock:
                self._expected.discard(work)

        return over

    def wait(self, wakeup: threading.Event, timeout: float) -> bool:
        """Wait for an event, at most ``timeout`` simulated seconds.

        While a device is busy its modelled time counts. While nothing is, the time asked
        for passes at once.

        Returns:
            Whether the event was set.
        """
        if wakeup.is_set():
            return True
        with self._lock:
            self._waiting += 1
        try:
            return self._wait(wakeup, timeout)
        finally:
            with self._lock:
                self._waiting -= 1

    def _wait(self, wakeup: threading.Event, timeout: float) -> bool:
        deadline = self.now() + timeout
        quiet_since = time.monotonic()
        while True:
            with self._lock:
                late, busy = self._now >= deadline, self._working > 0
                # One of those who wait is the tree; the others are work of its own.
                computing = len(self._expected) > self._waiting - 1
                linger = self._patience if computing else self._linger
            if late:
                return wakeup.is_set()
            if busy:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= linger:
                if wakeup.is_set():  # set just before the work was reported to be over
                    return True
                if computing:
                    with self._lock:
                        self._expected.clear()
                break
            if wakeup.wait(self._SLICE):
                return True
        with self._lock:
            remaining = deadline - self._now
        if remaining > 0:
            self.advance(remaining)
        return wakeup.is_set()
