"""A limit on time."""

from __future__ import annotations

from collections.abc import Generator

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.ports import Input
from pregrasp.trees.controls.control import OneChild


class Timeout(OneChild):
    """Halts its child, and fails, when it takes longer than a limit of the cell's time."""

    key = "timeout"

    limit = Input(float, "Longest time.", unit="s", above=0.0)

    def begin(self) -> None:
        """Look at the clock."""
        self._began = self.context.cell.clock.now()

    def step(self) -> Generator[Behaviour, None, Status]:
        """Let the child finish if it can, then look at the clock again."""
        status = yield from self.run(self.child)
        elapsed = self.context.cell.clock.now() - self._began
        if status is Status.RUNNING and elapsed >= self.limit:
            return self.fail(f"not finished within {self.limit:g} s")
        return status
