"""Declared inputs and outputs of a tree.

::

    inputs:
      task: Task
      lift: {type: float, unit: mm, default: 30, description: How high to lift.}
      poses: list[Pose]
      start: Pose?                                  # may be nothing
      side: {type: str, one_of: [left, right]}      # a choice
    outputs: {estimate: Estimate}
    constants:
      most_moves: 5
      lift_mm: 30
      home: {type: Pose, value: {x_mm: 300, y_mm: 0, z_mm: 200, theta_deg: 0}}
"""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from typing import Any, Literal

from pregrasp.configuration import UNITS, bind
from pregrasp.documents import Document, Located, did_you_mean
from pregrasp.skills.ports import MISSING
from pregrasp.trees.specification import TreePort
from pregrasp.trees.syntax import NAME
from pregrasp.trees.value_types import can_be_written, describe_type

_KEYS = ("type", "unit", "one_of", "default", "description")
_LIST = re.compile(r"list\[(.*)\]")
MAX_TYPE_DEPTH = 4
"""Most brackets and question marks around the name of a type."""

TAKEN = ("tree", "name", "when", "while", "timeout_s")
"""Names that mean something else already where values are passed to a subtree."""


def read_ports(
    document: Document,
    section: Located | None,
    known: Mapping[str, Any],
    *,
    defaults: bool,
) -> dict[str, TreePort]:
    """Read one of the sections ``inputs`` and ``outputs``.

    Args:
        document: Collects what is wrong.
        section: The section, if there is one.
        known: Types by name.
        defaults: Whether a default makes sense.
    """
    if section is None or section.value is None:
        return {}
    if not isinstance(section.value, dict):
        document.report(
            section,
            f"found {section.describe()}, expected a mapping of names to types",
            rule="type",
            remedy="For example: task: Task",
        )
        return {}
    ports = {}
    for name, declared in section.value.items():
        if not NAME.fullmatch(name) or name in TAKEN:
            reason = "means something else already" if name in TAKEN else "is not a name"
            document.report(section.keys[name], f"{name!r} {reason}", rule="name")
            continue
        port = _read_port(document, name, declared, known, defaults)
        # A port of unknown type still is a port: it spares its users further findings.
        ports[name] = port or TreePort(name=name, kind=Any)
    return ports


def _read_port(
    document: Document, name: str, declared: Located, known: Mapping[str, Any], defaults: bool
) -> TreePort | None:
    if not isinstance(declared.value, dict):
        kind = read_type(document, declared, known)
        return None if kind is None else TreePort(name=name, kind=kind)
    parts = declared.value
    keys = _KEYS if defaults else tuple(key for key in _KEYS if key != "default")
    for key in parts:
        if key not in keys:
            document.report(
                declared.keys[key],
                f"unknown key {key!r}",
                rule="key",
                remedy=did_you_mean(key, keys),
            )
    if "type" not in parts:
        document.report(declared, "'type' is missing", rule="missing")
        return None
    kind = read_type(document, parts["type"], known)
    if kind is None:
        return None
    if "one_of" in parts:
        kind = _read_choices(document, parts["one_of"], kind)
    unit = _read_unit(document, parts.get("unit"), kind)
    description = parts["description"].value if "description" in parts else ""
    port = TreePort(name=name, kind=kind, unit=unit, description=str(description or ""))
    if "default" not in parts or not defaults:
        return port
    default = read_literal(document, parts["default"], kind, port.scale)
    return TreePort(name=name, kind=kind, unit=unit, description=port.description, default=default)


def read_literal(document: Document, located: Located, kind: Any, scale: float) -> Any:
    """A value written in YAML, in SI units; `MISSING` stands in for a faulty one."""
    if located.value is None and type(None) in typing.get_args(kind):
        return None
    if not can_be_written(kind):
        document.report(
            located,
            f"found {located.describe()}; {describe_type(kind)} cannot be written in YAML",
            rule="type",
            remedy='Refer to one: declare it as an input, then write "{its_name}".',
        )
        return MISSING
    faults = len(document.findings)
    value = bind(document, located, kind)
    if len(document.findings) > faults:
        return MISSING
    return value if scale == 1.0 or value is None else value * scale


def read_type(document: Document, located: Located, known: Mapping[str, Any]) -> Any | None:
    """A type by its name: ``Pose``, ``Pose?``, ``list[Pose]``; None when it is faulty."""
    text = located.value
    if not isinstance(text, str):
        document.report(
            located, f"found {located.describe()}, expected the name of a type", rule="type"
        )
        return None
    kind, wrong = _parse_type(text.strip(), known)
    if wrong:
        document.report(
            located,
            f"there is no type called {text!r}",
            rule="unknown-type",
            remedy=did_you_mean(wrong, known),
        )
        return None
    return kind


def _parse_type(text: str, known: Mapping[str, Any]) -> tuple[Any, str]:
    """A type, and the part of its name that is wrong.

    Brackets and question marks are taken off from outside in, a bounded number of them.
    """
    around: list[str] = []
    while len(around) < MAX_TYPE_DEPTH:
        listed = _LIST.fullmatch(text)
        if listed:
            around.append("list")
            text = listed[1].strip()
        elif text.endswith("?"):
            around.append("optional")
            text = text[:-1].strip()
        else:
            break
    kind: Any = known.get(text)
    if kind is None:
        return None, text
    for wrap in reversed(around):
        # Subscribed at run time: to a type checker `kind` is a value, not a type.
        kind = tuple.__class_getitem__((kind, ...)) if wrap == "list" else kind | None
    return kind, ""


def _read_choices(document: Document, located: Located, kind: Any) -> Any:
    """The type of a text that is one of a few."""
    items = located.value if isinstance(located.value, list) else []
    texts = [item.value for item in items if isinstance(item.value, str)]
    if kind is not str or not texts or len(texts) < len(items):
        document.report(
            located,
            f"found {located.describe()} for the type {describe_type(kind)}, expected a list "
            "of texts for the type str",
            rule="type",
            remedy="For example {type: str, one_of: [left, right]}.",
        )
        return kind
    return Literal.__getitem__(tuple(texts))


def _read_unit(document: Document, located: Located | None, kind: Any) -> str | None:
    if located is None:
        return None
    if kind is not float:
        document.report(located, f"only float has a unit, not {describe_type(kind)}", rule="unit")
        return None
    if located.value not in UNITS:
        document.report(
            located,
            f"unknown unit {located.value!r}",
            rule="unit",
            remedy=did_you_mean(str(located.value), UNITS),
        )
        return None
    return str(located.value)
