"""``pregrasp deploy``: collect, train and calibrate in one go."""

from __future__ import annotations

import typer

from pregrasp.cli.asking import ask_before_collecting
from pregrasp.cli.console import no_progress, out, progress_bars
from pregrasp.cli.learning import give_lessons, is_shared, learn_and_tell, only_here
from pregrasp.cli.parameters import (
    Active,
    Captures,
    CellName,
    Cluster,
    DatasetFolder,
    JsonFile,
    ModelOut,
    ReportFile,
    Seed,
    TaskNames,
    Workers,
    Yes,
    dataset_folder,
    with_captures,
)
from pregrasp.cli.rounds import say_round, say_rounds
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


def deploy(
    tasks: TaskNames,
    captures: Captures = None,
    dataset: DatasetFolder = None,
    model: ModelOut = None,
    json: JsonFile = None,
    report: ReportFile = None,
    active: Active = False,
    cell: CellName = "simulated",
    yes: Yes = False,
    seed: Seed = 0,
    workers: Workers = 1,
    cluster: Cluster = None,
    log: LogFolderIfWanted = None,
    terminal: Terminal = False,
    view: View = False,
    port: Port = PORT,
    allow_control: AllowControl = False,
    allow_motion: AllowMotion = False,
) -> None:
    """Learn an object: collect its pictures, train its model, calibrate it.

    Example: `pregrasp deploy ./my_part --json my_part.json`

    In rounds, as many as it takes: `pregrasp deploy ./my_part --active --report my_part.html`

    Many parts: `pregrasp deploy ./a ./b ./c --cluster 10.0.0.5:6379 --workers 64`
    """
    from pregrasp.hardware.cell_file import find_cell
    from pregrasp.jobs.cells import open_cell
    from pregrasp.jobs.deploy import deploy as job
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
            datasets=dataset,
            active=active,
            seed=seed,
            train=True,
            models=model,
        )
        learn_and_tell(lessons, workers=workers, cluster=cluster, json=json)
        return
    found = with_captures(find_task(tasks[0]), captures, active=active)
    folder = dataset_folder(dataset, found.task)
    with (
        controllable() as control,
        watching(
            found,
            "deploy",
            log=log,
            terminal=terminal,
            page=page,
            control=control,
            keep_pixels=False,
        ) as watch,
        no_progress() if terminal else progress_bars() as progress,
        open_cell(file, found, seed=seed) as devices,
    ):
        if not file.is_simulated:
            ask_before_collecting(file.cell, found.collection, active=active, yes=yes)
        result = job(
            found,
            devices,
            folder,
            out=model,
            report_progress=progress,
            control=control,
            observers=watch.observers,
            active=active,
            on_round=say_round,
        )
    if result.active is not None:
        say_rounds(result.active)
    out.print(
        f"{result.collection.captures} captures in {result.collection.robot_time / 60:.1f} min of "
        f"robot time, trained in {result.training.duration / 60:.1f} min, "
        f"{result.training.model_bytes / 1e6:.2f} MB in {result.training.model_folder}",
        markup=False,
        soft_wrap=True,
    )
    if json:
        write_json(json, result.to_json())
        out.print(f"figures: {json}", markup=False)
    if report:
        from pregrasp.jobs.report import Report, write_report

        write_report(report, Report(task=found, deployment=result, dataset=folder))
        out.print(f"report: {report}", markup=False)
    out.print(f"now try: pregrasp grasp {tasks[0]}", style="dim", markup=False)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(deploy)
