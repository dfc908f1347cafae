"""``pregrasp tree test``: cases in YAML, tried without a robot."""

from __future__ import annotations

from typing import Annotated

import typer

from pregrasp.cli.console import out

CaseFiles = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="Files of cases, folders with *.cases.yaml, or names of trees of the library.",
        show_default=False,
    ),
]


def try_files(
    files: CaseFiles,
    verbose: Annotated[
        bool, typer.Option("--table", help="Show the tick tables of all cases.")
    ] = False,
) -> None:
    """Try trees with stand-ins for their skills, as files of cases say.

    Example: `pregrasp tree test my_part/grasp.cases.yaml`
    """
    from pregrasp.skills import SKILLS
    from pregrasp.trees.testing import find_case_files, read_cases, try_cases

    SKILLS.discover()
    tried = failed = 0
    for path in find_case_files(files):
        for outcome in try_cases(read_cases(path)):
            tried += 1
            failed += not outcome.passed
            if outcome.passed:
                out.print(f"passed  {outcome}", markup=False, soft_wrap=True)
                if verbose and outcome.table is not None:
                    out.print(f"\n{outcome.table}\n", markup=False, soft_wrap=True)
            else:
                out.print("FAILED ", style="bold red", end=" ")
                out.print(f"{outcome}\n", markup=False, soft_wrap=True)
    out.print(f"{tried - failed} of {tried} cases passed", markup=False)
    if failed or not tried:
        raise typer.Exit(1)


def register(tree: typer.Typer) -> None:
    """Add the command."""
    tree.command("test")(try_files)
