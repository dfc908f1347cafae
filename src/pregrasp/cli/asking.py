"""Questions to a person who stands beside a robot."""

from __future__ import annotations

import sys

import typer

from pregrasp.cli.console import err


def ask_before_moving(what: str, *, yes: bool) -> None:
    """Have a person confirm that a real robot may move.

    Args:
        what: What it is about to do.
        yes: Whether the command was told not to ask.

    Raises:
        BadParameter: Nobody is there to ask.
        Exit: The answer was no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "a real robot is about to move and there is no terminal to ask at; give --yes"
        )
    err.print(what, markup=False, soft_wrap=True)
    err.print(
        "Nobody within reach, emergency stop at hand? This program is no safety function.",
        style="bold yellow",
    )
    if not typer.confirm("Move?", default=False, err=True):
        err.print("nothing has moved", style="yellow")
        raise typer.Exit(1)
