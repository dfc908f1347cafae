"""Starts the page for a command, or says what is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pregrasp.runlog.errors import MissingPackageError
from pregrasp.viewer.powers import Powers

if TYPE_CHECKING:
    from pregrasp.trees.run_control import RunControl
    from pregrasp.viewer.server import ViewerServer

PORT = 8377
"""Where the page is, unless something else is asked for."""


@contextlib.contextmanager
def page_package() -> Iterator[None]:
    """Import what serves pages within this block.

    Raises:
        MissingPackageError: The package ``aiohttp`` is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "aiohttp":
            raise
        raise MissingPackageError("the viewer", "aiohttp", "viewer") from error


def open_viewer(
    control: RunControl | None,
    *,
    port: int = PORT,
    allow_control: bool = False,
    allow_motion: bool = False,
    again: Callable[[], None] | None = None,
) -> ViewerServer:
    """A page that shows the runs it is told about.

    Args:
        control: The handle on the runs, for pages that may use it.
        port: To listen on; 0 takes any that is free.
        allow_control: Whether a page with the token may hold runs up.
        allow_motion: Whether it may also do what sets the robot in motion, simulated or not.
        again: Starts another run when a page asks for it.

    Raises:
        MissingPackageError: The package ``aiohttp`` is missing.
        PortTakenError: Something else listens there.
    """
    with page_package():
        from pregrasp.viewer.server import ViewerServer

    powers = Powers.granted(control=allow_control, motion=allow_motion)
    return ViewerServer(control, port=port, powers=powers, again=again)
