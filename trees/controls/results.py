"""Nodes that turn the result of their child into another."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.trees.controls.control import Names, OneChild, Visit


class _Forgetful(OneChild):
    """A node that may succeed although its child has not."""

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """What the child writes is not certain."""
        visit(arms["do"][0], before)
        return before


class Invert(_Forgetful):
    """Succeeds when its child fails, and fails when it succeeds."""

    key = "invert"

    def step(self) -> Generator[Behaviour, None, Status]:
        """Turn it round."""
        status = yield from self.run(self.child)
        if status is Status.SUCCESS:
            said = self.child.feedback_message
            return self.fail(f"{self.child.name} succeeded" + (f": {said}" if said else ""))
        return Status.SUCCESS if status is Status.FAILURE else status


class ForceSuccess(_Forgetful):
    """Succeeds whatever its child does, once it has finished."""

    key = "force_success"

    def step(self) -> Generator[Behaviour, None, Status]:
        """Let failures pass as successes."""
        status = yield from self.run(self.child)
        return Status.SUCCESS if status is Status.FAILURE else status


class ForceFailure(OneChild):
    """Fails whatever its child does, once it has finished."""

    key = "force_failure"

    def step(self) -> Generator[Behaviour, None, Status]:
        """Let successes pass as failures."""
        status = yield from self.run(self.child)
        if status is Status.SUCCESS:
            return self.fail("made to fail by force_failure")
        return status
