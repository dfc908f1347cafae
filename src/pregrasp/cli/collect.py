"""``pregrasp collect``: take a task's pictures."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.console import err, no_progress, out, progress_bars, stoppable
from pregrasp.cli.parameters import Captures, Seed, TaskName, dataset_folder
from pregrasp.cli.watching import (
    LOG_FOLDER,
    LogFolder,
    NoLog,
    Terminal,
    View,
    log_folder,
    watching,
)


def collect(
    task: TaskName,
    captures: Captures = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the data set; by default datasets/TASK here.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    log: LogFolder = None,
    no_log: NoLog = False,
    terminal: Terminal = False,
    view: View = False,
) -> None:
    """Let the simulated cell take the task's pictures.

    Every picture is on disk once it is counted: after Ctrl-C, or a power cut, the same
    command goes on where it stopped.

    Example: `pregrasp collect circuit_board --captures 300 --out datasets/board`
    """
    from pregrasp.jobs import collect as job
    from pregrasp.jobs.simulated import open_cell
    from pregrasp.task import find_task

    found = find_task(task)
    if captures:
        collection = dataclasses.replace(found.collection, captures=captures)
        found = dataclasses.replace(found, collection=collection)
    folder = dataset_folder(folder, found.task)
    logs = log_folder(log, no_log, LOG_FOLDER)
    with (
        stoppable() as token,
        # The pixels are in the data set; the log needs not keep them a second time.
        watching(
            found, "collect", log=logs, terminal=terminal, view=view, keep_pixels=False
        ) as watch,
        open_cell(found, seed=seed) as cell,
    ):
        before = len(job.open_dataset(found, cell, folder))
        if before:
            err.print(
                f"{folder}: going on after {before} captures, with the part where it was taught",
                markup=False,
                soft_wrap=True,
            )
        with no_progress() if terminal else progress_bars() as report:
            result = job.collect(
                found,
                cell,
                folder,
                report_progress=report,
                token=token,
                observers=watch.observers,
            )
    out.print(
        f"{result.dataset}: {result.captures} captures, {result.added} of them new, "
        f"{result.robot_time / 60:.1f} min of robot time",
        markup=False,
        soft_wrap=True,
    )


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(collect)
