"""Table I: what it costs to collect, beside the systems that the paper compares itself with.

    python -m benchmarks.paper.table1 --dataset datasets/circuit_board

The data set's own clock is read: robot time from the first capture to the last, and the
share of it that the arm saves by going to the nearest pose next instead of in the order drawn.
The paper: 10,000 captures in 6 h, that is 2.16 s each.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paper.experiment import finish, options
from pregrasp.frames import DEG, MM, Pose
from pregrasp.jobs.collect import robot_time
from pregrasp.perception.dataset import CaptureRecord, Dataset

OTHERS = (
    ("Pinto and Gupta 2016", 50_000, 700.0),
    ("Levine et al. 2016", 800_000, float("nan")),
    ("the paper", 10_000, 6.0),
)
"""System, samples, robot hours; Levine et al. used 6 to 14 robots over two months."""


def travel(poses: list[Pose]) -> float:
    """Way of the arm through some poses, a degree counting as a millimetre [mm]."""
    steps = [(here.inverse() @ there).planar for here, there in itertools.pairwise(poses)]
    return float(sum(step.translation / MM + step.rotation / DEG for step in steps))


def shuffled(records: list[CaptureRecord], rng: np.random.Generator) -> float:
    """Way of the arm if every placement were visited in the order drawn [mm]."""
    total = 0.0
    for placement in sorted({r.placement for r in records}):
        poses = [r.T_base_tool for r in records if r.placement == placement]
        total += travel([poses[i] for i in rng.permutation(len(poses))])
    return total


def main() -> None:
    """Add up one collection."""
    parser = options(__doc__, episodes=0)
    parser.add_argument("--dataset", type=Path, required=True, help="folder of captures")
    chosen = parser.parse_args()
    records = list(Dataset.open(chosen.dataset).records)
    seconds = robot_time(records)
    rng = np.random.default_rng(chosen.seed)
    ordered = sum(
        travel([r.T_base_tool for r in records if r.placement == p])
        for p in sorted({r.placement for r in records})
    )
    drawn = float(np.mean([shuffled(records, rng) for _ in range(20)]))
    result: dict[str, Any] = {
        "paper": {"captures": 10_000, "robot_hours": 6.0, "seconds_a_capture": 2.16},
        "captures": len(records),
        "robot_min": round(seconds / 60, 2),
        "seconds_a_capture": round(seconds / len(records), 3),
        "travel_mm": round(ordered),
        "travel_in_drawn_order_mm": round(drawn),
        "travel_saved_share": round(1 - ordered / drawn, 3),
    }
    print(
        f"{len(records)} captures, {seconds / 60:.1f} robot minutes, "
        f"{seconds / len(records):.2f} s each; the shortest way saves "
        f"{1 - ordered / drawn:.0%} of the travel"
    )

    def draw(plt: Any, file: Path) -> None:
        figure, axis = plt.subplots(figsize=(6, 3.4))
        names = [name for name, _, _ in OTHERS] + ["pregrasp"]
        counts = [samples for _, samples, _ in OTHERS] + [len(records)]
        axis.barh(names, counts, color=["silver"] * len(OTHERS) + ["tab:blue"])
        axis.set_xscale("log")
        axis.set_xlabel("samples for one system")
        axis.bar_label(axis.containers[0], [f"{value:,}" for value in counts], padding=3)
        axis.set_xlim(right=5e6)
        axis.spines[["top", "right"]].set_visible(False)
        figure.tight_layout()
        figure.savefig(file, dpi=110)

    finish(chosen, "table1", result, draw)


if __name__ == "__main__":
    main()
