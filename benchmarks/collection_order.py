"""What the order of the pictures saves: the same poses, visited in four orders by the arm.

    python -m benchmarks.collection_order --captures 300

Moves of the simulated arm, by its own clock; no pictures are taken. ``picture_s`` is added for
every picture, settling is in the moves.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.cli.console import progress_bars
from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.jobs.results import write_json
from pregrasp.jobs.simulated import open_cell
from pregrasp.perception import sampling
from pregrasp.perception.sampling import CaptureKind, Collection, Sample, plan
from pregrasp.perception.tour import shortest_tour
from pregrasp.task import find_task

Order = Callable[[list[MotionCommand]], list[MotionCommand]]


def nearest_next(motions: list[MotionCommand]) -> list[MotionCommand]:
    """The nearest pose that is left, again and again: what collections did before."""
    left, order, here = list(motions), [], MotionCommand()
    while left:
        here = min(left, key=lambda goal: _way(here, goal))
        left.remove(here)
        order.append(here)
    return order


def _way(start: MotionCommand, goal: MotionCommand) -> float:
    step = start.inverse() @ goal
    return step.translation / MM + step.rotation / DEG


def one_tour(motions: list[MotionCommand]) -> list[MotionCommand]:
    """A single short tour."""
    table = np.array([(m.x / MM, m.y / MM, m.theta / DEG) for m in [MotionCommand(), *motions]])
    off = table[:, None] - table[None]
    costs = np.hypot(off[..., 0], off[..., 1]) + np.abs(off[..., 2])
    return [motions[place - 1] for place in shortest_tour(costs)[1:]]


def link(orders: Sequence[list[MotionCommand]]) -> float:
    """How much the place of a picture tells about its time: the largest correlation."""
    found = [0.0]
    for motions in orders:
        table = np.array([(m.x, m.y, m.theta) for m in motions])
        time = np.arange(len(table))
        found += [abs(float(np.corrcoef(time, column)[0, 1])) for column in table.T]
    return max(found)


def main() -> None:
    """Visit, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", default="circuit_board", help="circuit_board by default")
    parser.add_argument("--captures", type=int, default=300, help="(300)")
    parser.add_argument("--picture-s", type=float, default=0.05, help="for every picture (0.05)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    chosen = parser.parse_args()
    task = find_task(chosen.task)
    samples = list(plan(Collection(captures=chosen.captures), task.workspace))
    places = sorted({s.placement for s in samples})

    def drawn(kept: Callable[[Sample], bool]) -> list[list[MotionCommand]]:
        """What `kept` says of every placement, in the plan's order."""
        return [[s.motion for s in samples if s.placement == p and kept(s)] for p in places]

    planned = drawn(lambda s: s.kind is not CaptureKind.ANCHOR)
    rng = np.random.default_rng(1)
    shuffled = [[motions[i] for i in rng.permutation(len(motions))] for motions in planned]
    orders = {
        "as drawn": shuffled,
        "nearest next": [nearest_next(motions) for motions in shuffled],
        "one tour (2-opt)": [one_tour(motions) for motions in shuffled],
        f"{sampling.PASSES} tours (as shipped)": planned,
    }
    figures = {}
    with open_cell(task) as cell, progress_bars() as report:
        for number, (name, order) in enumerate(orders.items()):
            report("visit", number, len(orders), name)
            cell.reset(start=task.taught.pregrasp)
            began = cell.clock.now()
            for motions in order:
                for motion in (MotionCommand(), *motions):
                    cell.arm.move([task.taught.pregrasp @ motion], CancelToken())
            robot = cell.clock.now() - began + chosen.picture_s * sum(map(len, order))
            figures[name] = {"robot_s": round(robot, 1), "place_tells_time": round(link(order), 2)}
        report("visit", len(orders), len(orders), "")
    slowest = figures["as drawn"]["robot_s"]
    for name, values in figures.items():
        saved = 1 - values["robot_s"] / slowest
        print(f"{name:24} {values['robot_s']:6.1f} s, {saved:4.0%} saved, place and time "
              f"correlate by at most {values['place_tells_time']:.2f}")  # fmt: skip
    if chosen.json:
        write_json(chosen.json, {"task": task.task, "captures": chosen.captures, **figures})


if __name__ == "__main__":
    main()
