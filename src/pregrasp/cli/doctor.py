"""``pregrasp doctor``: what this machine has, and what it lacks."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

from pregrasp.cli.console import err, out


def doctor() -> None:
    """Show whether this machine has everything, and what to do if it has not.

    Ends with 1 if something is missing that grasping in the simulated cell needs.

    Example: `pregrasp doctor`
    """
    from pregrasp.jobs.doctor import examine

    table = Table("", "what", "found", "what to do", box=None, pad_edge=False)
    lacking = []
    with err.status("looking around ..."):
        for finding in examine():
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
