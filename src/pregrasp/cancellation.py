"""A request to stop, handed down to whatever blocks.

Skills run slow work on worker threads. The worker gets a token, looks at it at every step,
and leaves by `CancelledError` as soon as somebody has cancelled it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pregrasp.errors import PregraspError


class CancelledError(PregraspError):
    """The work was cancelled before it was finished."""


class CancelToken:
    """A one-way switch, safe to share between threads.

    Example:
        >>> token = CancelToken()
        >>> token.cancelled
        False
        >>> token.cancel()
        >>> token.raise_if_cancelled()
        Traceback (most recent call last):
        ...
        pregrasp.cancellation.CancelledError: cancelled
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        # A signal handler may cancel while its own thread is in here.
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` has been called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask the holder of the token to stop; calling it again changes nothing.

        Example:
            >>> token = CancelToken()
            >>> forget = token.on_cancel(lambda: print("waking up"))
            >>> token.cancel()
            waking up
        """
        with self._lock:
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have something called once, when the token is cancelled, on the thread that does it.

        It is for waking up whoever waits for something else, so it must return at once and
        not raise. If the token is cancelled already, it is called here and now.

        Returns:
            Call this to be told no more.
        """
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def raise_if_cancelled(self) -> None:
        """Leave the work here if it was cancelled.

        Raises:
            CancelledError: `cancel` has been called.
        """
        if self._event.is_set():
            raise CancelledError("cancelled")

    def wait(self, seconds: float) -> bool:
        """Sleep in real time, but wake at once when cancelled.

        Args:
            seconds: Longest sleep [s].

        Returns:
            Whether the token was cancelled.
        """
        return self._event.wait(seconds)
