"""``pregrasp tree show``: trees as text and as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.console import err, out
from pregrasp.cli.parameters import TreeName


def show(
    name: TreeName,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", help="Draw a picture.", show_default=False),
    ] = None,
    dot: Annotated[bool, typer.Option("--dot", help="Print it for Graphviz.")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print it for Mermaid.")] = False,
    ports: Annotated[
        bool, typer.Option("--ports/--no-ports", help="Show what ports are wired to.")
    ] = True,
    subtrees: Annotated[
        bool, typer.Option("--subtrees/--no-subtrees", help="Show what is in subtrees.")
    ] = True,
) -> None:
    """Draw a tree.

    Example: `pregrasp tree show two_stage_grasp --svg grasp.svg`
    """
    from pregrasp.skills import SKILLS
    from pregrasp.trees import load_tree
    from pregrasp.trees.drawing import View, draw, draw_dot, draw_mermaid, draw_svg

    if sum((svg is not None, dot, mermaid)) > 1:
        raise typer.BadParameter("choose one of --svg, --dot and --mermaid")
    SKILLS.discover()
    loaded = load_tree(name, search=(Path(name).resolve().parent,))
    view = View(ports=ports, subtrees=subtrees)
    if svg is not None:
        svg.parent.mkdir(parents=True, exist_ok=True)
        svg.write_text(draw_svg(loaded, view), encoding="utf-8")
        err.print(f"wrote {svg}", markup=False, soft_wrap=True)
        return
    drawing = draw_dot if dot else draw_mermaid if mermaid else draw
    text = drawing(loaded, view)
    out.print(text.rstrip("\n"), markup=False, soft_wrap=True)


def register(tree: typer.Typer) -> None:
    """Add the command."""
    tree.command()(show)
