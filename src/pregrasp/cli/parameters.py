"""Arguments and options that several commands share."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pregrasp.task import Task

TaskName = Annotated[
    str,
    typer.Argument(
        metavar="TASK",
        help="Name of a task of the library, or the path of a task's folder or file.",
        show_default=False,
    ),
]

TaskNames = Annotated[
    list[str],
    typer.Argument(
        metavar="TASK...",
        help="Names of tasks of the library, or paths of tasks' folders or files.",
        show_default=False,
    ),
]

TreeName = Annotated[
    str,
    typer.Argument(
        metavar="TREE",
        help="Name of a tree of the library, or the path of a file.",
        show_default=False,
    ),
]

DatasetFolder = Annotated[
    Path | None,
    typer.Option(
        "--dataset",
        metavar="DIR",
        help="Folder of the data set; by default datasets/TASK here.",
        show_default=False,
    ),
]

ModelFolder = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="DIR",
        help="Folder of the model; by default the one in the task's folder.",
        show_default=False,
    ),
]

ModelOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Where to put the model; by default into the task's folder.",
        show_default=False,
    ),
]

CellName = Annotated[
    str,
    typer.Option(
        "--cell",
        metavar="FILE",
        help="Cell file, or the name of a cell that ships: simulated, irb120_flir, ...",
    ),
]

Yes = Annotated[
    bool, typer.Option("--yes", help="Do not ask before the first move of a real robot.")
]

Seed = Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")]

JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="FILE", help="Write the figures into a JSON file.", show_default=False
    ),
]

Condition = Annotated[
    str,
    typer.Option(
        "--condition",
        metavar="NAME",
        help="What disturbs the robot: nominal, dim, bright, ...; 'list' shows them all.",
    ),
]

Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Share the work by Ray: 'local' starts it here, 'auto' finds the cluster that this "
        "machine belongs to, HOST:PORT another one.",
        show_default=False,
    ),
]

Workers = Annotated[
    int, typer.Option("--workers", min=1, help="Processes; the result does not depend on it.")
]

Captures = Annotated[
    int | None,
    typer.Option(
        "--captures",
        min=1,
        help="How many pictures, instead of the task's own number.",
        show_default=False,
    ),
]


Active = Annotated[
    bool,
    typer.Option(
        "--active",
        help="In rounds, each where the model is worst so far; ends when a bound on its error "
        "meets the task's tolerance.",
    ),
]

ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="FILE", help="Write a report with pictures (HTML).", show_default=False
    ),
]


def with_captures(task: Task, captures: int | None, *, active: bool) -> Task:
    """The task with another number of captures: of the whole collection, or at most.

    Raises:
        BadParameter: With so few captures no round can be learned from.
    """
    if not captures:
        return task
    collection = task.collection
    if active:
        first = min(captures, collection.rounds.captures_first)
        try:
            rounds = dataclasses.replace(
                collection.rounds, captures_max=captures, captures_first=first
            )
        except ValueError as error:
            raise typer.BadParameter(f"--captures {captures} with --active: {error}") from error
        return dataclasses.replace(task, collection=dataclasses.replace(collection, rounds=rounds))
    return dataclasses.replace(task, collection=dataclasses.replace(collection, captures=captures))


def dataset_folder(chosen: Path | None, task: str) -> Path:
    """The data set's folder: chosen, or the usual place."""
    return chosen or Path("datasets") / task
