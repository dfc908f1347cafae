"""The time of a cell made of real devices."""

from __future__ import annotations

import threading
import time


class WallClock:
    """Time as it passes on the wall."""

    def now(self) -> float:
        """Seconds since an arbitrary start [s]."""
        return time.monotonic()

    def wait(self, wakeup: threading.Event, timeout: float) -> bool:
        """Wait for an event, at most ``timeout`` seconds.

        Returns:
            Whether the event was set.
        """
        return wakeup.wait(timeout)
