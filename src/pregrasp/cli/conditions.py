"""The conditions a simulated cell can be put into, as a list for people."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.table import Table

from pregrasp.cli.console import out


def list_conditions() -> NoReturn:
    """Show every condition and leave."""
    from pregrasp.jobs.simulated import conditions

    table = Table("condition", "what it does", box=None, pad_edge=False)
    for name, description in conditions().items():
        table.add_row(name, description)
    out.print(table)
    raise typer.Exit
