"""Skills that take time: they work on a thread of their own, so that ticking never waits.

`Action.work` may block. It gets a token and must leave soon after the token is cancelled;
everything in `pregrasp.hardware` does. What it writes to its outputs is passed on when the
work has succeeded, by the thread that ticks the tree, so a halted action leaves no trace.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.skills.skill import Skill


class _Round:
    """One piece of work on one thread."""

    def __init__(self) -> None:
        self.token = CancelToken()
        self.outputs: dict[str, Any] = {}
        self.status = Status.SUCCESS
        self.error: Exception | None = None
        self.done = False
        self.thread: threading.Thread | None = None
        self.stop_by: float | None = None
        self.looked_at = False
        self.over: Callable[[], None] = lambda: None


class Action(Skill):
    """A leaf whose work blocks."""

    _round: _Round | None = None

    def work(self, token: CancelToken) -> Status | None:
        """Do it, on a worker thread.

        Args:
            token: Cancelled when the tree no longer wants the work.

        Returns:
            What `Skill.fail` or `Skill.refuse` return, or None for success.

        Raises:
            Exception: Becomes the failure of this leaf.
        """
        raise NotImplementedError

    def stop_devices(self) -> None:
        """Bring to rest what this skill has set in motion; called when it is halted."""

    def begin(self) -> None:
        """Start the worker."""
        current = _Round()
        current.thread = threading.Thread(
            target=self._run, args=(current,), name=self.path, daemon=True
        )
        self._round = current
        current.over = self.context.expect()
        current.thread.start()

    def step(self) -> Status:
        """Look whether the worker is done."""
        current = self._round
        if current is None:
            return Status.RUNNING
        first, current.looked_at = not current.looked_at, True
        if not current.done or (first and self.context.lockstep):
            return Status.RUNNING
        if current.error is not None:
            raise current.error
        if current.status is Status.SUCCESS:
            for name, value in current.outputs.items():
                super().write_output(name, value)
        return current.status

    def request_stop(self) -> None:
        """Ask the worker to stop, without waiting; `finish` waits from now on."""
        current = self._round
        if current is None or current.done or current.stop_by is not None:
            return
        current.stop_by = time.monotonic() + self.context.stop_timeout
        current.token.cancel()
        try:
            self.stop_devices()
        except Exception as error:  # the siblings must be asked as well
            self.cause = self.cause or error

    def finish(self, status: Status) -> None:
        """Halt the worker if it is still at work, and wait for it a bounded time."""
        self.request_stop()
        current, self._round = self._round, None
        if current is None or current.thread is None or current.stop_by is None:
            return
        current.thread.join(max(0.0, current.stop_by - time.monotonic()))
        if current.thread.is_alive():
            self.context.stuck.append(self.path)

    def settle(self, timeout: float) -> bool:
        """Wait until the worker is done, if there is one; for tests that count ticks.

        Args:
            timeout: Longest wait, in real time [s].

        Returns:
            Whether nothing is at work.
        """
        current = self._round
        if current is not None and current.thread is not None:
            current.thread.join(timeout)
        return current is None or current.done

    def write_output(self, name: str, value: Any) -> None:
        """Keep an output until the work has succeeded."""
        if self._round is not None:
            self._round.outputs[name] = value

    def _run(self, current: _Round) -> None:
        try:
            current.status = self.work(current.token) or Status.SUCCESS
        except Exception as error:  # handed to the ticking thread
            current.error = error
        current.done = True
        self.context.wakeup.set()
        current.over()
