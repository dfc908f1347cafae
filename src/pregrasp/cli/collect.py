"""``pregrasp collect``: take a task's pictures."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.asking import ask_before_collecting
from pregrasp.cli.console import err, no_progress, out, progress_bars
from pregrasp.cli.learning import give_lessons, is_shared, learn_and_tell, only_here
from pregrasp.cli.parameters import (
    Active,
    Captures,
    CellName,
    Cluster,
    JsonFile,
    ReportFile,
    Seed,
    TaskNames,
    Workers,
    Yes,
    dataset_folder,
    with_captures,
)
from pregrasp.cli.pausing import pausing
from pregrasp.cli.rounds import say_round, say_rounds
from pregrasp.cli.watching import (
    LOG_FOLDER,
    AllowControl,
    AllowMotion,
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


def collect(
    tasks: TaskNames,
    captures: Captures = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the data set; by default datasets/TASK here. Of several tasks, the "
            "folder in which each gets its own.",
            show_default=False,
        ),
    ] = None,
    cell: CellName = "simulated",
    yes: Yes = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run/--no-dry-run",
            help="On a real cell, visit the corners of the workspace slowly before.",
        ),
    ] = True,
    active: Active = False,
    report: ReportFile = None,
    json: JsonFile = None,
    seed: Seed = 0,
    workers: Workers = 1,
    cluster: Cluster = None,
    log: LogFolder = None,
    no_log: NoLog = False,
    terminal: Terminal = False,
    view: View = False,
    port: Port = PORT,
    allow_control: AllowControl = False,
    allow_motion: AllowMotion = False,
) -> None:
    """Let a cell take the task's pictures.

    Every picture is on disk once it is counted: after Ctrl-C, or a power cut, the same
    command goes on where it stopped. A real cell asks before its first move, and begins with
    a dry run at reduced speed. The space bar pauses it.

    With `--active` it collects in rounds: a short training after each says where the next
    pictures are needed, and when there are enough. `--captures` is then the most.

    Example: `pregrasp collect circuit_board --captures 300 --out datasets/board`

    In rounds: `pregrasp collect ./my_part --active --report rounds.html`

    On a real cell: `pregrasp collect ./my_part --cell irb120_aravis.yaml`

    Many parts: `pregrasp collect ./part_a ./part_b --workers 2`
    """
    from pregrasp.hardware.cell_file import find_cell
    from pregrasp.jobs import collect as job
    from pregrasp.jobs.active import ActiveCollection, collect_actively
    from pregrasp.jobs.cells import open_cell
    from pregrasp.jobs.results import write_json
    from pregrasp.task import find_task

    page = page_wish(view, port, allow_control, allow_motion)
    file = find_cell(cell)
    if is_shared(tasks, workers, cluster):
        only_here(log=log, terminal=terminal, view=view, report=report)
        lessons = give_lessons(
            tasks,
            file,
            captures=captures,
            datasets=folder,
            active=active,
            seed=seed,
        )
        learn_and_tell(lessons, workers=workers, cluster=cluster, json=json)
        return
    found = with_captures(find_task(tasks[0]), captures, active=active)
    folder = dataset_folder(folder, found.task)
    logs = log_folder(log, no_log, LOG_FOLDER)
    with (
        controllable() as control,
        # The pixels are in the data set; the log needs not keep them a second time.
        watching(
            found,
            "collect",
            log=logs,
            terminal=terminal,
            page=page,
            control=control,
            keep_pixels=False,
        ) as watch,
        open_cell(file, found, seed=seed) as devices,
    ):
        before = len(job.open_dataset(found, devices, folder))
        if before:
            err.print(
                f"{folder}: going on after {before} captures, with the part where it was taught",
                markup=False,
                soft_wrap=True,
            )
        if not file.is_simulated:
            ask_before_collecting(file.cell, found.collection, active=active, yes=yes)
            if dry_run:
                err.print("dry run: the corners of the workspace, slowly", style="dim")
                job.dry_run(found, devices, observers=watch.observers, control=control)
        with (
            contextlib.nullcontext() if file.is_simulated else pausing(control),
            no_progress() if terminal else progress_bars() as progress,
        ):
            rounds: ActiveCollection | None = None
            if active:
                rounds = collect_actively(
                    found,
                    devices,
                    folder,
                    report_progress=progress,
                    on_round=say_round,
                    observers=watch.observers,
                    control=control,
                )
                result = rounds.collection
            else:
                result = job.collect(
                    found,
                    devices,
                    folder,
                    report_progress=progress,
                    observers=watch.observers,
                    control=control,
                )
    if rounds is not None:
        say_rounds(rounds)
    out.print(
        f"{result.dataset}: {result.captures} captures, {result.added} of them new, "
        f"{result.robot_time / 60:.1f} min of robot time",
        markup=False,
        soft_wrap=True,
    )
    if json:
        write_json(json, result.to_json() | ({} if rounds is None else rounds.to_json()))
        out.print(f"figures: {json}", markup=False)
    if report:
        from pregrasp.jobs.report import Report, write_report

        write_report(report, Report(task=found, dataset=folder))
        out.print(f"report: {report}", markup=False)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(collect)
