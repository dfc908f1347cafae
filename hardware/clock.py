"""The time of a cell made of real devices."""

from __future__ import annotations

import threading
import time


class WallClock:
    """Time as it passes on the wall, from when the clock was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> float:
        """Seconds since the clock was made [s]."""
        return time.monotonic() - self._began

    def wait(self, wakeup: threading.Event, timeout: float) -> bool:
        """Wait for an event, at most ``timeout`` seconds.

        Returns:
            Whether the event was set.
        """
        return wakeup.wait(timeout)
