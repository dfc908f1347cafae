"""The base of every leaf: ports, a life cycle that cannot leak, and reasons for failing.

A skill fails in one of three ways, and keeps them apart:

* `Skill.fail`: it tried and did not manage (the gripper came up empty);
* `Skill.refuse`: it could have gone on but should not (no part in view, the estimate does
  not shrink); a refusal is a decision, not a defect;
* an exception: turned into a failure of this leaf, the exception being kept as its cause.

The life cycle is py_trees' own with two rules added. `Skill.finish` is called exactly once
for every `Skill.begin`, however the round ended; py_trees may call ``terminate`` again on a
leaf that has long finished. And no exception leaves ``tick``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.errors import PregraspError
from pregrasp.hardware.capabilities import Cell
from pregrasp.skills.context import Context
from pregrasp.skills.ports import Wired


class Skill(Wired, Behaviour):
    """A leaf of a tree. Derive from `Condition` or from `pregrasp.skills.action.Action`.

    Args:
        name: What the tree calls this node.
        path: Where it stands in the tree, for example ``grasp/sequence/move_to``.
    """

    key: ClassVar[str] = ""
    """What YAML calls the skill; filled in when it is registered."""

    context: Context
    """The run this node belongs to; set before the first tick."""

    def __init__(self, name: str = "", *, path: str = "") -> None:
        super().__init__(name or type(self).__name__)
        self.path = path or self.name
        self.refused = False
        self.cause: Exception | None = None
        self._begun = False
        self.connect({}, {})
        self.forget()

    @property
    def cell(self) -> Cell:
        """The devices."""
        return self.context.cell

    # --- For subclasses -------------------------------------------------------------------

    def begin(self) -> None:
        """Start a new round; must return at once."""

    def step(self) -> Status:
        """Say how the round goes; must return at once."""
        raise NotImplementedError

    def finish(self, status: Status) -> None:
        """Clean up after a round, exactly once.

        Args:
            status: How the round ended; INVALID when it was halted.
        """

    def forget(self) -> None:
        """Drop what is remembered between rounds; called when a loop around it starts."""

    def fail(self, reason: str) -> Status:
        """End the round as failed: ``return self.fail("the gripper is empty")``."""
        self.feedback_message = reason
        return Status.FAILURE

    def refuse(self, reason: str) -> Status:
        """End the round as refused: going on would be possible, but wrong."""
        self.refused = True
        return self.fail(reason)

    # --- py_trees' life cycle -------------------------------------------------------------

    def tick(self) -> Iterator[Behaviour]:
        """As py_trees does it, without its formatting of messages that nobody reads."""
        if self.status is not Status.RUNNING:
            self.initialise()
        status = self.update()
        if status is not Status.RUNNING:
            self.stop(status)
        self.status = status
        yield self

    def stop(self, new_status: Status) -> None:
        """End the round."""
        self.terminate(new_status)
        self.status = new_status

    def initialise(self) -> None:
        """Start a round; an exception shows up as the result of the first update."""
        self.refused = False
        self.cause = None
        self.feedback_message = ""
        self._begun = True
        try:
            self.begin()
        except Exception as error:  # reported by update
            self.cause = error

    def update(self) -> Status:
        """Ask the subclass; an exception is a failure of this leaf and of nothing else."""
        if self.cause is None:
            try:
                return self.step()
            except Exception as error:  # kept as the cause
                self.cause = error
        return self.fail(describe(self.cause))

    def terminate(self, new_status: Status) -> None:
        """End a round that has begun; later calls change nothing."""
        if not self._begun:
            return
        self._begun = False
        try:
            self.finish(new_status)
        except Exception as error:  # halting must reach the siblings
            self.cause = self.cause or error
        if new_status is not Status.SUCCESS:
            self.withdraw_outputs()


class Condition(Skill):
    """A skill that answers at once.

    Example:
        >>> class IsHolding(Condition):
        ...     def check(self) -> bool | Status:
        ...         return self.cell.gripper.reading().holding or self.fail("holding nothing")
    """

    def check(self) -> bool | Status:
        """The answer: a truth, or what `Skill.fail` and `Skill.refuse` return."""
        raise NotImplementedError

    def step(self) -> Status:
        """Turn the answer into a status."""
        answer: Any = self.check()
        if isinstance(answer, Status):
            return answer
        return Status.SUCCESS if answer else Status.FAILURE


def describe(error: Exception) -> str:
    """An exception in one line; one that explains itself needs no class name."""
    text = " ".join(str(error).split())
    if isinstance(error, PregraspError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
