"""A choice between two ways."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.trees.controls.control import Arm, Names, OwnControl, Visit


class If(OwnControl):
    """Asks `condition` once, then does `then` or `else`; without `else`, no is a success."""

    key = "if"
    arms = (
        Arm("condition", "The question; success means yes."),
        Arm("then", "Done when the answer is yes."),
        Arm("else", "Done when the answer is no.", required=False),
    )

    def begin(self) -> None:
        """Ask first."""
        self._chosen: Behaviour | None = None

    def step(self) -> Generator[Behaviour, None, Status]:
        """The question, or part of the way that was chosen."""
        if self._chosen is None:
            status = yield from self.run(self.arm("condition"))
            if status is Status.RUNNING:
                return status
            yes = status is Status.SUCCESS
            self._chosen = self.arm("then") if yes else self.optional_arm("else")
            if self._chosen is None:
                return Status.SUCCESS
        return (yield from self.run(self._chosen))

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Only what both ways write is certain."""
        after_then = visit(arms["then"][0], visit(arms["condition"][0], before))
        after_else = visit(arms["else"][0], before) if arms.get("else") else before
        return after_then & after_else
