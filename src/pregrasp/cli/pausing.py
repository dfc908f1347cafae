"""The space bar pauses a run and lets it go on."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pregrasp.cli.console import err
from pregrasp.cli.keyboard import key_within, raw_keys

if TYPE_CHECKING:
    from pregrasp.trees.run_control import RunControl

LOOK = 0.1
"""How often it is looked whether the run is over [s]."""


@contextlib.contextmanager
def pausing(control: RunControl) -> Iterator[None]:
    """Let the space bar pause and resume a run, where there is a terminal.

    Args:
        control: Of the run.
    """
    if not sys.stdin.isatty():
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if key_within(LOOK) == " ":
                toggle(control)

    with raw_keys():
        watcher = threading.Thread(target=watch, name="pause key")
        watcher.start()
        err.print("space: pause and go on, Ctrl-C: stop", style="dim")
        try:
            yield
        finally:
            over.set()
            watcher.join()


def toggle(control: RunControl) -> None:
    """Pause a run, or let it go on, and say so."""
    if control.paused:
        control.resume()
        err.print("going on", style="green")
    else:
        control.pause()
        err.print("paused after what is under way; space goes on", style="yellow")
