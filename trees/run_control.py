"""Holding a run up and letting it go, from any thread.

Pausing keeps the tree from being ticked: nothing new begins. A skill that is at work
finishes what it does; a move that has begun is not cut in two. Interrupting ends the run,
also a paused one. Time limits go by the cell's clock and do not stand still.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pregrasp.cancellation import CancelToken


class RunControl:
    """The handle on one run.

    Args:
        token: Cancelled by `interrupt`; without it the control makes its own.

    Example::

        control = RunControl()
        control.pause()
        threading.Thread(target=lambda: runner.run(control=control)).start()
        control.step()
        control.resume()
    """

    def __init__(self, token: CancelToken | None = None) -> None:
        self.token = token or CancelToken()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._paused = False
        self._steps = 0
        self._ticks = 0
        self._ended = False
        self._wake: Callable[[], None] = lambda: None

    @property
    def paused(self) -> bool:
        """Whether the tree is held up."""
        return self._paused

    @property
    def ticks(self) -> int:
        """How often the tree has been ticked."""
        return self._ticks

    def pause(self) -> None:
        """Let nothing new begin; returns at once, a tick under way is finished."""
        with self._lock:
            self._paused, self._steps = True, 0

    def resume(self) -> None:
        """Go on ticking."""
        with self._lock:
            self._paused, self._steps = False, 0
        self._wake()

    def step(self, count: int = 1, timeout: float | None = None) -> bool:
        """Tick a number of times and stay paused.

        Args:
            count: How often.
            timeout: How long to wait for that, in real time; None returns at once [s].

        Returns:
            Whether the ticks are done, or the run is over.
        """
        with self._lock:
            self._paused = True
            self._steps += count
            goal = self._ticks + self._steps
        self._wake()
        if timeout is None:
            return False
        with self._idle:
            return self._idle.wait_for(lambda: self._ended or self._ticks >= goal, timeout)

    def interrupt(self) -> None:
        """End the run: everything is halted, cleaned up and stopped."""
        self.token.cancel()

    @property
    def holds(self) -> bool:
        """Whether the run has to wait for a request before it may tick again."""
        with self._lock:
            return self._paused and self._steps == 0

    # --- For the run ----------------------------------------------------------------------

    def attach(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have the run woken up at every request.

        Returns:
            Call this when the run is over.
        """
        self._wake = wake
        # Setting an event takes its lock, which a thread interrupted by a signal may hold;
        # a thread of its own lets signal handlers cancel at any moment.
        forget = self.token.on_cancel(lambda: threading.Thread(target=wake, daemon=True).start())

        def detach() -> None:
            forget()
            with self._idle:
                self._wake = lambda: None
                self._ended = True
                self._idle.notify_all()

        return detach

    def take_tick(self) -> bool:
        """Whether the run may tick now; uses up a step."""
        with self._lock:
            if not self._paused:
                return True
            if self._steps == 0:
                return False
            self._steps -= 1
            return True

    def count_tick(self) -> None:
        """A tick is done."""
        with self._idle:
            self._ticks += 1
            self._idle.notify_all()
