"""What commands that run trees have in common: the run log and the views of a run.

::

    with watching(task, "grasp", log=log, terminal=terminal) as watch:
        with GraspStation(task, observers=watch.observers) as station:
            ...
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err, stoppable
from pregrasp.viewer.opening import PORT

if TYPE_CHECKING:
    from pregrasp.runlog.broadcast import Broadcast, Reader
    from pregrasp.runlog.errors import LogFileError
    from pregrasp.runlog.run_log import RunLog
    from pregrasp.task import Task
    from pregrasp.trees.events import Observer
    from pregrasp.trees.run_control import RunControl

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

Port = Annotated[
    int,
    typer.Option("--port", min=0, max=65535, help="Where the page is; 0 takes any that is free."),
]

AllowControl = Annotated[
    bool,
    typer.Option(
        "--allow-control",
        help="Let the page do what sets nothing in motion: pause, stop, set breakpoints.",
    ),
]

AllowMotion = Annotated[
    bool,
    typer.Option(
        "--allow-motion",
        help="Let it also do what can set the robot in motion, simulated or real: go on, step, "
        "edit values, force results, inject faults.",
    ),
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
class PageWish:
    """The page that a command shall show."""

    port: int = PORT
    """Where; 0 takes any port that is free."""
    control: bool = False
    """Whether it may do what sets nothing in motion."""
    motion: bool = False
    """Whether it may do everything."""


def page_wish(view: bool, port: int, allow_control: bool, allow_motion: bool) -> PageWish | None:
    """The page that four options ask for; None for none.

    Raises:
        BadParameter: There is no page that could be allowed anything.
    """
    if view:
        return PageWish(port=port, control=allow_control, motion=allow_motion)
    if allow_control or allow_motion:
        raise typer.BadParameter("--allow-control and --allow-motion are for a page: add --view")
    return None


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
    page: PageWish | None = None,
    control: RunControl | None = None,
    again: Callable[[], None] | None = None,
    groot: int | None = None,
    model_folder: Path | None = None,
    keep_pixels: bool = True,
) -> Iterator[Watch]:
    """Observers for the runs of a command; the logs are complete when the block is left.

    Args:
        task: What is done, for the index of runs.
        command: Which command does it.
        log: Folder of the run log, or None.
        terminal: Whether to draw the tree in the terminal.
        page: Which page shows the runs, or None.
        control: The handle on the runs, for a page that may use it.
        again: Starts another run when a page asks for it.
        groot: Port for Groot2, or None.
        model_folder: Of the model, if not the task's own.
        keep_pixels: Whether the log keeps pictures pixel by pixel.

    Raises:
        MissingPackageError: A run log or a page is wanted, and a package for it is missing.
        PortTakenError: Something else listens where the page would be.
    """
    if log is None and not terminal and page is None and groot is None:
        yield Watch(observers=(), broadcast=None, log=None)
        return
    from pregrasp.runlog.broadcast import Broadcast
    from pregrasp.runlog.codec import Encoder
    from pregrasp.runlog.poses import PoseSampler
    from pregrasp.runlog.run_log import RunLog

    everybody: list[Reader] = []
    run_log = None
    try:
        if log is not None:
            _require_log()
            run_log = RunLog(log, keep_pixels=keep_pixels, on_problem=_tell)
            everybody.append(run_log)
            for sentence in run_log.found.sentences():
                err.print(sentence, style="yellow", markup=False, soft_wrap=True)
        if terminal:
            from pregrasp.viewer.terminal import TerminalView

            everybody.append(TerminalView(err))
        if page is not None:
            from pregrasp.viewer.opening import open_viewer

            viewer = open_viewer(
                control,
                port=page.port,
                allow_control=page.control,
                allow_motion=page.motion,
                again=again,
            )
            everybody.append(viewer)
            say_where(viewer.address)
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
        # On one line however narrow the terminal is: it is there to be copied.
        said = f"logged: pregrasp runs show {run_log.run}"
        err.print(said, style="dim", markup=False, soft_wrap=True)


@contextlib.contextmanager
def controllable() -> Iterator[RunControl]:
    """The handle on the runs of a command; Ctrl-C interrupts them, and so may a page."""
    from pregrasp.trees.run_control import RunControl

    with stoppable() as token:
        yield RunControl(token)


def say_where(address: str) -> None:
    """Tell people the address of a page; they open it themselves, over ssh through a tunnel."""
    err.print("watch:", style="bold", end=" ")
    err.print(address, markup=False, soft_wrap=True)


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
