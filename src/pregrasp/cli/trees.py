"""``pregrasp tree``: check and show trees; ``pregrasp skills``: what they are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pregrasp.cli.console import out

TreeName = Annotated[
    str,
    typer.Argument(
        metavar="TREE",
        help="Name of a tree of the library, or the path of a file.",
        show_default=False,
    ),
]

tree = typer.Typer(help="Check and show behaviour trees.", no_args_is_help=True)


@tree.command()
def check(name: TreeName) -> None:
    """Check everything about a tree that can be checked before it runs.

    Example: `pregrasp tree check my_part/grasp.yaml`
    """
    from pregrasp.trees import load_tree

    loaded = load_tree(name, search=(Path(name).resolve().parent,))
    nodes = sum(1 for _ in loaded.root.walk())
    out.print(f"{loaded.file}: in order, {nodes} nodes", markup=False, soft_wrap=True)


@tree.command()
def show(name: TreeName) -> None:
    """Draw a tree.

    Example: `pregrasp tree show two_stage_grasp`
    """
    from pregrasp.trees import load_tree
    from pregrasp.trees.drawing import draw

    loaded = load_tree(name, search=(Path(name).resolve().parent,))
    out.print(draw(loaded), markup=False, soft_wrap=True)


def skills() -> None:
    """List the skills that trees are made of.

    Example: `pregrasp skills`
    """
    from pregrasp.skills import SKILLS

    table = Table("skill", "what it does", box=None, pad_edge=False)
    for name, skill in SKILLS.items():
        table.add_row(name, (skill.__doc__ or "").strip().splitlines()[0])
    out.print(table)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(tree, name="tree")
    application.command()(skills)
