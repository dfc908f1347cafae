"""Nodes that are about time alone: `delay` and `cooldown`."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.ports import Input
from pregrasp.trees.controls.control import Names, OneChild, OwnControl, Visit


class Delay(OwnControl):
    """Lets some of the cell's time pass."""

    key = "delay"
    arms = ()

    duration = Input(float, "How long.", unit="s", least=0.0)

    def begin(self) -> None:
        """Look at the clock."""
        self._until = self.context.cell.clock.now() + self.duration

    def step(self) -> Generator[Behaviour, None, Status]:
        """Look at the clock again."""
        yield from ()
        left = self._until - self.context.cell.clock.now()
        return Status.SUCCESS if left <= 0 else Status.RUNNING

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Nothing is written."""
        return before


class Cooldown(OneChild):
    """Does its child, and then not again for a time: meanwhile it fails at once.

    It remembers when its child has finished for as long as the run lasts, loops or not.
    """

    key = "cooldown"

    period = Input(float, "How long it rests after its child has finished.", unit="s", least=0.0)

    _rests_until: float | None = None

    def begin(self) -> None:
        """Look at the clock."""
        now = self.context.cell.clock.now()
        self._left = 0.0 if self._rests_until is None else self._rests_until - now

    def step(self) -> Generator[Behaviour, None, Status]:
        """Rest, or part of the child."""
        if self._left > 0:
            return self.fail(f"cooling down for another {self._left:.3g} s")
        status = yield from self.run(self.child)
        if status is not Status.RUNNING:
            self._rests_until = self.context.cell.clock.now() + self.period
        return status
