"""``pregrasp evaluate``: many grasps and what they add up to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.conditions import list_conditions
from pregrasp.cli.console import no_progress, out, progress_bars, say_error
from pregrasp.cli.parameters import (
    Cluster,
    Condition,
    JsonFile,
    ModelFolder,
    Seed,
    TaskName,
    Workers,
)
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


def evaluate(
    task: TaskName,
    episodes: Annotated[int, typer.Option("--episodes", min=1, help="How many grasps.")] = 20,
    seed: Seed = 0,
    condition: Condition = "nominal",
    json: JsonFile = None,
    model: ModelFolder = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write a page with figures and pictures.",
            show_default=False,
        ),
    ] = None,
    workers: Workers = 1,
    cluster: Cluster = None,
    log: LogFolderIfWanted = None,
    terminal: Terminal = False,
    view: View = False,
    port: Port = PORT,
    allow_control: AllowControl = False,
    allow_motion: AllowMotion = False,
) -> None:
    """Grasp again and again, on tables the model never saw, and sum it up.

    Every episode depends on the seed and its own number only. Errors are true errors of the
    accepted episodes, taken when the servo accepts, before the approach.

    Example: `pregrasp evaluate circuit_board --episodes 200 --condition dim --json dim.json`

    Example: `pregrasp evaluate circuit_board --episodes 1000 --cluster 10.0.0.5:6379 --workers 32`
    """
    if condition == "list":
        list_conditions()
    from pregrasp.cli.tables import evaluation_table, summary_line
    from pregrasp.jobs.evaluate import evaluate as job
    from pregrasp.jobs.results import write_json
    from pregrasp.task import find_task

    page = page_wish(view, port, allow_control, allow_motion)
    found = find_task(task)
    if (workers > 1 or cluster) and (log or terminal or view):
        raise typer.BadParameter("--log, --terminal and --view need --workers 1 and no --cluster")
    with (
        controllable() as control,
        watching(
            found,
            "evaluate",
            log=log,
            terminal=terminal,
            page=page,
            control=control,
            model_folder=model,
        ) as watch,
        no_progress() if terminal else progress_bars() as progress,
    ):
        result = job(
            found,
            episodes,
            seed=seed,
            condition=condition,
            model_folder=model,
            workers=workers,
            cluster=cluster,
            keep_images=report is not None,
            report_progress=progress,
            control=control,
            observers=watch.observers,
        )
    out.print(summary_line(result), markup=False, soft_wrap=True)
    out.print(evaluation_table(result))
    if json:
        write_json(json, result.to_json())
        out.print(f"figures: {json}", markup=False, soft_wrap=True)
    if report:
        from pregrasp.jobs.report import Report, write_report

        write_report(report, Report(task=found, evaluation=result))
        out.print(f"report: {report}", markup=False, soft_wrap=True)
    if len(result.episodes) < episodes:
        say_error(f"stopped after {len(result.episodes)} of {episodes} episodes")
        raise typer.Exit(130)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(evaluate)
