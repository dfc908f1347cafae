"""A job that is running, or is over: wait for it, cancel it, ask how it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from pregrasp.line.errors import JobTimeoutError
from pregrasp.trees.run_control import RunControl

ResultT = TypeVar("ResultT")

log = logging.getLogger(__name__)


class Job(Generic[ResultT]):
    """One job on a thread of its own, which ends with the job.

    Made by `OpenCell.start`; all methods may be called from any thread.

    Args:
        job_id: Names it in logs and records.
        work: Does it; what it returns is the result.
        on_end: Called on the job's thread before anybody hears of the end.
    """

    def __init__(
        self,
        job_id: str,
        work: Callable[[RunControl], ResultT],
        on_end: Callable[[], None],
    ) -> None:
        self.job_id = job_id
        self.control = RunControl()
        self._work = work
        self._on_end = on_end
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._callbacks: list[Callable[[Job[ResultT]], None]] = []
        self._result: ResultT | None = None
        self._error: BaseException | None = None
        self._made = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job {job_id}", daemon=True)
        self._thread.start()
        self._made.set()

    @property
    def done(self) -> bool:
        """Whether it is over and everything stands still."""
        return self._over.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end.

        Args:
            timeout: Longest wait, in real time; None waits as long as it takes [s].

        Returns:
            Whether the job is over.
        """
        over = self._over.wait(timeout)
        if over and threading.current_thread() is not self._thread:
            self._thread.join()
        return over

    def cancel(self) -> None:
        """Ask the robot to stop and the job to end; returns at once.

        An operational stop by program, **not** an emergency stop. A job that is over is left
        as it is.
        """
        self.control.interrupt()

    def result(self, timeout: float | None = None) -> ResultT:
        """Wait for the end and say how it went.

        Args:
            timeout: Longest wait, in real time; None waits as long as it takes [s].

        Raises:
            JobTimeoutError: The job is not over; it goes on.
            PregraspError: The job could not be done at all, for example because the devices
                are gone; what the robot could not do is a result.
        """
        if not self.wait(timeout):
            raise JobTimeoutError(self.job_id, timeout or 0.0)
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # set unless there was an error

    def add_done_callback(self, callback: Callable[[Job[ResultT]], None]) -> None:
        """Have something called when the job is over.

        It is called on the job's thread, or here and now if the job is over already. What it
        raises is logged and goes no further.
        """
        with self._lock:
            if not self._over.is_set():
                self._callbacks.append(callback)
                return
        self._call(callback)

    def _call(self, callback: Callable[[Job[ResultT]], None]) -> None:
        try:
            callback(self)
        except Exception:
            log.exception("job %s: a callback failed", self.job_id)

    def _run(self) -> None:
        # Whoever starts a job gets its handle at once, and not when the interpreter next
        # takes the processor away from the busy tree: that is 5 ms later.
        self._made.wait()
        try:
            self._result = self._work(self.control)
        except BaseException as error:  # handed to whoever asks for the result
            self._error = error
        try:
            self._on_end()
        finally:
            with self._lock:
                self._over.set()
                callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            self._call(callback)
