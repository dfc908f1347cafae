"""The types that values in a tree can have: their names, their fields, what fits what.

Types come from the ports of the registered skills. A dataclass brings the types of its
fields along, so ``Task`` makes ``Tolerance`` known too, and no list of types is kept.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pregrasp.documents import Located

PLAIN: dict[str, Any] = {"float": float, "int": int, "str": str, "bool": bool}
"""Types that need no declaration anywhere."""

_UNIONS = (typing.Union, types.UnionType)


def known_types(kinds: Iterable[Any]) -> dict[str, Any]:
    """Every type that can be named in YAML, by its name.

    Args:
        kinds: Types of ports.

    Raises:
        ValueError: Two different types have the same name.
    """
    known = dict(PLAIN)
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        members = typing.get_args(kind)
        if members and typing.get_origin(kind) is not typing.Literal:
            waiting += [member for member in members if member is not Ellipsis]
            continue
        if not _is_nameable(kind) or known.get(kind.__name__) is kind:
            continue
        if kind.__name__ in known:
            other = known[kind.__name__]
            raise ValueError(
                f"two types are called {kind.__name__!r}: in {other.__module__} and in "
                f"{kind.__module__}; rename one"
            )
        known[kind.__name__] = kind
        waiting += fields_of(kind).values()
    return known


def _is_nameable(kind: Any) -> bool:
    return (
        isinstance(kind, type)
        and kind not in (type(None), Path)
        and kind.__module__ not in ("builtins", np.__name__, "typing")
    )


@cache
def fields_of(kind: Any) -> dict[str, Any]:
    """What can follow a dot: fields of a dataclass, and its properties with a type."""
    if not dataclasses.is_dataclass(kind):
        return {}
    hints = typing.get_type_hints(kind)
    fields = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    for name, member in inspect.getmembers(kind):
        if isinstance(member, property) and member.fget is not None and name[0] != "_":
            returned = typing.get_type_hints(member.fget).get("return")
            if returned is not None:
                fields[name] = returned
    return fields


def describe_type(kind: Any) -> str:
    """The name of a type as YAML has it."""
    if kind is Any:
        return "anything"
    if kind is type(None):
        return "nothing"
    if typing.get_origin(kind) is tuple:
        return f"list of {describe_type(typing.get_args(kind)[0])}"
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(str(choice) for choice in typing.get_args(kind))
    if typing.get_origin(kind) in _UNIONS:
        return " or ".join(describe_type(member) for member in typing.get_args(kind))
    return str(getattr(kind, "__name__", kind))


def fits(source: Any, target: Any) -> bool:
    """Whether every value of one type is good for another."""
    if source == target or Any in (source, target):
        return True
    if typing.get_origin(source) is typing.Literal:
        choices = typing.get_args(source)
        if typing.get_origin(target) is typing.Literal:
            return set(choices) <= set(typing.get_args(target))
        return all(fits(type(choice), target) for choice in choices)
    if typing.get_origin(source) in _UNIONS:
        return all(fits(member, target) for member in typing.get_args(source))
    if typing.get_origin(target) in _UNIONS:
        return any(fits(source, member) for member in typing.get_args(target))
    if typing.get_origin(source) is tuple and typing.get_origin(target) is tuple:
        return _tuples_fit(typing.get_args(source), typing.get_args(target))
    if source is bool:
        return False
    if source is int and target is float:
        return True
    try:
        return issubclass(source, target)
    except TypeError:
        # Generic aliases and protocols with data members: only the very same will do.
        return False


def _tuples_fit(source: tuple[Any, ...], target: tuple[Any, ...]) -> bool:
    if target[-1] is Ellipsis:
        return all(fits(member, target[0]) for member in source if member is not Ellipsis)
    return len(source) == len(target) and all(map(fits, source, target))


def item_type(kind: Any) -> Any | None:
    """Type of the items of a list, or None if it is none."""
    if typing.get_origin(kind) is not tuple:
        return None
    members = typing.get_args(kind)
    return members[0] if len(set(members) - {Ellipsis}) == 1 else None


def kind_of_literal(located: Located) -> Any | None:
    """The type of a plain value or of a list of such, or None where it cannot be told."""
    value = located.value
    if not isinstance(value, list):
        return type(value) if isinstance(value, (bool, int, float, str)) else None
    kinds = {kind_of_literal(item) for item in value}
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) != 1 or None in kinds:
        return None
    return tuple.__class_getitem__((kinds.pop(), ...))


def can_be_written(kind: Any) -> bool:
    """Whether values of a type can be written in YAML; a data set or an image cannot."""
    if kind in (*PLAIN.values(), Path, type(None)) or typing.get_origin(kind) is typing.Literal:
        return True
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return True
    members = typing.get_args(kind)
    if typing.get_origin(kind) in (tuple, *_UNIONS):
        return all(member is Ellipsis or can_be_written(member) for member in members)
    if not dataclasses.is_dataclass(kind):
        return False
    hints = typing.get_type_hints(kind)
    return all(can_be_written(hints[field.name]) for field in dataclasses.fields(kind))


def holds(value: Any, kind: Any) -> bool:
    """Whether a value that a program hands in is of a declared type, as far as can be seen."""
    if kind is Any:
        return True
    if typing.get_origin(kind) in _UNIONS:
        return any(holds(value, member) for member in typing.get_args(kind))
    if typing.get_origin(kind) is tuple:
        inner = item_type(kind)
        return isinstance(value, tuple) and all(holds(item, inner or Any) for item in value)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if typing.get_origin(kind) is typing.Literal:
        return value in typing.get_args(kind)
    if typing.get_origin(kind) is not None or not isinstance(kind, type):
        return True
    try:
        return isinstance(value, kind)
    except TypeError:
        # A protocol that cannot be checked at run time.
        return True
