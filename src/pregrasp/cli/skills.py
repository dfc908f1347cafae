"""``pregrasp skills``: what trees are made of."""

from __future__ import annotations

import inspect
import json
from typing import Annotated, Any

import typer
from rich.table import Table

from pregrasp.cli.console import err, out


def skills(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SKILL]...", help="Show these with all they have."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show all with all they have.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the skills that trees are made of, with ports, units and defaults.

    Example: `pregrasp skills move_to`
    """
    from pregrasp.documents import did_you_mean
    from pregrasp.skills import SKILLS

    problems = SKILLS.discover()
    for problem in problems:
        err.print(f"warning: {problem}", style="yellow", markup=False, soft_wrap=True)
    unknown = [name for name in names or () if name not in SKILLS]
    if unknown:
        remedy = did_you_mean(unknown[0], SKILLS)
        raise typer.BadParameter(f"there is no skill called {unknown[0]!r}. {remedy}")
    chosen = names or list(SKILLS)
    if as_json:
        typer.echo(json.dumps([_record(name) for name in chosen], indent=2))
        return
    if names or everything:
        for name in chosen:
            _show(_record(name))
        return
    table = Table("skill", "what it does", "from", box=None, pad_edge=False)
    for name in chosen:
        record = _record(name)
        table.add_row(name, record["documentation"].splitlines()[0], record["package"])
    out.print(table)


def _record(name: str) -> dict[str, Any]:
    """Everything about a skill as plain data; defaults are as people write them."""
    from pregrasp.skills import SKILLS
    from pregrasp.skills.ports import Input
    from pregrasp.trees.json_schema import plain_default
    from pregrasp.trees.value_types import describe_type

    skill = SKILLS[name]
    ports = []
    for port in skill.ports.values():
        is_input = isinstance(port, Input)
        ports.append(
            {
                "key": port.key,
                "direction": "input" if is_input else "output",
                "type": describe_type(port.kind),
                "unit": port.unit,
                "required": isinstance(port, Input) and port.required,
                "default": plain_default(port)
                if isinstance(port, Input) and not port.required
                else None,
                "description": port.description,
            }
        )
    return {
        "skill": name,
        "package": skill.__module__.partition(".")[0],
        "documentation": inspect.cleandoc(skill.__doc__ or ""),
        "ports": ports,
    }


def _show(record: dict[str, Any]) -> None:
    out.print(record["skill"], style="bold", markup=False)
    out.print(record["documentation"], markup=False)
    if record["ports"]:
        table = Table("port", "", "type", "default", "what it is", box=None, pad_edge=False)
        for port in record["ports"]:
            default = "" if port["default"] is None else str(port["default"])
            unit = f" [{port['unit']}]" if port["unit"] else ""
            kind = f"{port['type']}{unit}".replace("[", r"\[")
            given = "required" if port["required"] else default
            way = "in" if port["direction"] == "input" else "out"
            table.add_row(port["key"], way, kind, given, port["description"])
        out.print(table)
    out.print()


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(skills)
