"""``pregrasp view``: a run, or the log of one, in a browser."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.cli.conditions import list_conditions
from pregrasp.cli.console import err, out, stoppable
from pregrasp.cli.parameters import Condition, ModelFolder, Seed
from pregrasp.cli.watching import (
    LOG_FOLDER,
    AllowControl,
    AllowMotion,
    LogFolder,
    NoLog,
    PageWish,
    Port,
    log_folder,
    say_where,
    watching,
)
from pregrasp.viewer.opening import PORT

LOOK = 0.2
"""How often a command that waits looks whether it shall end [s]."""


def view(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK]", help="A task to grasp in the simulated cell.", show_default=False
        ),
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="RUN",
            help="Show a logged run: its .mcap file, its name in the index, or 'last'.",
            show_default=False,
        ),
    ] = None,
    runs: Annotated[
        bool,
        typer.Option("--runs", help="List the logged runs; a click on one shows its replay."),
    ] = False,
    condition: Condition = "nominal",
    seed: Seed = 0,
    model: ModelFolder = None,
    pace: Annotated[
        float,
        typer.Option(
            "--pace", min=0.0, help="Simulated seconds per second; 0 is as fast as can be."
        ),
    ] = 1.0,
    paused: Annotated[
        bool, typer.Option("--paused", help="Hold the run before its first tick.")
    ] = False,
    port: Port = PORT,
    allow_control: AllowControl = False,
    allow_motion: AllowMotion = False,
    log: LogFolder = None,
    no_log: NoLog = False,
) -> None:
    """Show a grasp in the simulated cell, or a logged run, on a page in a browser.

    The page is served to this machine only, and stays until Ctrl-C. Over ssh, make a tunnel:
    `ssh -L 8377:127.0.0.1:8377 HOST`. With `--replay` and `--model`, the page shows beside every
    estimate what that model would have said.

    Example: `pregrasp view circuit_board --allow-motion`

    Example: `pregrasp view --runs`

    Example: `pregrasp view --replay last --model ./new_model`
    """
    if condition == "list":
        list_conditions()
    if [task is not None, replay is not None, runs].count(True) != 1:
        raise typer.BadParameter(
            "give a TASK to run, or --replay RUN to show a run that is over, or --runs for a list"
        )
    if runs:
        _list(log or LOG_FOLDER, port)
    elif replay is not None:
        _replay(replay, log or LOG_FOLDER, model, port)
    elif task is not None:
        folder = log_folder(log, no_log, LOG_FOLDER)
        page = PageWish(port=port, control=allow_control, motion=allow_motion)
        _run(task, condition, seed, model, pace or None, paused, page, folder)


def _list(folder: Path, port: int) -> None:
    from pregrasp.viewer.runs_site import RunsPage

    with RunsPage(folder, port=port) as page, stoppable() as token:
        say_where(page.address)
        _wait(token)


def _replay(name: str, folder: Path, model: Path | None, port: int) -> None:
    from pregrasp.jobs.re_estimate import re_estimate
    from pregrasp.perception.model import load_estimator
    from pregrasp.runlog.index import RunIndex
    from pregrasp.runlog.reader import RecordedRun, run_files
    from pregrasp.viewer.replay import open_replay

    path = Path(name)
    if path.suffix == ".mcap" or path.is_file():
        files = run_files(path)
    else:
        with RunIndex(folder, create=False) as index:
            files = index.get(name).files
    run = RecordedRun(files)
    messages = run.messages(pixels=model is not None)
    if model is not None:
        labels = next(iter(run.messages())).body.get("labels", {})
        messages = re_estimate(messages, load_estimator(model, labels.get("task", "")))
    with stoppable() as token, err.status("reading ..."):
        viewer = open_replay(messages, port=port)
    with viewer, stoppable() as token:
        say_where(viewer.address)
        if not run.complete:
            err.print("the log breaks off: its writer was stopped in the middle", style="yellow")
        _wait(token)


def _run(
    task: str,
    condition: str,
    seed: int,
    model: Path | None,
    pace: float | None,
    paused: bool,
    page: PageWish,
    log: Path | None,
) -> None:
    from pregrasp.cli.tables import verdict_text
    from pregrasp.jobs.grasp import GraspStation
    from pregrasp.task import find_task
    from pregrasp.trees.run_control import RunControl

    found = find_task(task)
    wanted = threading.Event()
    wanted.set()
    with stoppable() as token:
        control = RunControl()
        token.on_cancel(control.interrupt)
        if paused:
            control.pause()
        with (
            watching(
                found,
                "view",
                log=log,
                page=page,
                control=control,
                again=wanted.set,
                model_folder=model,
            ) as watch,
            GraspStation(
                found, model_folder=model, observers=watch.observers, pace=pace
            ) as station,
        ):
            index = 0
            while not token.cancelled:
                if not wanted.wait(LOOK):
                    continue
                wanted.clear()
                control.renew()
                if token.cancelled:  # just now; the new token knows nothing of it
                    break
                try:
                    episode = station.run(index, seed, condition, control=control)
                except CancelledError:
                    err.print("stopped on request", style="yellow")
                else:
                    out.print(verdict_text(episode))
                index += 1


def _wait(token: CancelToken) -> None:
    """Until Ctrl-C."""
    while not token.wait(3600.0):
        pass


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(view)
