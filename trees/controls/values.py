"""Leaves that belong to the language: asking a formula, and giving a key a value."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.ports import Input, Output
from pregrasp.trees.controls.control import Names, OwnControl, Visit


class Check(OwnControl):
    """Succeeds when a formula is true: ``check: "{moves} < 5"``."""

    key = "check"
    arms = ()
    short = "that"

    that = Input(bool, "The formula.")

    def step(self) -> Generator[Behaviour, None, Status]:
        """Ask."""
        yield from ()
        if self.that:
            return Status.SUCCESS
        return self.fail(f"{self.as_written('that')} is not true")

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Nothing is written."""
        return before


class Set(OwnControl):
    """Writes a value: ``set: {key: "{moves}", to: "{moves} + 1"}``."""

    key = "set"
    arms = ()

    to = Input[Any](Any, "The value.")
    target = Output[Any](object, "What is written.", key="key")

    def step(self) -> Generator[Behaviour, None, Status]:
        """Write."""
        yield from ()
        self.target = self.to
        return Status.SUCCESS

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Its key is written."""
        return before | own

    @classmethod
    def output_kind(cls, name: str, inputs: Mapping[str, Any]) -> Any:
        """The type of the value."""
        return inputs.get("to", Any)
