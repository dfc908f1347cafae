"""``pregrasp train``: make a task's model from its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.console import out, progress_bars, stoppable
from pregrasp.cli.parameters import DatasetFolder, JsonFile, ModelOut, TaskName, dataset_folder


def train(
    task: TaskName,
    dataset: DatasetFolder = None,
    model: ModelOut = None,
    json: JsonFile = None,
    pretrained: Annotated[
        Path | None,
        typer.Option(
            "--pretrained",
            metavar="FILE",
            help="GoogLeNet's weights as torchvision publishes them (.pth); for tasks with "
            "architecture: googlenet.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Train the task's network, calibrate it and export it to TensorFlow Lite.

    Example: `pregrasp train circuit_board --dataset datasets/circuit_board`

    Example: `pregrasp train paper.yaml --pretrained googlenet-1378be20.pth`
    """
    from pregrasp.jobs.results import write_json
    from pregrasp.jobs.train import train as job
    from pregrasp.task import find_task

    found = find_task(task)
    folder = dataset_folder(dataset, found.task)
    with stoppable() as token, progress_bars() as report:
        result = job(
            found, folder, out=model, pretrained=pretrained, report_progress=report, token=token
        )
    out.print(
        f"{result.model_folder}: {result.model_bytes / 1e6:.2f} MB, "
        f"trained in {result.duration / 60:.1f} min",
        markup=False,
        soft_wrap=True,
    )
    if json:
        write_json(json, {"task": found.task, **dict(result.summary)})
        out.print(f"figures: {json}", markup=False)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(train)
