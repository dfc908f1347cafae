"""Trains the rivals that must be trained, on the captures of the shipped model's kind.

    python -m benchmarks.rivals.learn circuit_board --dataset datasets/circuit_board
    python -m benchmarks.rivals.learn circuit_board --dataset datasets/circuit_board \\
        --architecture googlenet --minutes 20

``python -m benchmarks.rivals`` finds the models in the folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import yaml

from pregrasp.cli.console import progress_bars
from pregrasp.jobs.train import train
from pregrasp.task import TASK_FILE, Task, find_task, load_task


def with_sections(task: Task, folder: Path, **sections: dict[str, Any]) -> Task:
    """A copy of a task in another folder, with some sections of its file replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    values = yaml.safe_load((task.folder / TASK_FILE).read_text(encoding="utf-8"))
    text = yaml.safe_dump(values | sections, sort_keys=False)
    (folder / TASK_FILE).write_text(text, encoding="utf-8")
    return load_task(folder / TASK_FILE)


def main() -> None:
    """Train one rival."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", help="a task's name or folder")
    parser.add_argument("--dataset", type=Path, required=True, help="folder of captures")
    parser.add_argument("--architecture", default="features", help="features by default")
    parser.add_argument("--minutes", type=float, default=6.0, help="of training at most (6)")
    parser.add_argument("--steps", type=int, default=1800, help="of training at most (1800)")
    parser.add_argument("--pretrained", type=Path, help="torchvision's weights, for googlenet")
    parser.add_argument("--out", type=Path, default=Path("runs/rivals"), help="runs/rivals")
    options = parser.parse_args()
    task = find_task(options.task)
    network = {
        "architecture": options.architecture,
        # The rivals are what they are: none of them gets the project's own last inch.
        "last_inch": False,
        "time_limit_min": options.minutes,
        "steps": options.steps,
    }
    folder = options.out / "tasks" / options.architecture / task.task
    changed = with_sections(task, folder, network=network)
    with progress_bars() as report:
        result = train(
            changed,
            options.dataset,
            out=options.out / "models" / options.architecture / task.task,
            pretrained=options.pretrained,
            report_progress=report,
        )
    print(f"{result.model_folder}: {result.duration / 60:.1f} min, {result.summary['made']}")


if __name__ == "__main__":
    main()
