"""Error against number of captures, for every way to place them.

    python -m benchmarks.learning_curve --out runs/learning_curve

Collects 1,000 captures of every distribution in the simulated cell, trains on parts of them,
and lets every model answer the same pictures, one look each: the part re-placed, on tables that
nothing was trained on. ``--steps`` is the training that every point gets, whatever its number
of captures: enough to compare, less than a model that ships. What is done is kept, so the
command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks.learning_curve.judging import look, ring_by_ring
from benchmarks.learning_curve.plot import draw
from benchmarks.learning_curve.subsets import write_subset
from benchmarks.rivals.learn import with_sections
from benchmarks.rivals.pictures import Picture, pictures
from pregrasp.cli.console import progress_bars
from pregrasp.jobs.active import collect_actively
from pregrasp.jobs.collect import collect
from pregrasp.jobs.progress import ReportProgress
from pregrasp.jobs.results import write_json
from pregrasp.jobs.simulated import open_cell
from pregrasp.jobs.train import train
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.errors import TrainingError
from pregrasp.task import Task, find_task

PASSIVE = ("uniform", "gaussian", "uniform_and_fine")
ACTIVE = "active"


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", default="circuit_board", help="circuit_board by default")
    parser.add_argument("--captures", default="25,50,100,200,400,1000", help="commas between")
    parser.add_argument("--strategies", default=",".join((*PASSIVE, ACTIVE)), help="commas between")
    parser.add_argument("--steps", type=int, default=400, help="of training a point (400)")
    parser.add_argument("--batch", type=int, default=16, help="pictures a step (16)")
    parser.add_argument("--scenes", type=int, default=40, help="two test pictures each (40)")
    parser.add_argument("--seed", type=int, default=53, help="of the test pictures (53)")
    parser.add_argument("--out", type=Path, default=Path("runs/learning_curve"))
    return parser.parse_args()


class Bench:
    """Data sets, models and points of one curve, kept in a folder."""

    def __init__(self, chosen: argparse.Namespace, report: ReportProgress) -> None:
        self._chosen, self._report = chosen, report
        self._base = find_task(chosen.task)
        self._lines: Path = chosen.out / f"points_{self._base.task}.jsonl"
        chosen.out.mkdir(parents=True, exist_ok=True)
        self.points = _read(self._lines)
        self._pictures: list[Picture] = []

    def run(self, sizes: list[int], strategies: list[str]) -> None:
        """Every point that is missing, the small ones first."""
        chosen = self._chosen
        self._pictures = pictures(
            self._base, ("nominal",), chosen.scenes, chosen.seed, chosen.out / "pictures",
            lambda stage, done, total: self._report(stage, done, total, ""),
        )  # fmt: skip
        done = {(p["strategy"], p["captures"]) for p in self.points}
        wanted = [(s, n) for n in sizes for s in strategies]
        for number, (strategy, captures) in enumerate(wanted):
            self._report("points", number, len(wanted), f"{strategy}, {captures}")
            if (strategy, captures) not in done:
                self._keep(self._point(strategy, captures, max(sizes)))
        self._report("points", len(wanted), len(wanted), "")

    def _point(self, strategy: str, captures: int, most: int) -> dict[str, Any]:
        root = self._chosen.out / self._base.task / strategy
        if strategy == ACTIVE:
            return self._active_point(root, captures)
        task = self._task(root, {"captures": most, "distribution": strategy})
        part = write_subset(self._whole(task, root), root / str(captures), captures)
        return self.learn(task, part, {"strategy": strategy, "captures": captures}, root)

    def _active_point(self, root: Path, captures: int) -> dict[str, Any]:
        """Two rounds or so on from the point before, in the same data set."""
        rounds = {
            "captures_first": min(captures, 25),
            "captures_each": max(1, captures // 4),
            "captures_max": captures,
        }
        # Nothing is ever good enough: the curve decides when it ends.
        never = {"translation_mm": 1e-6, "rotation_deg": 1e-6}
        task = self._task(root, {"rounds": rounds}, tolerance=never)
        with open_cell(task) as cell:
            cell.reset(start=task.taught.pregrasp)
            collected = collect_actively(task, cell, root / "dataset", report_progress=self._report)
        point: dict[str, Any] = {"strategy": ACTIVE, "captures": captures}
        point["collected"] = collected.rounds[-1].captures
        return self.learn(task, Dataset.open(root / "dataset"), point, root)

    def learn(self, task: Task, part: Dataset, point: dict[str, Any], root: Path) -> dict[str, Any]:
        """Train on a data set and look at the test pictures."""
        model = root / f"model_{point['captures']}"
        point["pictures"] = len(part)
        began = time.monotonic()
        try:
            train(task, part.folder, out=model, report_progress=self._report)
        except TrainingError as error:
            shutil.rmtree(model, ignore_errors=True)
            return {**point, "refused": str(error)}
        point["training_min"] = round((time.monotonic() - began) / 60, 2)
        rows = look(model, task.task, self._pictures)
        write_json(root / f"rows_{point['captures']}.json", rows)
        return point | {name: ring_by_ring(answers) for name, answers in rows.items()}

    def _task(self, root: Path, collection: dict[str, Any], **sections: dict[str, Any]) -> Task:
        network = {
            "steps": self._chosen.steps,
            "batch": self._chosen.batch,
            # Steps count, not minutes: a busy machine must not bend the curve.
            "time_limit_min": 600,
        }
        return with_sections(
            self._base, root / "task", collection=collection, network=network, **sections
        )

    def _whole(self, task: Task, root: Path) -> Dataset:
        """All captures of a distribution, collected as far as they are missing."""
        with open_cell(task) as cell:
            cell.reset(start=task.taught.pregrasp)
            collect(task, cell, root / "dataset", report_progress=self._report)
        return Dataset.open(root / "dataset")

    def _keep(self, point: dict[str, Any]) -> None:
        self.points.append(point)
        with self._lines.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(point) + "\n")


def _read(lines: Path) -> list[dict[str, Any]]:
    if not lines.exists():
        return []
    points = []
    for line in lines.read_text(encoding="utf-8").splitlines():
        try:
            points.append(json.loads(line))
        except ValueError:
            continue  # torn by a killed run: made again
    return points


def row(point: dict[str, Any]) -> str:
    """A point for people: p95 of the bare network, and of what the whole estimator trusts."""
    head = f"{point['strategy']:<17} {point['captures']:>5} ({point['pictures']} pictures)"
    if "refused" in point:
        return f"{head}  refused: {point['refused']}"
    network, whole = point["network"][-1], point["whole"][-1]
    return (
        f"{head}  network p95 {network['p95_mm']} mm {network['p95_deg']} deg; whole p95 "
        f"{whole['p95_mm']} mm {whole['p95_deg']} deg, {whole['trusted']} of {whole['pictures']} "
        f"trusted, {whole['trusted_beyond_0.8mm_0.6deg']} of them wrong"
    )


def main() -> None:
    """Make every point, and the picture."""
    chosen = options()
    sizes = sorted(int(n) for n in chosen.captures.split(","))
    with progress_bars() as report:
        bench = Bench(chosen, report)
        bench.run(sizes, chosen.strategies.split(","))
    points = sorted(bench.points, key=lambda p: (p["strategy"], p["captures"]))
    for point in points:
        print(row(point))
    caption = (
        f"{chosen.task}, {2 * chosen.scenes} test pictures, {chosen.steps} steps of "
        f"{chosen.batch} a point; solid p95, dotted median; line: the paper's 0.8 mm"
    )
    write_json(chosen.out / "learning_curve.json", {"caption": caption, "points": points})
    draw(points, caption, chosen.out / "learning_curve.png")
    print(f"figures: {chosen.out}/learning_curve.json, plot: {chosen.out}/learning_curve.png")


if __name__ == "__main__":
    main()
