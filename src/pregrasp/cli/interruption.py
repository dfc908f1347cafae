"""Ctrl-C as a request: the first one asks the job to stop, the second one insists."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from pregrasp.cancellation import CancelToken


@contextlib.contextmanager
def cancel_on_interrupt(on_request: Callable[[], None]) -> Iterator[CancelToken]:
    """A token that SIGINT and SIGTERM cancel while the block runs.

    Signals belong to programs, so only the command line uses this; elsewhere than on the
    main thread it gives a token that nothing cancels.

    Args:
        on_request: Called once, when the first signal arrives; it may print.
    """
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()
        on_request()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield token
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
