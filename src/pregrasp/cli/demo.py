"""``pregrasp demo``: the whole job, from a taught object to a page about its grasps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.console import err, no_progress, out, progress_bars
from pregrasp.cli.watching import (
    AllowControl,
    AllowMotion,
    LogFolderIfWanted,
    Port,
    Terminal,
    View,
    controllable,
    page_wish,
    watching,
)
from pregrasp.viewer.opening import PORT


def demo(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="Name or path of a task.")
    ] = "circuit_board",
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="For everything that is made.")
    ] = Path("runs/demo"),
    grasps: Annotated[int, typer.Option("--grasps", min=1, help="How many grasps.")] = 20,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the grasps.")] = 1,
    log: LogFolderIfWanted = None,
    terminal: Terminal = False,
    view: View = False,
    port: Port = PORT,
    allow_control: AllowControl = False,
    allow_motion: AllowMotion = False,
) -> None:
    """Learn an object in the simulated cell, grasp it, and write a page about it.

    The model that ships with the task is not touched.

    Example: `pregrasp demo circuit_board --grasps 20 --out runs/demo`
    """
    from pregrasp.cli.tables import episode_table, evaluation_table, summary_line
    from pregrasp.jobs.demo import demonstrate
    from pregrasp.task import find_task

    page = page_wish(view, port, allow_control, allow_motion)
    found = find_task(task)
    err.print(f"[bold]{found.task}[/bold]: collect, train, then {grasps} grasps", soft_wrap=True)
    with (
        controllable() as control,
        watching(
            found,
            "demo",
            log=log,
            terminal=terminal,
            page=page,
            control=control,
            keep_pixels=False,
        ) as watch,
        no_progress() if terminal else progress_bars() as report,
    ):
        result = demonstrate(
            found,
            folder,
            grasps=grasps,
            seed=seed,
            report_progress=report,
            control=control,
            observers=watch.observers,
        )
    out.print(episode_table(result.evaluation.episodes))
    out.print()
    out.print(evaluation_table(result.evaluation))
    out.print(summary_line(result.evaluation), markup=False, soft_wrap=True)
    out.print(f"report: {result.report.resolve()}", markup=False, soft_wrap=True)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(demo)
