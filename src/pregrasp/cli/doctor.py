"""``pregrasp doctor``: what this machine has, and what it lacks."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from pregrasp.cli.console import err, out


def doctor(
    cell: Annotated[
        str | None,
        typer.Option(
            "--cell",
            metavar="FILE",
            help="Look at the devices of this cell instead: a file, or a cell that ships.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        str,
        typer.Option("--task", metavar="TASK", help="With --cell: whose model to look at."),
    ] = "circuit_board",
) -> None:
    """Show whether this machine, or a cell, has everything, and what to do if it has not.

    Nothing moves. Ends with 1 if something is missing that grasping needs.

    Example: `pregrasp doctor`

    A cell: `pregrasp doctor --cell irb120_aravis.yaml --task ./my_part`
    """
    from pregrasp.hardware.cell_file import find_cell
    from pregrasp.jobs.cell_doctor import examine_cell
    from pregrasp.jobs.doctor import examine
    from pregrasp.task import find_task

    findings = examine() if cell is None else examine_cell(find_cell(cell), find_task(task))

    table = Table("", "what", "found", "what to do", box=None, pad_edge=False)
    lacking = []
    with err.status("looking around ..."):
        for finding in findings:
            mark = (
                ("✓", "green")
                if finding.good
                else ("✗", "red")
                if finding.needed
                else ("-", "yellow")
            )
            remedy = "" if finding.good else finding.remedy
            table.add_row(Text(*mark), finding.name, Text(finding.found), Text(remedy))
            if finding.needed and not finding.good:
                lacking.append(finding.name)
    out.print(table)
    if lacking:
        err.print(f"missing: {', '.join(lacking)}", style="bold red", markup=False)
        raise typer.Exit(1)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(doctor)
