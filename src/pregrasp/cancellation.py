"""A request to stop, handed down to whatever blocks.

Skills run slow work on worker threads. The worker gets a token, looks at it at every step,
and leaves by `CancelledError` as soon as somebody has cancelled it.
"""

from __future__ import annotations

import threading

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

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` has been called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask the holder of the token to stop; calling it again changes nothing."""
        self._event.set()

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
