"""Conditions on a node: ``when:`` before it begins, ``while:`` as long as it runs."""

from __future__ import annotations

from collections.abc import Generator

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.ports import Input
from pregrasp.trees.controls.control import OneChild
from pregrasp.trees.controls.order import SelectorControl


class Guard(OneChild):
    """Does its child only `when` something is true, and only `while` something stays true.

    `when` is asked once, before the child begins. If it is not true, the child is skipped:
    a selector goes on with its next child, everywhere else the node counts as done.
    `while` is asked at every tick; when it is not true, the child is halted and the node
    fails. ``when:`` and ``while:`` can be written at any node, which puts a guard around it.
    """

    key = "guard"
    owns_reserved_keys = True

    when = Input(bool, "Asked once, before the child begins.", default=True)
    whilst = Input(bool, "Asked at every tick.", key="while", default=True)

    def begin(self) -> None:
        """Ask `when` anew."""
        self._entered = False

    def step(self) -> Generator[Behaviour, None, Status]:
        """Ask, then tick the child."""
        if not self._entered and not self.when:
            said = f"skipped: {self.as_written('when')} is not true"
            if isinstance(self.parent, SelectorControl):
                return self.fail(said)
            self.feedback_message = said
            return Status.SUCCESS
        self._entered = True
        if not self.whilst:
            return self.fail(f"halted: {self.as_written('whilst')} is not true")
        return (yield from self.run(self.child))
