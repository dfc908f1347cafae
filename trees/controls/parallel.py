"""Several children at the same time."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.ports import Input
from pregrasp.trees.controls.control import Arm, Names, OwnControl, Visit

ALL = -1
"""As many as there are children."""


class Parallel(OwnControl):
    """Ticks all children at every tick, each until it has finished.

    It fails as soon as `failures` children have failed, or too many for `successes` to be
    reached; it succeeds as soon as `successes` have succeeded. When both happen in one
    tick it fails. Children that are still running are then halted.
    """

    key = "parallel"
    arms = (Arm("children", "Ticked in this order at every tick.", many=True),)

    successes = Input(int, "How many must succeed; -1 for all.", default=ALL)
    failures = Input(int, "How many failures are one too many.", default=1)

    def step(self) -> Generator[Behaviour, None, Status]:
        """Tick those that have not finished, then count."""
        for child in self.children:
            if child.status in (Status.INVALID, Status.RUNNING):
                yield from self.run(child)
        count = len(self.children)
        wanted = count if self.successes == ALL else self.successes
        succeeded = sum(child.status is Status.SUCCESS for child in self.children)
        failed = [child for child in self.children if child.status is Status.FAILURE]
        if failed and (len(failed) >= self.failures or count - len(failed) < wanted):
            self.current_child = failed[0]
            return Status.FAILURE
        if succeeded >= wanted:
            return Status.SUCCESS
        if succeeded + len(failed) == count:
            return self.fail(f"{succeeded} of {count} children succeeded, expected {wanted}")
        return Status.RUNNING

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """No child can count on what another one writes; nor can what follows."""
        for child in arms["children"]:
            visit(child, before)
        return before
