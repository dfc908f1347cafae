"""``pregrasp reference``: every command, key and public name, written from the code itself."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(enum.Enum):
    """What can be listed."""

    COMMANDS = "commands"
    """Every command with its options."""
    TASK = "task"
    """Every key of task.yaml."""
    CELL = "cell"
    """Every key of a cell file."""
    PYTHON = "python"
    """Every name that `import pregrasp` and `pregrasp.aio` offer."""


def pages() -> Mapping[Part, Callable[[], str]]:
    """What writes each page, in Markdown."""
    from pregrasp.cli import reference_pages

    return {
        Part.COMMANDS: reference_pages.commands_page,
        Part.TASK: reference_pages.task_page,
        Part.CELL: reference_pages.cell_page,
        Part.PYTHON: reference_pages.python_page,
    }


def reference(
    part: Annotated[Part, typer.Argument(metavar="PART", help="commands, task, cell or python.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Instead of printing.", show_default=False
        ),
    ] = None,
) -> None:
    """Print a reference page in Markdown: commands, keys of files, or Python names.

    That of the tree language is `pregrasp tree reference`.

    Example: `pregrasp reference task`
    """
    text = pages()[part]()
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    err.print(f"wrote {output}", markup=False, soft_wrap=True)


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(reference)
