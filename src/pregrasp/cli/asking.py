"""Questions to a person who stands beside a robot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from pregrasp.cli.console import err

if TYPE_CHECKING:
    from pregrasp.perception.sampling import Collection


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


def ask_before_collecting(cell: str, collection: Collection, *, active: bool, yes: bool) -> None:
    """The same before pictures are taken, with their number.

    Args:
        cell: The cell's name.
        collection: What is about to be collected.
        active: Whether that is done in rounds.
        yes: Whether the command was told not to ask.

    Raises:
        BadParameter: Nobody is there to ask.
        Exit: The answer was no.
    """
    count = f"up to {collection.rounds.captures_max}" if active else collection.captures
    ask_before_moving(f"{cell} is about to take {count} pictures.", yes=yes)
