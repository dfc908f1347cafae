"""Cleaning up, whatever happens."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.trees.controls.control import Arm, Names, OwnControl, Visit


class Try(OwnControl):
    """Does `do`, then always `finally`; the result is that of `do`.

    `finally` also runs when the node is halted: the runner ticks it to its end before
    anything else is ticked, or before the run ends. When `do` succeeded and `finally`
    failed, the node fails.
    """

    key = "try"
    arms = (Arm("do", "What may go wrong."), Arm("finally", "What is done in any case."))

    _result: Status | None = None
    _open = False

    def begin(self) -> None:
        """From here on, `finally` is owed."""
        self._result = None
        self._open = True

    def step(self) -> Generator[Behaviour, None, Status]:
        """Part of `do` or of `finally`."""
        if self._result is None:
            status = yield from self.run(self.arm("do"))
            if status is Status.RUNNING:
                return status
            self._result = status
        status = yield from self.run(self.arm("finally"))
        if status is Status.RUNNING:
            return status
        self._open = False
        self.current_child = self.arm("do")
        return status if self._result is Status.SUCCESS else Status.FAILURE

    def stop(self, new_status: Status = Status.INVALID) -> None:
        """Halt `do`; what is owed goes to the runner."""
        if new_status is Status.INVALID and self._open:
            self._open = False
            if self.arm("do").status is not Status.INVALID:
                self.arm("do").stop(Status.INVALID)
            self.context.cleanups.append(self.arm("finally"))
            self.status = new_status
            return
        super().stop(new_status)

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """`finally` cannot count on how far `do` got."""
        done = visit(arms["do"][0], before)
        return done | visit(arms["finally"][0], before)
