"""``pregrasp tree``: check, describe, show, try and exchange trees."""

from __future__ import annotations

import typer

from pregrasp.cli import skills, tree_check, tree_drawing, tree_exchange, tree_run, tree_testing

tree = typer.Typer(help="Check, show, try and exchange behaviour trees.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    for commands in (tree_check, tree_drawing, tree_testing, tree_run, tree_exchange):
        commands.register(tree)
    application.add_typer(tree, name="tree")
    skills.register(application)
