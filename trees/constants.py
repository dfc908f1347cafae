"""Constants of a tree and the folders it includes: what a file says once, at its top."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.documents import Document, Located, did_you_mean
from pregrasp.skills.ports import MISSING
from pregrasp.trees.declarations import TAKEN, read_literal, read_type
from pregrasp.trees.scope import Scope, Symbol
from pregrasp.trees.specification import Fixed
from pregrasp.trees.syntax import NAME
from pregrasp.trees.units import split_unit
from pregrasp.trees.value_types import describe_type, kind_of_literal

_KEYS = ("type", "value", "description")


def read_constants(
    document: Document, section: Located | None, known: Mapping[str, Any], scope: Scope
) -> None:
    """Enter the constants of a tree into its scope.

    ``most_moves: 5`` is a constant of type int; ``lift_mm: 30`` is called ``lift`` and is
    30 mm; ``home: {type: Pose, value: {x_mm: 300, y_mm: 0, z_mm: 200, theta_deg: 0}}`` has a
    type that is not plain.

    Args:
        document: Collects what is wrong.
        section: The section ``constants``, if there is one.
        known: Types by name.
        scope: Where the constants can be used.
    """
    if section is None or section.value is None:
        return
    if not isinstance(section.value, dict):
        document.report(
            section,
            f"found {section.describe()}, expected a mapping of names to values",
            rule="type",
            remedy="For example most_moves: 5.",
        )
        return
    for key, located in section.value.items():
        place = section.keys[key]
        split = split_unit(key)
        name, unit = split or (key, None)
        if not NAME.fullmatch(name) or name in TAKEN:
            document.report(place, f"{name!r} cannot be the name of a constant", rule="name")
            continue
        if name in scope.symbols:
            document.report(place, f"{name!r} is already given", rule="name")
            continue
        found = _value(document, located, known, unit)
        if found is None:
            scope.unknown.add(name)
            continue
        kind, value = found
        scope.symbols[name] = Symbol(
            kind, Fixed(value, f"{{{name}}}"), None, constant=True, unit=unit
        )
        scope.constants[name] = place


def _value(
    document: Document, located: Located, known: Mapping[str, Any], unit: str | None
) -> tuple[Any, Any] | None:
    """Type and value of a constant; None when it is faulty."""
    if isinstance(located.value, dict):
        for key in located.value:
            if key not in _KEYS:
                document.report(
                    located.keys[key],
                    f"unknown key {key!r}",
                    rule="key",
                    remedy=did_you_mean(key, _KEYS),
                )
                return None
        for key in ("type", "value"):
            if key not in located.value:
                document.report(located, f"{key!r} is missing", rule="missing")
                return None
        kind = read_type(document, located.value["type"], known)
        located = located.value["value"]
    else:
        kind = kind_of_literal(located)
        if kind is None:
            document.report(
                located,
                f"found {located.describe()}, whose type cannot be told",
                rule="type",
                remedy="Write {type: ..., value: ...}.",
            )
    if kind is None:
        return None
    if unit is not None:
        if kind not in (int, float):
            document.report(
                located, f"only numbers have a unit, not {describe_type(kind)}", rule="unit"
            )
            return None
        kind = float
    value = read_literal(document, located, kind, UNITS[unit] if unit else 1.0)
    return None if value is MISSING else (kind, value)


def read_include(
    document: Document, section: Located | None, folder: Path | None
) -> tuple[Path, ...]:
    """The folders that a tree file names, each of which must be there.

    Args:
        document: Collects what is wrong.
        section: The section ``include``, if there is one.
        folder: Where the file is.
    """
    if section is None or section.value is None:
        return ()
    items = section.value if isinstance(section.value, list) else [section]
    folders = []
    for item in items:
        if not isinstance(item.value, str):
            document.report(
                item, f"found {item.describe()}, expected the path of a folder", rule="type"
            )
            continue
        path = (folder or Path()) / item.value
        try:
            there = path.is_dir()
        except (OSError, ValueError):
            there = False
        if not there:
            document.report(
                item,
                f"there is no folder {item.value!r}",
                rule="include",
                remedy="It is taken relative to the folder of this file.",
            )
            continue
        folders.append(path)
    return tuple(folders)
