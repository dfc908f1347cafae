"""A run on a thread of its own, for programs that have other things to do meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pregrasp.trees.errors import TreeError
from pregrasp.trees.result import RunResult
from pregrasp.trees.run_control import RunControl


class RunningTree:
    """A tree that is being ticked; made by `pregrasp.trees.Runner.start`.

    Args:
        execute: Runs the tree to its end.
        control: Holds it up and ends it.
        name: Of the thread.
    """

    def __init__(
        self, execute: Callable[[RunControl], RunResult], control: RunControl, name: str
    ) -> None:
        self.control = control
        self._name = name
        self._execute = execute
        self._result: RunResult | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"run of {name}", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether everything stands still again."""
        return not self._thread.is_alive()

    def wait(self, timeout: float | None = None) -> RunResult:
        """Wait for the end of the run.

        Args:
            timeout: Longest wait, in real time [s]; None waits as long as it takes.

        Raises:
            TreeError: The run is still going on; interrupt it, or wait again.
        """
        self._thread.join(timeout)
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise TreeError(
                f"the run of {self._name} was not over after {timeout:g} s. "
                "Wait longer, or call interrupt() first."
            )
        return self._result

    def interrupt(self, timeout: float | None = None) -> RunResult:
        """End the run and wait until everything stands still.

        Args:
            timeout: Longest wait, in real time [s].

        Raises:
            TreeError: It did not end in time.
        """
        self.control.interrupt()
        return self.wait(timeout)

    def _run(self) -> None:
        try:
            self._result = self._execute(self.control)
        except BaseException as error:  # handed to whoever waits
            self._error = error
