"""The reference page of the tree language, written from the code that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.skills import SKILLS
from pregrasp.skills.ports import Input, Port, Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import CONTROLS, Control
from pregrasp.trees.expressions import FUNCTIONS, MAX_LENGTH
from pregrasp.trees.json_schema import plain_default, summary
from pregrasp.trees.rules import RULES, WARNINGS
from pregrasp.trees.syntax import FILE_KEYS
from pregrasp.trees.units import quantity_of
from pregrasp.trees.value_types import PLAIN, describe_type

_HEAD = """\
# Reference of the tree language

<!-- Written by `pregrasp tree reference`; a test fails when it is stale. Do not edit. -->

[Trees](../trees.md) explains the language; this page lists every key of it.
"""

_EVERYWHERE = """\
## Keys of every node

| key | what it does |
|---|---|
| `name` | the last part of the node's path |
| `when` | a formula, asked once before the node begins; if it is not true, the node is skipped |
| `while` | a formula, asked at every tick; when it is not true, the node is halted and fails |
| `timeout_s` | halts the node, which fails, after as many seconds |
"""


def reference_page(skills: Mapping[str, type[Skill]] | None = None) -> str:
    """The page in Markdown.

    Args:
        skills: The skills to list; without it those that ship with pregrasp.
    """
    if skills is None:
        skills = {k: s for k, s in SKILLS.items() if s.__module__.startswith("pregrasp.")}
    parts = [_HEAD, *_file_keys(), _EVERYWHERE, "## Controls\n"]
    parts += [_control(key, control) for key, control in CONTROLS.items()]
    parts.append("## Skills\n")
    parts += [_entry(key, skill) for key, skill in skills.items()]
    parts += [*_formulas(), *_types(), *_rules()]
    return "\n".join(parts)


def _file_keys() -> Iterator[str]:
    yield "## Keys of a file\n\n| key | what it is |\n|---|---|"
    for key, text in FILE_KEYS.items():
        yield f"| `{key}` | {text} |"
    yield ""


def _control(key: str, control: type[Control]) -> str:
    lines = [_entry(key, control)]
    if control.arms:
        lines.append("| arm | what it holds |\n|---|---|")
        for arm in control.arms:
            what = (
                "a mapping of values to nodes" if arm.keyed else "a list" if arm.many else "a node"
            )
            needed = "" if arm.required else "; optional"
            lines.append(f"| `{arm.name}` | {arm.description} ({what}{needed}) |")
        lines.append("")
    return "\n".join(lines)


def _entry(key: str, definition: type[Wired]) -> str:
    lines = [f"### `{key}`\n", summary(definition) + "\n"]
    if definition.ports:
        lines.append("| port | | type | default | what it is |\n|---|---|---|---|---|")
        lines += [_port(port) for port in definition.ports.values()]
        lines.append("")
    return "\n".join(lines)


def _port(port: Port[Any]) -> str:
    way = "in" if isinstance(port, Input) else "out"
    kind = "name" if port.kind is object else describe_type(port.kind)
    unit = f" [{port.unit}]" if port.unit else ""
    default = ""
    if isinstance(port, Input):
        default = "required" if port.required else f"`{plain_default(port)}`"
    range_text = port.range_text if isinstance(port, Input) else ""
    text = f"{port.description} Takes {range_text}." if range_text else port.description
    return f"| `{port.key}` | {way} | {kind}{unit} | {default} | {text} |"


def _formulas() -> Iterator[str]:
    yield "## Formulas\n"
    yield f"A formula has at most {MAX_LENGTH} characters. It knows `and`, `or`, `not`, `in`,"
    yield "`<`, `<=`, `>`, `>=`, `==`, `!=`, `+`, `-`, `*`, `/`, `//`, `%`, brackets, numbers,"
    yield "texts in quotes, `true`, `false`, `none`, references, and the functions"
    yield ", ".join(f"`{name}`" for name in FUNCTIONS) + ".\n"


def _types() -> Iterator[str]:
    yield "## Types and units\n"
    yield f"Plain types: {', '.join(f'`{name}`' for name in PLAIN)}. A list is `list[Type]`, what"
    yield "may be nothing is `Type?`, a choice is `{type: str, one_of: [left, right]}`.\n"
    yield "| unit | measures | in SI |\n|---|---|---|"
    for unit, scale in UNITS.items():
        yield f"| `{unit}` | {quantity_of(unit)} | {scale:.6g} |"
    yield ""


def _rules() -> Iterator[str]:
    yield "## Rules\n\n| rule | | what it asks for |\n|---|---|---|"
    for name, text in RULES.items():
        yield f"| `{name}` | {'warning' if name in WARNINGS else 'error'} | {text} |"
    yield ""
