"""``pregrasp grasp``: one grasp in the simulated cell."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli import ERROR, REFUSED
from pregrasp.cli.conditions import list_conditions
from pregrasp.cli.console import err, out, stoppable
from pregrasp.cli.parameters import Condition, JsonFile, ModelFolder, Seed, TaskName
from pregrasp.cli.watching import (
    LOG_FOLDER,
    Groot,
    LogFolder,
    NoLog,
    Terminal,
    View,
    log_folder,
    watching,
)


def grasp(
    task: TaskName,
    condition: Condition = "nominal",
    seed: Seed = 0,
    model: ModelFolder = None,
    json: JsonFile = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write a page with the pictures of the servo.",
            show_default=False,
        ),
    ] = None,
    log: LogFolder = None,
    no_log: NoLog = False,
    terminal: Terminal = False,
    view: View = False,
    groot: Groot = None,
) -> None:
    """Put the part down somewhere, start somewhere, and grasp it.

    Ends with 0 if the part was lifted, 3 if the robot refused, 1 otherwise.

    Example: `pregrasp grasp circuit_board --condition dim --seed 4`
    """
    if condition == "list":
        list_conditions()
    from pregrasp.cli.tables import move_table, verdict_text
    from pregrasp.jobs.episode import Verdict
    from pregrasp.jobs.evaluate import Evaluation
    from pregrasp.jobs.grasp import GraspStation
    from pregrasp.jobs.results import write_json
    from pregrasp.task import find_task

    found = find_task(task)
    folder = log_folder(log, no_log, LOG_FOLDER)
    with (
        stoppable() as token,
        watching(
            found,
            "grasp",
            log=folder,
            terminal=terminal,
            view=view,
            groot=groot,
            model_folder=model,
        ) as watch,
        contextlib.nullcontext() if terminal else err.status("grasping ..."),
        GraspStation(
            found,
            model_folder=model,
            keep_images=report is not None,
            observers=watch.observers,
        ) as station,
    ):
        episode = station.run(0, seed, condition, token)
        overview = station.cell.overview() if report else None
    out.print(f"part put down at {episode.plan.placement}, start {episode.plan.start}", style="dim")
    out.print(move_table(episode))
    out.print(verdict_text(episode))
    if json:
        write_json(json, {"task": found.task, "condition": condition, **episode.to_json()})
    if report:
        from pregrasp.jobs.report import Report, write_report

        evaluation = Evaluation(found.task, condition, seed, (episode,))
        write_report(report, Report(task=found, evaluation=evaluation, overview=overview))
        out.print(f"report: {report}", markup=False, soft_wrap=True)
    if episode.verdict is not Verdict.GRASPED:
        raise typer.Exit(REFUSED if episode.verdict is Verdict.REFUSED else ERROR)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(grasp)
