"""The pages behind ``pregrasp reference``."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

from pregrasp.cli.reference_records import record_tables
from pregrasp.hardware.cell_file import CellFile
from pregrasp.task import Task
from pregrasp.trees.json_schema import field_descriptions

_NOTE = (
    "<!-- Written by `pregrasp reference {part}`; a test fails when it is stale. Do not edit. -->"
)

_COMMANDS = """\
# Commands

{note}

Every command has a `--help` with an example. Exit codes: 0 done, 1 an error, 2 wrong usage, 3 the
robot
refused, 130 stopped by Ctrl-C. Results go to standard output, everything else to standard error.
"""

_TASK = """\
# Keys of task.yaml

{note}

[Your own part](../tutorial/2-your-own-part.md) shows how such a file comes about. Only `task` and
`taught` are
needed; everything else has a default. Numbers carry their unit in the key.
"""

_CELL = """\
# Keys of a cell file

{note}

[Cells](../cells.md) explains cell files. Exactly one kind of robot and one kind of camera is
chosen.
"""

_PYTHON = """\
# Python names

{note}

What `import pregrasp` and `pregrasp.aio` offer; [embedding](../embedding.md) explains them. Only
these names are
covered by the version number. Times are in seconds, lengths in metres, angles in radians.
"""


def commands_page() -> str:
    """Every command with its arguments and options."""
    from pregrasp.cli.application import application

    root = typer.main.get_command(application)
    parts = [_COMMANDS.format(note=_NOTE.format(part="commands"))]
    for path, command in _commands("pregrasp", root):
        parts.append(f"## {path}\n\n{_help(command)}\n")
        rows = [_parameter(parameter) for parameter in command.params if _is_shown(parameter)]
        if rows:
            parts.append("| argument or option | default | what it is |\n|---|---|---|")
            parts[-1] += "".join(f"\n{row}" for row in rows) + "\n"
    return "\n".join(parts)


def task_page() -> str:
    """Every key of ``task.yaml``."""
    return _TASK.format(note=_NOTE.format(part="task")) + "\n" + record_tables(Task)


def cell_page() -> str:
    """Every key of a cell file."""
    return _CELL.format(note=_NOTE.format(part="cell")) + "\n" + record_tables(CellFile)


def python_page() -> str:
    """Every public name with its signature and documentation."""
    parts = [_PYTHON.format(note=_NOTE.format(part="python"))]
    for name in ("pregrasp", "pregrasp.aio"):
        module = importlib.import_module(name)
        parts.append(f"## {name}\n")
        names = sorted(module.__all__, key=str.lower)
        parts += [_python_name(f"{name}.{public}", getattr(module, public)) for public in names]
    return "\n".join(parts)


# --- Commands -----------------------------------------------------------------------------


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command with its full name; groups only where they have options of their own."""
    children = getattr(command, "commands", {})
    if not children or getattr(command, "invoke_without_command", False):
        yield path, command
    for name, child in children.items():
        if not child.hidden:
            yield from _commands(f"{path} {name}", child)


def _help(command: Any) -> str:
    return inspect.cleandoc(command.help or "").replace("<", "\\<")


def _is_shown(parameter: Any) -> bool:
    return not getattr(parameter, "hidden", False) and "--help" not in parameter.opts


def _parameter(parameter: Any) -> str:
    """One row of a command's table."""
    optional = parameter.param_type_name == "option"
    name = ", ".join(parameter.opts) if optional else parameter.metavar or parameter.name.upper()
    if optional and not parameter.is_flag and parameter.metavar:
        name += f" {parameter.metavar}"
    if parameter.secondary_opts:
        name += f", {', '.join(parameter.secondary_opts)}"
    return f"| `{name}` | {_default(parameter)} | {_cell_text(parameter.help or '')} |"


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.required:
        return "required"
    if isinstance(value, enum.Enum):
        value = value.value
    if getattr(parameter, "is_flag", False):
        return f"`{parameter.opts[0]}`" if value is True else ""
    if value in (None, "", ()) or parameter.show_default is False:
        return ""
    return f"`{value}`" if not callable(value) else ""


def _cell_text(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- Python names -------------------------------------------------------------------------


def _python_name(name: str, value: Any) -> str:
    short = name.rpartition(".")[2]
    parts = [f"### {short}\n"]
    if not inspect.isclass(value):
        parts.append(f"```text\n{short}{_signature(value)}\n```\n")
        return "\n".join([*parts, _documentation(value)])
    if issubclass(value, enum.Enum):
        parts.append(f"{_documentation(value)}\nValues: {_members(value)}.\n")
        return "\n".join(parts)
    parts.append(_documentation(value))
    if dataclasses.is_dataclass(value):
        about = field_descriptions(value)
        parts += [
            f"- `{field.name}`: `{field.type}`. {about.get(field.name, '')}"
            for field in dataclasses.fields(value)
        ]
        parts.append("")
    for attribute, member in sorted(vars(value).items()):
        if attribute.startswith("_") or not (callable(member) or isinstance(member, property)):
            continue
        if isinstance(member, property):
            parts.append(f"**`{attribute}`**: {_first_line(member)}\n")
        else:
            shown = f"{attribute}{_signature(getattr(value, attribute))}"
            parts.append(f"**`{shown}`**\n\n{_documentation(member)}")
    return "\n".join(parts)


def _signature(value: Any) -> str:
    """As it is written in the source, without its module paths."""
    text = str(inspect.signature(value)).replace("'", "")
    return re.sub(r"\b(?:[a-z_]+\.)+([A-Z]\w*)", r"\1", re.sub(r"\bself(?:, )?", "", text, count=1))


def _documentation(value: Any) -> str:
    """The docstring; its sections as lists."""
    documentation = inspect.getdoc(value) or ""
    lines: list[str] = []
    section = False
    for line in documentation.splitlines():
        if re.fullmatch(r"(Args|Returns|Raises|Attributes|Example|Yields):", line):
            lines += [f"*{line}*", ""]
            section = line not in {"Returns:", "Yields:"}
        elif section and re.match(r" {4}\S", line):
            head, colon, rest = line.strip().partition(": ")
            lines.append(f"- `{head}`: {rest}" if colon else f"- {line.strip()}")
        else:
            lines.append(f"  {line.strip()}" if line.startswith("  ") and section else line.strip())
    return "\n".join(lines).replace("``", "`").replace("<", "\\<") + "\n"


def _first_line(member: Any) -> str:
    return (inspect.getdoc(member) or "").partition("\n\n")[0].replace("\n", " ")


def _members(value: Any) -> str:
    return ", ".join(f"`{member.value}`" for member in value)
