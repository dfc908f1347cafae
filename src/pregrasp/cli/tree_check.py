"""``pregrasp tree check``, and what is written from the code for editors and readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.console import err, out

TreeNames = Annotated[
    list[str],
    typer.Argument(
        metavar="TREE...",
        help="Names of trees of the library, or paths of files.",
        show_default=False,
    ),
]
Search = Annotated[
    list[Path] | None,
    typer.Option("--search", help="A folder to look for subtrees in; may be given again."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write it to a file.", show_default=False),
]


def check(
    names: TreeNames,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as JSON, for editors.")
    ] = False,
    search: Search = None,
) -> None:
    """Check everything about trees that can be checked before they run.

    Example: `pregrasp tree check my_part/grasp.yaml`
    """
    from pregrasp.documents import Finding
    from pregrasp.skills import SKILLS
    from pregrasp.trees.checking import as_records, check_tree, has_errors

    SKILLS.discover()
    found: list[Finding] = []
    for name in names:
        findings = check_tree(name, search=(*(search or ()), Path(name).resolve().parent))
        new = [finding for finding in findings if finding not in found]
        found += new
        if as_json:
            continue
        for finding in new:
            out.print(str(finding), markup=False, soft_wrap=True)
        if not findings:
            out.print(f"{name}: in order", markup=False, soft_wrap=True)
    if as_json:
        # Not through the console, which would wrap long lines.
        typer.echo(json.dumps(as_records(found), indent=2))
    elif found:
        errors = sum(finding.severity == "error" for finding in found)
        counts = (_count(errors, "error"), _count(len(found) - errors, "warning"))
        err.print(", ".join(counts), markup=False)
    if has_errors(found):
        raise typer.Exit(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def schema(
    output: Output = None,
    task: Annotated[bool, typer.Option("--task", help="Of task.yaml instead of trees.")] = False,
) -> None:
    """Print the JSON Schema of tree files: editors complete and explain with it.

    Skills of installed packages are in it too.

    Example: `pregrasp tree schema --output tree.schema.json`
    """
    from pregrasp.skills import SKILLS
    from pregrasp.trees.json_schema import task_schema, tree_schema

    SKILLS.discover()
    _write(json.dumps(task_schema() if task else tree_schema(), indent=1) + "\n", output)


def reference(output: Output = None) -> None:
    """Print the reference page of the tree language, skills of installed packages included.

    Example: `pregrasp tree reference --output reference.md`
    """
    from pregrasp.skills import SKILLS
    from pregrasp.trees.reference import reference_page

    SKILLS.discover()
    _write(reference_page(SKILLS), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    err.print(f"wrote {output}", markup=False, soft_wrap=True)


def register(tree: typer.Typer) -> None:
    """Add the commands below ``pregrasp tree``."""
    tree.command()(check)
    tree.command()(schema)
    tree.command()(reference)
