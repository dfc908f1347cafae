"""The options of every command whose runs can be watched in a browser."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err
from pregrasp.viewer.opening import PORT

if TYPE_CHECKING:
    from pregrasp.runlog.broadcast import Reader
    from pregrasp.trees.run_control import RunControl
    from pregrasp.viewer.server import ViewerServer

View = Annotated[bool, typer.Option("--view", help="Show the run in a browser, on this machine.")]

Port = Annotated[
    int,
    typer.Option("--port", min=0, max=65535, help="Where the page is; 0 takes any that is free."),
]

AllowControl = Annotated[
    bool,
    typer.Option(
        "--allow-control",
        help="Let the page pause and step the run, set breakpoints, edit values, inject faults.",
    ),
]


@contextlib.contextmanager
def viewing(
    wanted: bool, control: RunControl, *, port: int = PORT, allow_control: bool = False
) -> Iterator[tuple[Reader, ...]]:
    """Readers for the runs of a command: the page, if it is wanted.

    Args:
        wanted: Whether ``--view`` was given.
        control: The handle on the runs.
        port: To listen on.
        allow_control: Whether the page may hold the runs up.

    Raises:
        MissingPackageError: A package of the viewer is missing.
        PortTakenError: Something else listens there.
    """
    if not wanted:
        yield ()
        return
    from pregrasp.viewer.opening import open_viewer

    with open_viewer(control, port=port, allow_control=allow_control) as viewer:
        say_where(viewer)
        yield (viewer,)


def say_where(viewer: ViewerServer) -> None:
    """Tell people the address of a page; to be opened by hand, over ssh with a tunnel."""
    err.print("watch:", style="bold", end=" ")
    err.print(viewer.address, markup=False, soft_wrap=True)
