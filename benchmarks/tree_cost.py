"""What ports, checks and events cost on top of bare py_trees, in one run.

    python benchmarks/tree_cost.py

The tree is 1,000 leaves in nested sequences of ten, all of them ticked at every tick. Each
figure is the best of several rounds of processor time, so that other programs on the
machine disturb it little; compare ratios, not absolute figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import py_trees
from py_trees.behaviour import Behaviour
from py_trees.common import Access, Status

from pregrasp.frames import Pose
from pregrasp.skills.context import Context
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.skill import Skill
from pregrasp.trees import parse_tree
from pregrasp.trees.blackboard import Blackboard
from pregrasp.trees.building import build
from pregrasp.trees.events import Event
from pregrasp.trees.observation import Observation

FAN = 10
ROUNDS = 7


class Plain(Skill):
    """Succeeds."""

    def step(self) -> Status:
        """Succeed."""
        return Status.SUCCESS


class Ported(Skill):
    """Reads one number and writes another."""

    a = Input(int, "Read.")
    b = Output(int, "Written.")

    def step(self) -> Status:
        """Count."""
        self.b = self.a + 1
        return Status.SUCCESS


class Parked(Skill):
    """Is never done."""

    def step(self) -> Status:
        """Go on."""
        return Status.RUNNING


SKILLS: dict[str, type[Skill]] = {"plain": Plain, "ported": Ported, "parked": Parked}


class BareLeaf(Behaviour):
    """py_trees' own leaf."""

    def update(self) -> Status:
        """Succeed."""
        return Status.SUCCESS


class BareBlackboard(Behaviour):
    """py_trees' own leaf with py_trees' own blackboard."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.board = self.attach_blackboard_client()
        self.board.register_key("a", access=Access.READ)
        self.board.register_key("b", access=Access.WRITE)

    def update(self) -> Status:
        """Count."""
        self.board.b = self.board.a + 1
        return Status.SUCCESS


def bare(leaf: Callable[[str], Behaviour], count: int) -> Behaviour:
    """A tree of py_trees' own nodes."""
    nodes: list[Behaviour] = [leaf(f"leaf {i}") for i in range(count)]
    while len(nodes) > 1:
        groups = [nodes[i : i + FAN] for i in range(0, len(nodes), FAN)]
        nodes = [
            py_trees.composites.Sequence(f"sequence {i}", True, group)
            for i, group in enumerate(groups)
        ]
    return nodes[0]


def yaml_tree(leaf: str, count: int, last: str = "") -> str:
    """The same tree in YAML."""
    nodes = [leaf] * (count - 1) + [last or leaf]
    while len(nodes) > 1:
        groups = [nodes[i : i + FAN] for i in range(0, len(nodes), FAN)]
        nodes = [f"[{', '.join(group)}]" for group in groups]
    return f"tree: t\ninputs: {{n: int}}\nroot: {nodes[0]}\n"


def seconds(work: Callable[[], object], times: int, rounds: int = ROUNDS) -> float:
    """Processor time of one call, the best of several rounds [s]."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - began) / times)
    return best


def ours(leaf: str, count: int, last: str = "") -> tuple[Behaviour, dict[str, Behaviour]]:
    """Our nodes for a tree."""
    tree = parse_tree(yaml_tree(leaf, count, last), skills=SKILLS)
    board = Blackboard()
    built = build(tree.root, Context(cell=IdealCell(Pose())), board, SKILLS)
    board.slot("t/n").write(1)
    return built.root, built.nodes


def rivals(count: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is measured, and how it is ticked once."""
    tree = py_trees.trees.BehaviourTree(bare(BareLeaf, count))
    yield "py_trees 2.6, bare leaves", tree.tick
    board = py_trees.blackboard.Client(name="writer")
    board.register_key("a", access=Access.WRITE)
    board.a = 1
    other = py_trees.trees.BehaviourTree(bare(BareBlackboard, count))
    yield "py_trees 2.6, one read and one write a leaf", other.tick
    root, _ = ours("plain", count)
    yield "pregrasp, bare leaves", root.tick_once
    ported = '{ported: {a: "{n}", b: "{m}"}}'
    root, nodes = ours(ported, count)
    yield "pregrasp, one input and one output a leaf", root.tick_once
    computed = '{ported: {a: "{n} * 2 + 1", b: "{m}"}}'
    root, _ = ours(computed, count)
    yield "pregrasp, the input is a formula", root.tick_once
    told: list[Event] = []
    observation = Observation((told.append,), IdealCell(Pose()).clock)
    root, nodes = ours(ported, count)
    observation.watch(nodes)

    def watched() -> None:
        told.clear()
        observation.begin_tick(1)
        for node in root.tick():
            observation.visit(node)
        observation.look_for_halted()
        observation.end_tick()

    yield "pregrasp, with the event stream on", watched


def measure(count: int) -> list[tuple[str, float]]:
    """The time of one tick of each [s]; in turns, so that disturbances hit all alike."""
    times = max(2, 10_000 // count)
    found = list(rivals(count))
    best = [float("inf")] * len(found)
    for _ in range(ROUNDS):
        for index, (_, tick) in enumerate(found):
            best[index] = min(best[index], seconds(tick, times, rounds=1))
    return [(name, took) for (name, _), took in zip(found, best, strict=True)]


def main() -> None:
    """Measure, and print a table."""
    for count in (10, 100, 1000):
        found = measure(count)
        base = found[0][1]
        print(f"{count} leaves")
        for name, took in found:
            print(f"  {name:45} {1 / took:9.0f} ticks/s  {took / base:5.2f}x")
    root, _ = ours("plain", 1000, last="parked")
    print(f"parked on the last of 1,000 leaves: {1 / seconds(root.tick_once, 500):.0f} ticks/s")
    text = yaml_tree('{ported: {a: "{n}", b: "{m}"}}', 1000)
    took = seconds(lambda: parse_tree(text, skills=SKILLS), 1)
    print(f"loading and checking 1,000 leaves: {took:.3f} s")


if __name__ == "__main__":
    main()
