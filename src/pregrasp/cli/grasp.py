"""``pregrasp grasp``: one grasp."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli import ERROR, REFUSED
from pregrasp.cli.asking import ask_before_moving
from pregrasp.cli.conditions import list_conditions
from pregrasp.cli.console import err, out
from pregrasp.cli.parameters import CellName, Condition, JsonFile, ModelFolder, Seed, TaskName, Yes
from pregrasp.cli.watching import (
    LOG_FOLDER,
    AllowControl,
    AllowMotion,
    Groot,
    LogFolder,
    NoLog,
    Port,
    Terminal,
    View,
    controllable,
    log_folder,
    page_wish,
    watching,
)
from pregrasp.viewer.opening import PORT

if TYPE_CHECKING:
    from pregrasp.hardware.cell_file import CellFile
    from pregrasp.task import Task
    from pregrasp.trees.events import Observer
    from pregrasp.trees.run_control import RunControl


def grasp(
    task: TaskName,
    cell: CellName = "simulated",
    yes: Yes = False,
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
    port: Port = PORT,
    allow_control: AllowControl = False,
    allow_motion: AllowMotion = False,
    groot: Groot = None,
) -> None:
    """Grasp the part once.

    The simulated cell first puts the part down somewhere and starts somewhere. On a real cell
    the part lies within the task's workspace, and the robot asks before it moves.

    Ends with 0 if the part was lifted, 3 if the robot refused, 1 otherwise.

    Example: `pregrasp grasp circuit_board --condition dim --seed 4`

    On a real cell: `pregrasp grasp ./my_part --cell irb120_aravis.yaml`
    """
    if condition == "list":
        list_conditions()
    from pregrasp.cli.tables import move_table, verdict_text
    from pregrasp.hardware.cell_file import find_cell
    from pregrasp.hardware.simulation.conditions import Condition
    from pregrasp.jobs.episode import Verdict
    from pregrasp.jobs.evaluate import Evaluation
    from pregrasp.jobs.grasp import GraspStation
    from pregrasp.jobs.results import write_json
    from pregrasp.task import find_task

    page = page_wish(view, port, allow_control, allow_motion)
    found = find_task(task)
    file = find_cell(cell)
    folder = log_folder(log, no_log, LOG_FOLDER)
    if not file.is_simulated:
        if condition != "nominal" or report is not None:
            raise typer.BadParameter("--condition and --report are for the simulated cell")
        ask_before_moving(f"{file.cell} is about to grasp {found.task}.", yes=yes)
    with (
        controllable() as control,
        watching(
            found,
            "grasp",
            log=folder,
            terminal=terminal,
            page=page,
            control=control,
            groot=groot,
            model_folder=model,
        ) as watch,
    ):
        if not file.is_simulated:
            _grasp_for_real(file, found, model, json, watch.observers, control)
            return
        with (
            contextlib.nullcontext() if terminal else err.status("grasping ..."),
            GraspStation(
                found,
                model_folder=model,
                keep_images=report is not None,
                observers=watch.observers,
                cell_file=file,
            ) as station,
        ):
            episode = station.run(0, seed, condition, control=control)
            overview = station.cell.overview() if report else None
    part_there = Condition(condition).part_there
    where = f"part put down at {episode.plan.placement}" if part_there else "no part in the cell"
    out.print(f"{where}, start {episode.plan.start}", style="dim")
    out.print(move_table(episode, part_there=part_there))
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


def _grasp_for_real(
    file: CellFile,
    task: Task,
    model: Path | None,
    json: Path | None,
    observers: Sequence[Observer],
    control: RunControl,
) -> None:
    """Grasp once on a cell whose true errors nobody knows."""
    from pregrasp.cli.tables import estimate_table, result_text
    from pregrasp.jobs.cells import open_cell
    from pregrasp.jobs.episode import Verdict
    from pregrasp.jobs.grasp_job import GraspJob
    from pregrasp.jobs.results import write_json

    job = GraspJob(task, model_folder=model, observers=observers)
    with open_cell(file, task) as cell:
        result = job.run(cell, control)
    out.print(estimate_table(result))
    out.print(result_text(result))
    if json:
        write_json(json, {"task": task.task, "cell": file.cell, **result.to_json()})
    if result.verdict is not Verdict.GRASPED:
        raise typer.Exit(REFUSED if result.verdict is Verdict.REFUSED else ERROR)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(grasp)
