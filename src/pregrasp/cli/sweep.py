"""``pregrasp sweep``: a whole study out of one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pregrasp.cli import INTERRUPTED
from pregrasp.cli.console import out, progress_bars, say_error, stoppable
from pregrasp.cli.parameters import Cluster, Workers


def sweep(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The study, a YAML file.", show_default=False)
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Where its models, episodes and report go; by default runs/sweeps/NAME.",
            show_default=False,
        ),
    ] = None,
    workers: Workers = 1,
    cluster: Cluster = None,
) -> None:
    """Run a study: tasks x variants of training x conditions x seeds, into one report.

    Whatever is done stays done: the same command goes on where the last one stopped.

    Example: `pregrasp sweep light.yaml --workers 2`

    Example: `pregrasp sweep light.yaml --cluster 10.0.0.5:6379 --workers 64`
    """
    from pregrasp.jobs.fleet.sweep import REPORT
    from pregrasp.jobs.fleet.sweep import sweep as job
    from pregrasp.jobs.fleet.sweep_file import load_sweep

    study = load_sweep(file)
    folder = folder or Path("runs/sweeps") / study.sweep
    with stoppable() as token, progress_bars() as progress:
        result = job(
            study,
            folder,
            workers=workers,
            cluster=cluster,
            report_progress=progress,
            token=token,
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "variant", "condition"):
        table.add_column(name, no_wrap=True)
    for name in ("seed", "n", "lifted", "refused", "wrong", "p95 mm", "deg"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in result.report["rows"]:
        errors = (row["translation_mm"]["p95"], row["rotation_deg"]["p95"])
        counts = ("seed", "episodes", "grasped", "refused", "false_accepts")
        table.add_row(
            row["task"],
            row["variant"],
            row["condition"],
            *(str(row[name]) for name in counts),
            *("-" if error is None else f"{error:.3f}" for error in errors),
        )
    out.print(table)
    out.print(f"report: {folder / REPORT}", markup=False, soft_wrap=True)
    if result.missing:
        say_error(f"{result.missing} episodes are missing; the same command goes on")
        raise typer.Exit(INTERRUPTED)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(sweep)
