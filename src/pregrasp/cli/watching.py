"""What commands that run trees have in common: the run log and the views of a run.

::

    with watching(task, "grasp", log=log, terminal=terminal) as watch:
        with GraspStation(task, observers=watch.observers) as station:
            ...
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err

if TYPE_CHECKING:
    from pregrasp.runlog.broadcast import Broadcast, Reader
    from pregrasp.runlog.errors import LogFileError
    from pregrasp.runlog.run_log import RunLog
    from pregrasp.task import Task
    from pregrasp.trees.events import Observer
    from pregrasp.viewer.server import ViewerServer

LOG_FOLDER = Path("runs/log")
"""Where run logs go unless something else is asked for."""

LogFolder = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="DIR",
        help=f"Log every run there; by default in {LOG_FOLDER}.",
        show_default=False,
    ),
]

LogFolderIfWanted = Annotated[
    Path | None,
    typer.Option(
        "--log", metavar="DIR", help="Log every run there; by default nowhere.", show_default=False
    ),
]

NoLog = Annotated[bool, typer.Option("--no-log", help="Do not log.")]

Terminal = Annotated[
    bool, typer.Option("--terminal", help="Show the running tree here, live; good over ssh.")
]


View = Annotated[
    bool,
    typer.Option("--view", help="Show the runs on a page in a browser, while the command runs."),
]

Groot = Annotated[
    int | None,
    typer.Option(
        "--groot",
        metavar="PORT",
        min=1,
        max=65535,
        help="Let Groot2 watch, on this port of this machine; it looks at 1667.",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """What a command hands to the job it starts."""

    observers: tuple[Observer, ...]
    """Empty if nobody watches."""
    broadcast: Broadcast | None
    """For further readers; None if nobody watches."""
    log: RunLog | None
    """The run log."""


def log_folder(chosen: Path | None, no_log: bool, default: Path | None) -> Path | None:
    """Where to log.

    Args:
        chosen: By ``--log``.
        no_log: Whether ``--no-log`` was given.
        default: Where to log if neither was; None for nowhere.

    Raises:
        BadParameter: Both were given.
    """
    if chosen is not None and no_log:
        raise typer.BadParameter("--log and --no-log contradict each other")
    if no_log:
        return None
    if chosen is None and default is not None and not _can_log():
        err.print("no run log: pip install 'pregrasp[log]' brings it", style="dim", markup=False)
        return None
    return chosen or default


@contextlib.contextmanager
def watching(
    task: Task | None,
    command: str,
    *,
    log: Path | None = None,
    terminal: bool = False,
    view: bool = False,
    groot: int | None = None,
    readers: Sequence[Reader] = (),
    model_folder: Path | None = None,
    keep_pixels: bool = True,
) -> Iterator[Watch]:
    """Observers for the runs of a command; the logs are complete when the block is left.

    Args:
        task: What is done, for the index of runs.
        command: Which command does it.
        log: Folder of the run log, or None.
        terminal: Whether to draw the tree in the terminal.
        view: Whether to show the runs on a page; it may only look.
        groot: Port for Groot2, or None.
        readers: Who else reads.
        model_folder: Of the model, if not the task's own.
        keep_pixels: Whether the log keeps pictures pixel by pixel.

    Raises:
        MissingPackageError: A run log or a page is wanted, and a package for it is missing.
        PortTakenError: Something else listens where the page would be.
    """
    if log is None and not terminal and not view and groot is None and not readers:
        yield Watch(observers=(), broadcast=None, log=None)
        return
    from pregrasp.runlog.broadcast import Broadcast
    from pregrasp.runlog.codec import Encoder
    from pregrasp.runlog.poses import PoseSampler
    from pregrasp.runlog.run_log import RunLog

    everybody: list[Reader] = list(readers)
    run_log = None
    try:
        if log is not None:
            _require_log()
            run_log = RunLog(log, keep_pixels=keep_pixels, on_problem=_tell)
            everybody.append(run_log)
        if terminal:
            from pregrasp.viewer.terminal import TerminalView

            everybody.append(TerminalView(err))
        if view:
            from pregrasp.viewer.opening import open_viewer

            page = open_viewer(None)
            everybody.append(page)
            say_where(page)
        if groot is not None:
            from pregrasp.viewer.groot import GrootServer

            everybody.append(GrootServer(groot))
    except BaseException:
        for reader in everybody:
            reader.close()
        raise
    broadcast = Broadcast(everybody, Encoder(_labels(task, command, model_folder)))
    sampler = PoseSampler(broadcast)
    try:
        yield Watch(observers=(broadcast, sampler), broadcast=broadcast, log=run_log)
    finally:
        sampler.close()
        broadcast.close()
        for name, error in broadcast.errors:
            err.print(f"{name} has stopped: {error}", style="yellow", markup=False)
    if run_log is not None and run_log.run and run_log.problem is None:
        err.print(f"logged: pregrasp runs show {run_log.run}", style="dim", markup=False)


def say_where(page: ViewerServer) -> None:
    """Tell people the address of a page; they open it themselves, over ssh through a tunnel."""
    err.print("watch:", style="bold", end=" ")
    err.print(page.address, markup=False, soft_wrap=True)


def _labels(task: Task | None, command: str, model_folder: Path | None) -> dict[str, str]:
    from importlib import metadata

    from pregrasp.jobs.model_digest import model_digest

    labels = {"command": command, "pregrasp": metadata.version("pregrasp")}
    if task is not None:
        labels["task"] = task.task
        labels["model"] = model_digest(model_folder or task.model_folder)
    return labels


def _tell(problem: LogFileError) -> None:
    err.print(str(problem), style="yellow", markup=False, soft_wrap=True)


def _can_log() -> bool:
    import importlib.util

    return importlib.util.find_spec("mcap") is not None


def _require_log() -> None:
    from pregrasp.runlog.errors import MissingPackageError

    if not _can_log():
        raise MissingPackageError("a run log", "mcap", "log")
