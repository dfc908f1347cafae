"""Telling observers what changes in a running tree, and nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.hardware.capabilities import Clock
from pregrasp.trees.events import Event, NodeChanged, Observer


class Observation:
    """Sends events to observers.

    Args:
        observers: Who wants to know.
        clock: Gives the events their time.
    """

    def __init__(self, observers: Sequence[Observer], clock: Clock) -> None:
        self._observers = list(observers)
        self._clock = clock
        self._told: dict[Behaviour, tuple[Status, str]] = {}
        self._paths: dict[Behaviour, str] = {}
        self.errors: list[Exception] = []

    @property
    def active(self) -> bool:
        """Whether anybody is still listening."""
        return bool(self._observers)

    def watch(self, nodes: Mapping[str, Behaviour]) -> None:
        """Start with these nodes.

        Args:
            nodes: Nodes by path.
        """
        self._paths = {node: path for path, node in nodes.items()}
        self._told = {node: (node.status, node.feedback_message) for node in nodes.values()}

    def emit(self, event: Event) -> None:
        """Tell everybody; whoever raises is told nothing more."""
        for observer in tuple(self._observers):
            try:
                observer(event)
            except Exception as error:  # an observer must not stop a robot
                self._observers.remove(observer)
                self.errors.append(error)

    def now(self) -> float:
        """Time for an event [s]."""
        return self._clock.now()

    def look_at(self, node: Behaviour) -> None:
        """Tell about a node if it is not as it was."""
        status, feedback = node.status, node.feedback_message
        if status is Status.INVALID:
            feedback = ""
        before = self._told.get(node)
        if before is None or (before[0] is status and before[1] == feedback):
            return
        self._told[node] = (status, feedback)
        self.emit(
            NodeChanged(
                time=self._clock.now(), path=self._paths[node], status=status, feedback=feedback
            )
        )

    def look_for_halted(self) -> None:
        """Tell about nodes that were halted; ticking a tree does not show them."""
        for node, (status, _) in self._told.items():
            if status is not Status.INVALID and node.status is Status.INVALID:
                self.look_at(node)
