"""Configuration dataclasses as tables: the keys that people write in YAML."""

from __future__ import annotations

import dataclasses
import enum
import re
import types
import typing
from pathlib import Path
from typing import Any

from pregrasp.configuration import UNITS, is_required, schema_fields
from pregrasp.frames import MotionCommand, Pose
from pregrasp.trees.json_schema import field_descriptions, summary

_PLAIN = {
    float: "number",
    int: "whole number",
    str: "text",
    bool: "true or false",
    type(None): "nothing",
    Any: "anything",
}


def record_tables(kind: Any) -> str:
    """A table for a dataclass, and one for each that stands in it, by the path of its keys."""
    parts: list[str] = []
    waiting: list[tuple[str, Any]] = [("", kind)]
    while waiting:
        path, record = waiting.pop(0)
        inner = _table(path, record, parts)
        # Depth first, so that what belongs together stands together.
        waiting = inner + waiting
    return "\n".join(parts)


def _table(path: str, record: Any, parts: list[str]) -> list[tuple[str, Any]]:
    """Write one table; returns what stands in it."""
    if path:
        parts.append(f"## {path}\n\n{_prose(summary(record))}\n")
    parts.append("| key | value | default | what it is |\n|---|---|---|---|")
    about = field_descriptions(record)
    inner = []
    for key, field, hint in schema_fields(record):
        where = f"{path}.{key}" if path else key
        sections = [(where, found) for found in _records(hint)]
        if len(sections) > 1:
            sections = [(f"{where} ({found.__name__})", found) for _, found in sections]
        inner += sections
        text = _prose(about.get(field.name, "")).replace("\n", " ").replace("|", "\\|")
        value = _name(hint)
        if len(sections) == 1:
            value = value.replace("a mapping", f"[a mapping](#{_anchor(where)})")
        parts.append(f"| `{key}` | {value} | {_default(record, field)} | {text} |")
    parts.append("")
    return inner


def _records(hint: Any) -> list[Any]:
    """The dataclasses that a value may be made of."""
    if dataclasses.is_dataclass(hint) and hint not in (Pose, MotionCommand):
        return [hint]
    if typing.get_origin(hint) is typing.Literal:
        return []
    return [found for member in typing.get_args(hint) for found in _records(member)]


def _name(hint: Any) -> str:
    """What people write for a value of a type."""
    origin, members = typing.get_origin(hint), typing.get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_name(member) for member in members if member is not type(None))
    if origin is typing.Literal:
        return " or ".join(f"`{member}`" for member in members)
    if origin is tuple:
        if members[-1] is Ellipsis:
            return f"list of: {_name(members[0])}"
        return f"list of {len(members)}: {', '.join(dict.fromkeys(map(_name, members)))}"
    if origin is dict:
        return f"names, each with: {_name(members[1])}"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return " or ".join(f"`{member.value}`" for member in hint)
    if hint in (Pose, MotionCommand):
        return "pose: `{" + ", ".join(key for key, _, _ in schema_fields(hint)) + "}`"
    if dataclasses.is_dataclass(hint):
        return "a mapping"
    return "path" if hint is Path else str(hint.__name__)


def _anchor(heading: str) -> str:
    return heading.replace(".", "").lower()


def _default(record: Any, field: dataclasses.Field[Any]) -> str:
    """The default as people would write it; empty where there is none worth telling."""
    if is_required(record, field):
        return "**required**"
    if field.default is dataclasses.MISSING or field.default is None or field.default == "":
        return ""
    unit = field.metadata.get("unit")
    return _plain(field.default, UNITS[unit] if unit else None)


def _plain(value: Any, scale: float | None) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_plain(item, scale).strip('`') for item in value)}]"
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        # Rounded: 0.5 deg is no round number in radians.
        value = f"{value / (scale or 1.0):.9g}"
    return "" if dataclasses.is_dataclass(value) else f"`{value}`"


def _prose(text: str) -> str:
    # What a docstring says about SI is not so in YAML, where the unit stands in the key.
    text = re.sub(r" \[(m|rad|s|kg|m/s|rad/s|px|N)\]", "", text)
    return text.replace("``", "`").replace("<", "\\<")
