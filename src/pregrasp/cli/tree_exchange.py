"""``pregrasp tree export`` and ``import``: trees for other tools, and from them."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.console import err
from pregrasp.cli.parameters import TreeName


class Format(enum.Enum):
    """Formats of other tools."""

    BTCPP = "btcpp"
    """XML of BehaviorTree.CPP 4, for Groot2."""
    PY_TREES_JS = "py_trees_js"
    """JSON of the viewer of that name."""


def export(
    name: TreeName,
    to: Annotated[Format, typer.Option("--format", help="Of which tool.")] = Format.BTCPP,
    file: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Instead of printing.", show_default=False),
    ] = None,
) -> None:
    """Write a tree for another tool.

    Example: `pregrasp tree export two_stage_grasp --out grasp.xml`
    """
    from pregrasp.skills import SKILLS
    from pregrasp.trees import load_tree
    from pregrasp.trees.exchange import export_btcpp, export_py_trees_js

    SKILLS.discover()
    search = (Path(name).resolve().parent,)
    if to is Format.BTCPP:
        text = export_btcpp(name, search=search)
    else:
        text = export_py_trees_js(load_tree(name, search=search))
    if file is None:
        sys.stdout.write(text)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    err.print(f"wrote {file}", markup=False, soft_wrap=True)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="XML of BehaviorTree.CPP 4.")],
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the YAML files go.")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Make YAML trees from XML of BehaviorTree.CPP, for the nodes that both know.

    Example: `pregrasp tree import grasp.xml --out my_part`
    """
    from pregrasp.skills import SKILLS
    from pregrasp.trees.errors import TreeError
    from pregrasp.trees.exchange import import_btcpp_file

    SKILLS.discover()
    trees = import_btcpp_file(file)
    paths = {name: folder / f"{name}.yaml" for name in trees}
    present = [str(path) for path in paths.values() if path.exists()]
    if present and not force:
        raise TreeError(
            f"{', '.join(present)} would be replaced. Give --force, or another folder by --out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in trees.items():
        paths[name].write_text(text, encoding="utf-8")
        err.print(f"wrote {paths[name]}", markup=False, soft_wrap=True)
    main = next(iter(paths.values()))
    err.print(f"check it: pregrasp tree check {main}", markup=False, soft_wrap=True)


def register(tree: typer.Typer) -> None:
    """Add the commands."""
    tree.command("export")(export)
    tree.command("import")(import_)
