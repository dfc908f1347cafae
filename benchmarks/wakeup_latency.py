"""How long until a skill that has finished is noticed, at several tick rates.

    python benchmarks/wakeup_latency.py

A skill notes the time when its work ends; the skill after it notes when it begins. Nothing
else is between them but the runner. 5 ms are allowed, whatever the rate.
"""

from __future__ import annotations

import statistics
import time
from typing import ClassVar

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.clock import WallClock
from pregrasp.skills import Action, Condition, Skill
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import Runner, parse_tree

ROUNDS = 200
WORK = 0.003
"""How long the skill works [s]."""
PERIODS = (0.01, 0.05, 1.0, 60.0)
"""Longest times between ticks [s]."""


class Work(Action):
    ended: ClassVar[float] = 0.0

    def work(self, token: CancelToken) -> None:
        token.wait(WORK)
        Work.ended = time.perf_counter()


class Notice(Condition):
    latencies: ClassVar[list[float]] = []

    def check(self) -> bool:
        self.latencies.append(time.perf_counter() - Work.ended)
        return True


class RealTimeCell(IdealCell):
    clock: WallClock  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(Pose())
        self.clock = WallClock()


def main() -> None:
    skills: dict[str, type[Skill]] = {"work": Work, "notice": Notice}
    root = f"{{repeat: {{times: {ROUNDS}, do: [work, notice]}}}}"
    tree = parse_tree(f"tree: latency\nroot: {root}\n", skills=skills)
    print("tick period [s]   median [ms]   p99 [ms]   worst [ms]")
    for period in PERIODS:
        Notice.latencies.clear()
        Runner(tree, RealTimeCell(), skills=skills, tick_period=period).run()
        found = sorted(1e3 * latency for latency in Notice.latencies)
        p99 = found[int(0.99 * (len(found) - 1))]
        print(f"{period:15g}   {statistics.median(found):11.3f}   {p99:8.3f}   {found[-1]:10.3f}")


if __name__ == "__main__":
    main()
