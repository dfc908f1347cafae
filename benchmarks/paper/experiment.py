"""What the paper's experiments share: options, episodes that resume, figures that are kept.

Episodes are the project's own: the part is re-placed, at any angle, on a table that no
training saw; the paper keeps its object where it was taught. Every episode is one line of a
file, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.intervals import bootstrap, wilson
from pregrasp.cli.console import progress_bars
from pregrasp.jobs.grasp import GraspStation
from pregrasp.jobs.results import write_json
from pregrasp.task import Task, find_task

LIMIT_MM, LIMIT_DEG = 0.8, 0.6

Record = dict[str, Any]


def options(description: str | None, episodes: int = 300) -> argparse.ArgumentParser:
    """The options that every experiment has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", default="circuit_board", help="circuit_board by default")
    parser.add_argument("--episodes", type=int, default=episodes, help=f"({episodes})")
    parser.add_argument("--seed", type=int, default=41, help="of the episodes (41)")
    parser.add_argument("--out", type=Path, default=Path("runs/paper"), help="runs/paper")
    parser.add_argument("--quick", action="store_true", help="three episodes")
    return parser


def count(chosen: argparse.Namespace) -> int:
    """How many episodes are wanted."""
    return 3 if chosen.quick else int(chosen.episodes)


def episodes(
    chosen: argparse.Namespace, name: str, model: Path | None, condition: str
) -> list[Record]:
    """The records of some episodes, run where they are not on disk yet.

    Args:
        chosen: Task, number, seed and folder.
        name: Of the model, for the file.
        model: Its folder; None for the task's own.
        condition: Name of a disturbance.
    """
    task = find_task(chosen.task)
    file = chosen.out / "episodes" / f"{task.task}_{name}_{condition}_{chosen.seed}.jsonl"
    done = {record["index"]: record for record in _read(file)}
    wanted = range(count(chosen))
    missing = [index for index in wanted if index not in done]
    if missing:
        file.parent.mkdir(parents=True, exist_ok=True)
        with progress_bars() as report, file.open("a", encoding="utf-8") as lines:
            run = _station(task, model)
            with run as station:
                for number, index in enumerate(missing, start=1):
                    record = station.run(index, chosen.seed, condition).to_json()
                    done[index] = record
                    lines.write(json.dumps(record) + "\n")
                    lines.flush()
                    report(f"{name}, {condition}", number, len(missing), "")
    return [done[index] for index in wanted]


def _station(task: Task, model: Path | None) -> GraspStation:
    return GraspStation(task, model_folder=model)


def _read(file: Path) -> list[Record]:
    if not file.exists():
        return []
    records = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            continue  # torn by a killed run: done again
    return records


def closed_loop(records: list[Record]) -> dict[str, Any]:
    """What a set of episodes adds up to, with 95 % intervals."""
    accepted = [r for r in records if r["accepted"]]
    within = sum(
        r["translation_mm"] <= LIMIT_MM and r["rotation_deg"] <= LIMIT_DEG for r in accepted
    )
    last = [r["looks"][-1]["error"] for r in accepted]
    low, high = wilson(within, len(records))
    return {
        "episodes": len(records),
        "accepted": len(accepted),
        "within_0.8mm_0.6deg": within,
        "within_share_95": [round(low, 4), round(high, 4)],
        "false_accepts": sum(r["false_accept"] for r in records),
        "moves_median": bootstrap([r["moves"] for r in accepted], 0.5)[0],
        "moves_most": max((r["moves"] for r in accepted), default=None),
        "translation_mm": quantiles([r["translation_mm"] for r in accepted]),
        "rotation_deg": quantiles([r["rotation_deg"] for r in accepted]),
        "abs_x_mm": quantiles([abs(e["x_mm"]) for e in last]),
        "abs_y_mm": quantiles([abs(e["y_mm"]) for e in last]),
        "abs_theta_deg": quantiles([abs(e["theta_deg"]) for e in last]),
    }


def quantiles(values: list[float]) -> dict[str, Any]:
    """Median and 95 % point with their bootstrap intervals, and the largest."""
    if not values:
        return {"p50": None, "p95": None, "max": None}
    p50, p95 = bootstrap(values, 0.5), bootstrap(values, 0.95)
    return {
        "p50": round(p50[0], 4),
        "p50_95": [round(p50[1], 4), round(p50[2], 4)],
        "p95": round(p95[0], 4),
        "p95_95": [round(p95[1], 4), round(p95[2], 4)],
        "max": round(max(values), 4),
    }


def stops(record: Record) -> list[Record]:
    """The looks of an episode, one for each place: an arm may look twice before it moves."""
    looks = record["looks"]
    return [
        look
        for k, look in enumerate(looks)
        if k + 1 == len(looks) or looks[k + 1]["error"] != look["error"]
    ]


def by_state(records: list[Record], most: int = 5) -> list[dict[str, Any]]:
    """Errors at every state of the servo, as Tables II and III have them."""
    states = []
    for k in range(most):
        looks = [s[k] for r in records if r["accepted"] and len(s := stops(r)) > k]
        if looks:
            states.append(
                {
                    "state": k,
                    "episodes": len(looks),
                    "translation_mm": quantiles([look["translation_mm"] for look in looks]),
                    "rotation_deg": quantiles([look["rotation_deg"] for look in looks]),
                }
            )
    return states


def finish(
    chosen: argparse.Namespace,
    name: str,
    result: dict[str, Any],
    draw: Callable[[Any, Path], None],
) -> None:
    """Keep the figures and the plot, and say where."""
    write_json(chosen.out / f"{name}.json", result)
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    draw(plt, chosen.out / f"{name}.png")
    print(f"figures: {chosen.out / name}.json, plot: {chosen.out / name}.png")


def line(name: str, summary: dict[str, Any]) -> str:
    """One row for people."""
    t, r = summary["translation_mm"], summary["rotation_deg"]
    low, high = summary["within_share_95"]
    return (
        f"{name:<28} n {summary['episodes']:<4} accepted {summary['accepted']:<4} within "
        f"{summary['within_0.8mm_0.6deg']:<4} ({low:.0%} to {high:.0%})  "
        f"mm {t['p50']} / {t['p95']}  deg {r['p50']} / {r['p95']}  wrong "
        f"{summary['false_accepts']}"
    )
