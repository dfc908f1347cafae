"""What the façade costs: importing it, and a job beyond its tree.

``python -m benchmarks.embedding [--rounds 200]``
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from pregrasp.jobs.grasp_job import GraspResult
from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task, find_task


def import_time(program: str) -> float:
    """Median of seven fresh processes, less the interpreter's own start [s]."""

    def once(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    bare = float(np.median([once("pass") for _ in range(7)]))
    return float(np.median([once(program) for _ in range(7)])) - bare


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    print(f"import pregrasp            {import_time('import pregrasp') * 1e3:8.1f} ms")
    everything = "import pregrasp; [getattr(pregrasp, n) for n in pregrasp.__all__]"
    print(f"... and every public name  {import_time(everything) * 1e3:8.1f} ms")

    task = find_task("circuit_board")
    starts: list[float] = []
    jobs: list[float] = []
    overheads: list[float] = []
    alone: list[float] = []
    for _ in range(rounds):
        # A part that was grasped is gone, so every run has a cell of its own.
        with open_ideal(task) as (cell, loaded, _):
            tree = timed(loaded)
            began = time.perf_counter()
            job = cell.start(loaded)
            starts.append(time.perf_counter() - began)
            assert job.result().grasped
            jobs.append(time.perf_counter() - began)
            overheads.append(jobs[-1] - tree[0])
        with open_ideal(task) as (_, loaded, devices):
            began = time.perf_counter()
            loaded.grasp.run(devices)
            alone.append(time.perf_counter() - began)
    for what, values in (
        ("until start() returns", starts),
        ("job, from start to result", jobs),
        ("its share beyond its tree", overheads),
        ("the tree, without a job", alone),
    ):
        middle, high = np.percentile(values, [50, 95]) * 1e3
        print(f"{what:26s} {middle:8.2f} ms median {high:8.2f} ms p95")


@contextmanager
def open_ideal(task: Task) -> Iterator[tuple[OpenCell, LoadedTask, IdealCell]]:
    """A cell with a part in it, and the task loaded."""
    devices = IdealCell(task.taught.grasp)
    with OpenCell(devices) as cell:
        estimator = IdealEstimator(devices, task.taught.approach)
        yield cell, cell.load(task, estimator=estimator), devices


def timed(loaded: LoadedTask) -> list[float]:
    """How long the task's tree took, each time it ran [s]."""
    took: list[float] = []
    run = loaded.grasp.run

    def timed_run(*given: Any, **named: Any) -> GraspResult:
        began = time.perf_counter()
        try:
            return run(*given, **named)
        finally:
            took.append(time.perf_counter() - began)

    loaded.grasp.run = timed_run  # type: ignore[method-assign]
    return took


if __name__ == "__main__":
    main()
