"""Telling observers what changes in a running tree, and nothing twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from time import perf_counter

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.hardware.capabilities import Clock
from pregrasp.skills.notes import Note, Travel
from pregrasp.trees.events import (
    EstimateMade,
    Event,
    MotionCommanded,
    NodeChanged,
    Observer,
    TickEnded,
)

SLOW = 1e-3
"""A node that keeps a tick this long is named in it, in real time [s]."""

NAMED = 8
"""Most slow nodes that a tick names."""


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
        self._notes: deque[MotionCommanded | EstimateMade] = deque()
        self._number = 0
        self._visited: list[str] = []
        self._slow: list[tuple[str, float]] = []
        self._tick_began = 0.0
        self._visit_began = 0.0
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

    def begin_tick(self, number: int) -> None:
        """A tick begins."""
        self._number = number
        self._visited = []
        self._slow = []
        self._tick_began = self._visit_began = perf_counter()

    def visit(self, node: Behaviour) -> None:
        """A node has been ticked; children come before their parents."""
        path = self._paths.get(node)
        if path is None:
            return
        self._visited.append(path)
        took = perf_counter() - self._visit_began
        if took > SLOW:
            self._slow.append((path, took))
        self.look_at(node)
        # What observers take is not the next node's fault.
        self._visit_began = perf_counter()

    def end_tick(self) -> None:
        """The tick is over."""
        self.tell_notes()
        slowest = sorted(self._slow, key=lambda item: -item[1])[:NAMED]
        self.emit(
            TickEnded(
                time=self._clock.now(),
                number=self._number,
                duration=perf_counter() - self._tick_began,
                visited=tuple(self._visited),
                slow=tuple(slowest),
            )
        )

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

    def note(self, note: Note) -> None:
        """Keep a skill's note for the end of the tick; called on the skills' own threads."""
        if not self._observers:
            return
        time = self._clock.now()
        if isinstance(note, Travel):
            self._notes.append(MotionCommanded(time=time, travel=note))
        else:
            self._notes.append(EstimateMade(time=time, answer=note))

    def tell_notes(self) -> None:
        """Tell what was kept, on the thread that ticks."""
        while self._notes:
            self.emit(self._notes.popleft())
