"""A run as it stands, put together from its messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pregrasp.runlog.message import VERSION, Message, visited_ids

LINES = 1000
"""How many lines of the log are kept."""

Json = dict[str, Any]


@dataclass(slots=True)
class NodeState:
    """One node as it stands."""

    status: str = "I"
    """``I``, ``R``, ``S`` or ``F``."""
    feedback: str = ""
    """What it says."""
    since: float = 0.0
    """When it came into this status, by the cell's clock [s]."""


@dataclass(slots=True)
class RunState:
    """What is known of the latest run; `apply` messages to it in their order."""

    tree: Json | None = None
    """The ``tree`` message."""
    nodes: list[NodeState] = field(default_factory=list)
    """By number."""
    values: dict[str, Json] = field(default_factory=dict)
    """The blackboard, by full key."""
    visited: str = ""
    """Which nodes the latest tick visited, as in its message."""
    ticks: int = 0
    """So far."""
    tick_ms: float = 0.0
    """How long the latest tick took [ms]."""
    time: float = 0.0
    """Of the latest message, by the cell's clock [s]."""
    seq: int = 0
    """Of the latest message."""
    estimates: list[Json] = field(default_factory=list)
    """All ``estimate`` messages."""
    pose: Json | None = None
    """Latest ``T_base_tool``."""
    motion: Json | None = None
    """Latest ``motion`` message."""
    lines: deque[Json] = field(default_factory=lambda: deque(maxlen=LINES))
    """Latest ``log`` messages."""
    lost: int = 0
    """Messages that did not come."""
    end: Json | None = None
    """The ``end`` message."""

    def apply(self, message: Message) -> None:
        """Take a message in."""
        body = message.body
        self.time, self.seq = message.time, int(body["seq"])
        match message.type:
            case "tree":
                self._begin(body)
            case "tick":
                self._tick(body)
            case "estimate":
                self.estimates.append(body)
            case "pose":
                self.pose = body["T_base_tool"]
            case "motion":
                self.motion = body
            case "log":
                self.lines.append(body)
            case "lost":
                self.lost += int(body["messages"])
            case "end":
                self.end = body

    @property
    def running(self) -> bool:
        """Whether a run has begun and not ended."""
        return self.tree is not None and self.end is None

    def visited_nodes(self) -> set[int]:
        """Numbers of the nodes that the latest tick visited."""
        return {int(number) for number in visited_ids(self.visited)}

    def snapshot(self) -> Iterator[Message]:
        """Messages that bring somebody who comes late to the same state."""
        if self.tree is None:
            return
        yield Message(body=self.tree)
        for body in (*self.estimates, *self.lines):
            yield Message(body=body)
        if self.pose is not None:
            yield self._message("pose", T_base_tool=self.pose)
        if self.motion is not None:
            yield Message(body=self.motion)
        changed = [
            [number, node.status, node.feedback] if node.feedback else [number, node.status]
            for number, node in enumerate(self.nodes)
            if node.status != "I" or node.feedback
        ]
        yield self._message(
            "tick",
            n=self.ticks,
            ms=self.tick_ms,
            visited=self.visited,
            nodes=changed,
            values=self.values,
        )
        if self.end is not None:
            yield Message(body=self.end)

    def _message(self, kind: str, /, **content: Any) -> Message:
        body = {"v": VERSION, "seq": self.seq, "t": self.time, "type": kind, **content}
        return Message(body=body)

    def _begin(self, body: Json) -> None:
        self.tree = body
        self.nodes = [NodeState(since=self.time) for _ in body["nodes"]]
        self.values = {}
        self.visited = ""
        self.ticks = self.lost = 0
        self.tick_ms = 0.0
        self.estimates = []
        self.pose = self.motion = self.end = None
        self.lines.clear()

    def _tick(self, body: Json) -> None:
        self.ticks = int(body["n"])
        self.tick_ms = float(body.get("ms", self.tick_ms))
        self.visited = body.get("visited", self.visited)
        self.values.update(body.get("values", {}))
        for number, status, *feedback in body.get("nodes", ()):
            node = self.nodes[number]
            if node.status != status:
                node.since = self.time
            node.status, node.feedback = status, feedback[0] if feedback else ""
