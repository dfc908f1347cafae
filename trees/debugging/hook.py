"""What stands between a node and its parent while somebody debugs that node.

A hook takes the place of the node's ``tick`` on this one node. A node that nobody debugs has
none, so it costs nothing. Two things can happen instead of a tick:

* the node is **held**: it counts as running although it has not begun, so its parents come
  back to it at the next tick, and nothing of it has moved;
* its result is **forced**: what runs in it is halted, and it ends as somebody wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import Control
from pregrasp.trees.debugging.errors import ForcedError

HELD = "held before it began"
"""What a held node says."""


@dataclass(slots=True)
class Forced:
    """A result that somebody wants a node to have."""

    status: Status
    """SUCCESS or FAILURE."""
    reason: str
    """What the node will say."""
    times: int | None
    """How many results are left to be forced; None goes on until it is lifted."""


class Hook:
    """Holds a node up, or ends it.

    Args:
        node: The node.
        path: Where it stands.
        stops: Whether to hold it now that it is about to begin.
        unused: Called when the hook has nothing left to do.
    """

    def __init__(
        self, node: Behaviour, path: str, stops: Callable[[str], bool], unused: Callable[[], object]
    ) -> None:
        self.path = path
        self.forced: Forced | None = None
        self.watched = False
        """Whether there is a breakpoint at the node."""
        self._node = node
        self._stops = stops
        self._unused = unused
        self._held = False
        self._marked = False
        # Shadows the method of this one node; see the module's first lines.
        self._tick = node.tick
        vars(node)["tick"] = self.tick

    def tick(self) -> Iterator[Behaviour]:
        """Tick the node, unless it is to be held or its result is forced."""
        node = self._node
        # A node that was halted while it was held begins anew.
        released = self._held and node.status is Status.RUNNING
        self._held = False
        if released:
            node.status = Status.INVALID
            node.feedback_message = ""
        if self.forced is not None:
            self._end(self.forced)
            yield node
        elif node.status is not Status.RUNNING and not released and self._stops(self.path):
            self._held = True
            node.status, node.feedback_message = Status.RUNNING, HELD
            yield node
        else:
            self._unmark()
            self.remove_if_unused()
            yield from self._tick()

    def remove_if_unused(self) -> None:
        """Give the node back its own tick, once nothing is left to do."""
        if self.watched or self.forced is not None or self._held or self._marked:
            return
        vars(self._node).pop("tick", None)
        self._unused()

    def _end(self, forced: Forced) -> None:
        node = self._node
        if node.status is Status.RUNNING:
            node.stop(Status.INVALID)
        failed = forced.status is Status.FAILURE
        if isinstance(node, (Skill, Control)):
            node.refused = False
            node.cause = ForcedError(f"{self.path}: {forced.reason}") if failed else None
        if isinstance(node, Control):
            node.failure = forced.reason if failed else ""
            # The node's own controls do not all clear it: the hook stays until it has.
            self._marked = True
        node.feedback_message = forced.reason
        node.status = forced.status
        if forced.times is not None:
            forced.times -= 1
            if forced.times == 0:
                self.forced = None
        self.remove_if_unused()

    def _unmark(self) -> None:
        if self._marked and isinstance(self._node, Control):
            self._node.failure, self._node.cause = "", None
        self._marked = False
