"""How often each node of a tree was ticked, how it ended, and how long it took.

Counts are exact: every ``tick`` message says which nodes were visited. Times go by the
cell's clock, from the tick in which a node began to run to the one in which it ended, so
that a leaf that blocks the robot for a second shows that second, and a check that is done
at once shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pregrasp.runlog.errors import RunLogError
from pregrasp.runlog.message import Message, visited_ids

STATUSES = "IRSF"
"""Letters of messages by their number here."""

Json = dict[str, Any]


@dataclass(kw_only=True, slots=True)
class NodeStatistics:
    """One node, over one run or many."""

    path: str
    """Where it stands in the tree."""
    title: str
    """What to call it."""
    label: str
    """The same with the subtree it is in."""
    depth: int
    """How many nodes are above it."""
    is_leaf: bool
    """Whether it has no children."""
    runs: int = 0
    """In how many runs it was ticked."""
    ticks: int = 0
    """How often it was ticked."""
    successes: int = 0
    """How many of its ticks ended in success."""
    failures: int = 0
    """How many of its ticks ended in failure."""
    halts: int = 0
    """How often it was stopped while it ran."""
    slow_ms: float = 0.0
    """The longest it ever held a tick up, in real time [ms]."""
    durations: list[float] = field(default_factory=list)
    """Of every time it ran over more than one tick, by the cell's clock [s]."""

    @property
    def success_rate(self) -> float | None:
        """Share of its ends that were successes; None if it never ended."""
        ends = self.successes + self.failures
        return self.successes / ends if ends else None

    @property
    def total_s(self) -> float:
        """How long it ran in all [s]."""
        return sum(self.durations)

    def to_json(self) -> Json:
        """The figures, with units in the keys."""
        times = np.array(self.durations)
        rate = self.success_rate
        return {
            "path": self.path,
            "runs": self.runs,
            "ticks": self.ticks,
            "successes": self.successes,
            "failures": self.failures,
            "halts": self.halts,
            "success_rate": None if rate is None else round(rate, 4),
            "total_s": round(self.total_s, 4),
            "median_s": round(float(np.median(times)), 4) if len(times) else None,
            "p95_s": round(float(np.percentile(times, 95)), 4) if len(times) else None,
            "longest_s": round(float(times.max()), 4) if len(times) else None,
            "slowest_tick_ms": round(self.slow_ms, 3),
        }


@dataclass(frozen=True, slots=True)
class Interval:
    """A node ran without a break."""

    path: str
    """Which node."""
    began: float
    """Since the run began, by the cell's clock [s]."""
    ended: float
    """The same [s]."""
    status: str
    """How it ended: ``S``, ``F``, or ``I`` if it was halted."""


class Statistics:
    """Adds up the messages of runs of one tree, one run after the other.

    Example::

        statistics = Statistics()
        statistics.add(RecordedRun(files).messages())
        statistics.nodes["t/sequence/move_to"].success_rate
    """

    def __init__(self) -> None:
        self.nodes: dict[str, NodeStatistics] = {}
        """By path, parents first."""
        self.tree = ""
        """Name of the tree."""
        self.runs = 0
        """How many runs were added up."""
        self.results: dict[str, int] = {}
        """How many runs ended how."""
        self.duration_s: list[float] = []
        """Of every run that ended, by the cell's clock [s]."""
        self.intervals: list[Interval] = []
        """When the leaves of the latest run ran, in the order of their ends."""

    def add(self, messages: Iterable[Message]) -> None:
        """Add the messages of a run, or of several.

        Raises:
            RunLogError: They are of another tree.
        """
        run: _Run | None = None
        for message in messages:
            body = message.body
            if message.type == "tree":
                self._begin(body)
                run = _Run(self, body)
            elif run is not None and message.type == "tick":
                run.tick(body)
            elif run is not None and message.type == "end":
                self.results[body["result"]] = self.results.get(body["result"], 0) + 1
                self.duration_s.append(float(body["duration_s"]))
        if run is not None:
            run.finish()

    def _begin(self, tree: Json) -> None:
        if self.tree not in ("", tree["tree"]):
            raise RunLogError(
                f"found a run of the tree {tree['tree']!r} among runs of {self.tree!r}. "
                "Choose the runs of one tree: --task, --since, or their names."
            )
        self.tree = tree["tree"]
        self.runs += 1
        depths: list[int] = []
        subtrees: list[str] = []
        for node in tree["nodes"]:
            parent = node["parent"]
            depths.append(0 if parent is None else depths[parent] + 1)
            inside = "" if parent is None else subtrees[parent]
            subtrees.append(f"{node['name']}/" if node["category"] == "tree" else inside)
            self.nodes.setdefault(
                node["path"],
                NodeStatistics(
                    path=node["path"],
                    title=node["title"],
                    label=inside + node["name"],
                    depth=depths[-1],
                    is_leaf=not node["children"],
                ),
            )


class _Run:
    """The counting of one run."""

    def __init__(self, into: Statistics, tree: Json) -> None:
        count = len(tree["nodes"])
        self._into = into
        self._nodes = [into.nodes[node["path"]] for node in tree["nodes"]]
        self._start = float(tree["t"])
        self._status = np.zeros(count, np.uint8)
        self._visited: npt.NDArray[np.intp] = np.zeros(0, np.intp)
        self._counts = np.zeros((len(STATUSES), count), np.int64)
        self._began: dict[int, float] = {}
        into.intervals = []

    def tick(self, body: Json) -> None:
        """Count a tick."""
        time = float(body["t"]) - self._start
        for number, letter, *_ in body.get("nodes", ()):
            self._change(int(number), letter, time)
        for number, took in body.get("slow", ()):
            node = self._nodes[int(number)]
            node.slow_ms = max(node.slow_ms, float(took))
        if "ms" not in body:
            return
        if "visited" in body:
            self._visited = visited_ids(body["visited"])
        self._counts[self._status[self._visited], self._visited] += 1

    def finish(self) -> None:
        """Add the counts to the statistics."""
        for number, node in enumerate(self._nodes):
            succeeded, failed = int(self._counts[2, number]), int(self._counts[3, number])
            # A visited node that is idle at the end of its tick was halted in that tick.
            ticks = int(self._counts[:, number].sum())
            node.ticks += ticks
            node.successes += succeeded
            node.failures += failed
            node.runs += bool(ticks)

    def _change(self, number: int, letter: str, time: float) -> None:
        node = self._nodes[number]
        was_running = STATUSES[self._status[number]] == "R"
        if was_running and letter != "R":
            began = self._began.pop(number, time)
            node.durations.append(time - began)
            node.halts += letter == "I"
            if node.is_leaf:
                self._into.intervals.append(Interval(node.path, began, time, letter))
        elif letter == "R" and not was_running:
            self._began[number] = time
        self._status[number] = STATUSES.index(letter)
