"""What the façade costs: importing it, and a job beyond its tree.

``python benchmarks/embedding.py [--rounds 200]``
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import numpy as np

from pregrasp.line.cell import OpenCell
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import find_task


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
    by_job: list[float] = []
    by_tree: list[float] = []
    for number in range(rounds):
        # A part that was grasped is gone, so every run has a cell of its own.
        for measured in (by_job, by_tree) if number % 2 else (by_tree, by_job):
            devices = IdealCell(task.taught.grasp)
            with OpenCell(devices) as cell:
                loaded = cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
                began = time.perf_counter()
                if measured is by_job:
                    assert cell.start(loaded).result().grasped
                else:
                    loaded.grasp.run(devices)
                measured.append(time.perf_counter() - began)
    overheads = sorted(job - tree for job, tree in zip(by_job, by_tree, strict=True))
    print(f"tree alone, median         {np.median(by_tree) * 1e3:8.2f} ms")
    print(f"job, median                {np.median(by_job) * 1e3:8.2f} ms")
    print(f"overhead, median           {np.median(overheads) * 1e3:8.2f} ms")
    print(f"overhead, p95              {overheads[int(0.95 * rounds)] * 1e3:8.2f} ms")


if __name__ == "__main__":
    main()
