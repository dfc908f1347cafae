"""What watching a run costs: the run log and a reader on a tree of 1,000 nodes.

    python benchmarks/viewer_cost.py

Measured is what a tick takes, on the thread that ticks and in processor time of the whole
process, bare and with everything listening: encoder, run log, pose sampler and one reader
that keeps the state and makes the JSON, as a viewer's server does. Bare py_trees stands
beside it. In each tick all nodes are visited; `--changes` of the leaves change their status
and words, and as many values are written.

The second part holds a rate: it ticks 50 times a second by the wall for a while and reports
how late the ticks were, and how large the log became.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import py_trees
from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.frames import Pose
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.message import Message
from pregrasp.runlog.poses import PoseSampler
from pregrasp.runlog.run_log import RunLog
from pregrasp.runlog.state import RunState
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.ports import Output
from pregrasp.skills.skill import Skill
from pregrasp.trees import Observer, Runner, parse_tree
from pregrasp.trees.run import Run
from pregrasp.trees.run_control import RunControl
from pregrasp.trees.specification import Tree

NODES = 1000
FAN = 10


class Steady(Skill):
    """Succeeds."""

    def step(self) -> Status:
        """Succeed."""
        return Status.SUCCESS


class Restless(Skill):
    """Does something else at every tick."""

    number = Output(int, "How often it was ticked.")

    def step(self) -> Status:
        """Change status, words and value."""
        self.ticked = getattr(self, "ticked", 0) + 1
        self.number = self.ticked
        self.feedback_message = f"tick {self.ticked}, 12.345 mm of 0.100 mm"
        return Status.SUCCESS if self.ticked % 2 else Status.FAILURE


SKILLS: dict[str, type[Skill]] = {"steady": Steady, "restless": Restless}


class Client:
    """What the server of a page does with a message: the state, and the JSON."""

    name = "page"

    def __init__(self) -> None:
        self.state = RunState()
        self.bytes = 0

    def receive(self, message: Message) -> None:
        """Take a message in."""
        self.state.apply(message)
        self.bytes += len(message.text)

    def idle(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def our_tree(changes: int) -> Tree:
    """About 1,000 nodes: leaves in sequences of ten, and a reader's nightmare."""
    count = NODES * (FAN - 1) // FAN
    leaves = ["steady"] * (count - changes)
    leaves += [f'{{force_success: {{restless: {{number: "{{n{i}}}"}}}}}}' for i in range(changes)]
    nodes = leaves
    while len(nodes) > 1:
        groups = [nodes[i : i + FAN] for i in range(0, len(nodes), FAN)]
        nodes = [f"[{', '.join(group)}]" for group in groups]
    text = f"tree: t\nroot: [{{repeat: {{times: 1000000, do: {nodes[0]}}}}}]\n"
    return parse_tree(text, skills=SKILLS)


class BareLeaf(Behaviour):
    """py_trees' own leaf."""

    def update(self) -> Status:
        """Succeed."""
        return Status.SUCCESS


def bare_py_trees() -> py_trees.trees.BehaviourTree:
    """As many of py_trees' own nodes."""
    nodes: list[Behaviour] = [BareLeaf(f"leaf {i}") for i in range(NODES * (FAN - 1) // FAN)]
    while len(nodes) > 1:
        groups = [nodes[i : i + FAN] for i in range(0, len(nodes), FAN)]
        nodes = [py_trees.composites.Sequence(f"s{i}", True, g) for i, g in enumerate(groups)]
    return py_trees.trees.BehaviourTree(nodes[0])


def started(tree: Tree, observers: list[Observer]) -> Run:
    """A run that is ready to be ticked."""
    runner = Runner(tree, IdealCell(Pose()), observers=observers, skills=SKILLS)
    run = runner.prepare(RunControl())
    run.begin()
    return run


def cost(tree: Tree, folder: Path | None, ticks: int) -> tuple[float, float, float, float]:
    """Of one tick: its median and p95 on the wall, processor time of all threads, log bytes."""
    client = Client()
    log = RunLog(folder) if folder is not None else None
    broadcast = Broadcast([log, client], Encoder(skills=SKILLS)) if log is not None else None
    sampler = PoseSampler(broadcast) if broadcast is not None else None
    run = started(tree, [broadcast, sampler] if broadcast and sampler else [])
    run.tick()
    if broadcast is not None:
        broadcast.flush(60.0)
    times = []
    busy = time.process_time()
    for _ in range(ticks):
        began = time.perf_counter()
        run.tick()
        times.append(time.perf_counter() - began)
    if broadcast is not None:
        broadcast.flush(60.0)
    busy = (time.process_time() - busy) / ticks
    run.end()
    size = 0.0
    if broadcast is not None and sampler is not None and folder is not None:
        sampler.close()
        broadcast.close(60.0)
        size = sum(path.stat().st_size for path in folder.glob("*.mcap"))
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.95)], busy, size / (ticks + 1)


def hold_rate(
    tree: Tree, folder: Path | None, rate: float, seconds: float
) -> tuple[float, float, float, float]:
    """Tick by the wall: the rate that was reached, how late ticks ended, log bytes a tick.

    Late is what a tick ended after the next one was due: median and p99.
    """
    observers: list[Observer] = []
    broadcast = None
    if folder is not None:
        broadcast = Broadcast([RunLog(folder), Client()], Encoder(skills=SKILLS))
        observers.append(broadcast)
    late = []
    run = started(tree, observers)
    began = time.perf_counter()
    count = int(rate * seconds)
    for number in range(count):
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        run.tick()
        late.append(max(0.0, time.perf_counter() - due - 1.0 / rate))
    reached = count / max(time.perf_counter() - began, count / rate)
    run.end()
    size = 0.0
    if broadcast is not None and folder is not None:
        broadcast.close(60.0)
        size = sum(path.stat().st_size for path in folder.glob("*.mcap")) / count
    late.sort()
    return reached, late[len(late) // 2], late[int(len(late) * 0.99)], size


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--changes", type=int, default=10, help="Leaves that change every tick.")
    parser.add_argument("--ticks", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    tree = our_tree(arguments.changes)
    bare = bare_py_trees()
    bare.tick()
    rounds: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        # In turns, so that other work on the machine hits all of them alike.
        for number in range(5):
            busy = time.process_time()
            for _ in range(arguments.ticks // 5):
                bare.tick()
            busy = (time.process_time() - busy) / (arguments.ticks // 5)
            _, _, plain, _ = cost(tree, None, arguments.ticks // 5)
            _, _, watched, size = cost(tree, Path(folder) / str(number), arguments.ticks // 5)
            rounds.append((busy, plain, watched))
        base, plain, watched = (min(column) for column in zip(*rounds, strict=True))
        nodes = sum(1 for _ in tree.nodes())
        print(f"{nodes} nodes, {arguments.changes} leaves change at every tick; processor time")
        print(f"  py_trees, bare            {base * 1e3:7.2f} ms a tick")
        print(f"  pregrasp, nobody watches  {plain * 1e3:7.2f} ms a tick  {plain / base:5.2f}x")
        print(f"  pregrasp, log and page    {watched * 1e3:7.2f} ms a tick  {watched / base:5.2f}x")
        median, p95, _, size = cost(tree, Path(folder) / "wall", arguments.ticks)
        print(f"  on the wall: median {median * 1e3:.2f} ms, p95 {p95 * 1e3:.2f} ms")
        print(f"  log: {size:.0f} bytes a tick")
        print(f"wanted: 50 ticks a second for {arguments.seconds:g} s")
        for name, where in (("nobody watches", None), ("log and page", Path(folder) / "rate")):
            reached, median, p99, size = hold_rate(tree, where, 50.0, arguments.seconds)
            print(
                f"  {name:15} {reached:5.1f} reached, late by {median * 1e3:.1f} ms (median), "
                f"{p99 * 1e3:.1f} ms (p99); log {size:.0f} bytes a tick"
            )


if __name__ == "__main__":
    main()
