"""Typed, frozen configuration objects out of YAML, with units in the keys.

A field declared with `quantity` is held in SI units and written by people with its unit in
the key::

    @dataclass(frozen=True, kw_only=True, slots=True)
    class Workspace:
        x: float = quantity("mm", default=0.04)     # YAML: x_mm: 40
        theta: float = quantity("deg", default=0.5)  # YAML: theta_deg: 28.6

Unknown keys are errors, and so are missing ones and values of the wrong type; all of them
are reported together, each at its place in the file. A class may check its own values in
``__post_init__`` by raising `ValueError`; the message is reported at the key that it names, or at
the mapping if it names none or several.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import re
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pregrasp.documents import Document, Located, did_you_mean, near_miss
from pregrasp.frames import DEG, MM, MotionCommand, Pose

T = TypeVar("T")

UNITS: dict[str, float] = {
    "mm": MM,
    "m": 1.0,
    "deg": DEG,
    "s": 1.0,
    "ms": 1e-3,
    "min": 60.0,
    "mm_s": MM,
    "deg_s": DEG,
    "g": 1e-3,
    "n": 1.0,
    "hz": 1.0,
    "percent": 0.01,
    "px": 1.0,
}
"""What one of each unit is in SI. The unit is the last part of a key."""


def quantity(unit: str, *, default: Any = dataclasses.MISSING) -> Any:
    """A field held in SI units and written with its unit as the last part of the key.

    Args:
        unit: A key of `UNITS`.
        default: The value **in SI units** when the key is absent; without it the key must
            be given.
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}. {did_you_mean(unit, UNITS)}")
    return dataclasses.field(default=default, metadata={"unit": unit})


def load(path: Path, cls: type[T], **extra: Any) -> T:
    """Read a file into a dataclass.

    Args:
        path: The YAML file.
        cls: The dataclass; its fields name the keys.
        extra: Values of fields that do not come from the file.

    Raises:
        ConfigurationError: Everything that is wrong with the file, with its places.
    """
    document = Document.read(path)
    loaded = bind(document, document.root, cls, **extra)
    document.raise_if_faulty()
    return typing.cast("T", loaded)


def bind(document: Document, located: Located, annotation: Any, **extra: Any) -> Any:
    """Convert a located value to a type; faults go to the document, None stands in.

    Args:
        document: Collects the findings.
        located: The value.
        annotation: A dataclass, `Pose`, `MotionCommand`, enum, Literal, Path, scalar,
            tuple or dict of these, or an optional one.
        extra: Fields of a dataclass that do not come from the document.
    """
    origin = typing.get_origin(annotation)
    if annotation in (Pose, MotionCommand) or dataclasses.is_dataclass(annotation):
        return _bind_dataclass(document, located, annotation, extra)
    if origin in (typing.Union, types.UnionType):
        return _bind_union(document, located, typing.get_args(annotation))
    if origin is typing.Literal:
        return _bind_choice(document, located, {str(a): a for a in typing.get_args(annotation)})
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _bind_choice(document, located, {str(member.value): member for member in annotation})
    if origin is tuple:
        return _bind_tuple(document, located, typing.get_args(annotation))
    if origin is dict:
        return _bind_dict(document, located, typing.get_args(annotation)[1])
    return _bind_scalar(document, located, annotation)


def schema_fields(cls: Any) -> Iterator[tuple[str, dataclasses.Field[Any], Any]]:
    """The YAML keys of a dataclass: key, field and type, in order of declaration."""
    hints = _type_hints(cls)
    for field in dataclasses.fields(cls):
        if field.metadata.get("hidden"):
            continue
        unit = _unit_of(cls, field)
        yield (f"{field.name}_{unit}" if unit else field.name), field, hints[field.name]


def hidden(*, default: Any = dataclasses.MISSING) -> Any:
    """A field that is filled in by the program and never read from YAML."""
    return dataclasses.field(default=default, metadata={"hidden": True})


def is_required(cls: Any, field: dataclasses.Field[Any]) -> bool:
    """Whether YAML must give a field of a dataclass.

    A coordinate of a pose that was forgotten is no zero: the arm would go there.
    """
    return cls is Pose or (
        field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )


@cache
def _type_hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _unit_of(cls: Any, field: dataclasses.Field[Any]) -> str | None:
    if cls in (Pose, MotionCommand):
        # Poses belong to the mathematics and do not know about files.
        return "deg" if field.name == "theta" else "mm"
    unit: str | None = field.metadata.get("unit")
    return unit


def _bind_dataclass(document: Document, located: Located, cls: Any, extra: dict[str, Any]) -> Any:
    known = {key: (field, hint) for key, field, hint in schema_fields(cls)}
    if not isinstance(located.value, dict):
        keys = ", ".join(known)
        document.report(
            located, f"found {located.describe()}, expected a mapping with {keys}", rule="type"
        )
        return None
    errors_before = len(document.findings)
    values = dict(extra)
    for key, item in located.value.items():
        if key not in known:
            remedy = _unit_hint(key, known) or _comma_hint(key) or did_you_mean(key, known)
            document.report(located.keys[key], f"unknown key {key!r}", rule="key", remedy=remedy)
            continue
        field, hint = known[key]
        value = bind(document, item, hint)
        unit = _unit_of(cls, field)
        values[field.name] = _in_si(value, unit) if unit else value
    for key, (field, _) in known.items():
        if is_required(cls, field) and key not in located.value:
            remedy = "What a pose leaves out is not taken to be 0." if cls is Pose else ""
            document.report(located, f"{key!r} is missing", rule="missing", remedy=remedy)
    if len(document.findings) > errors_before:
        return None
    try:
        return cls(**values)
    except ValueError as error:
        document.report(_named(located, str(error)), str(error), rule="value")
        return None


def _named(located: Located, message: str) -> Located:
    """The value whose key a message begins with or is the only one to name, or the mapping."""
    subject = message.partition(":")[0]
    if subject in located.value:
        return typing.cast("Located", located.value[subject])
    words = set(re.findall(r"\w+", message))
    named = [item for key, item in located.value.items() if key in words]
    return named[0] if len(named) == 1 else located


def _in_si(value: Any, unit: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_in_si(item, unit) for item in value)
    return None if value is None else value * UNITS[unit]


def _unit_hint(key: str, known: dict[str, Any]) -> str:
    """Say that only the unit is wrong or missing, where that is so."""
    for name in known:
        base, _, unit = name.rpartition("_")
        if unit in UNITS and base in (key, key.rpartition("_")[0]):
            return f"The unit belongs to the key: write {name!r}, in {unit}."
    return ""


def _comma_hint(key: str) -> str:
    """Say what made a key out of ``{x_mm: 374,5}``."""
    return "Decimals are written with a point, not with a comma." if key.isdecimal() else ""


def _number_hint(text: str) -> str:
    """How to write what was meant as a number and is none to YAML."""
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        return "Decimals are written with a point, not with a comma."
    number, _, unit = text.partition(" ")
    try:
        value = float(number)
    except ValueError:
        return ""
    if unit:
        return f"The unit belongs to the key, so write {number}."
    return f"Write {value:.15g}, without quotes." if math.isfinite(value) else ""


def _bind_union(document: Document, located: Located, members: tuple[Any, ...]) -> Any:
    if located.value is None and type(None) in members:
        return None
    concrete = [member for member in members if member is not type(None)]
    if len(concrete) == 1:
        return bind(document, located, concrete[0])
    for member in concrete:
        trial = Document("", document.file)
        value = bind(trial, located, member)
        if not trial.findings:
            return value
    expected = " or ".join(_name(member) for member in concrete)
    document.report(located, f"found {located.describe()}, expected {expected}", rule="type")
    return None


def _bind_choice(document: Document, located: Located, choices: dict[str, Any]) -> Any:
    try:
        return choices[str(located.value)]
    except KeyError:
        document.report(
            located,
            f"found {located.describe()}, expected one of {', '.join(choices)}",
            rule="choice",
            remedy=near_miss(str(located.value), choices),
        )
        return None


def _bind_tuple(document: Document, located: Located, members: tuple[Any, ...]) -> Any:
    if not isinstance(located.value, list):
        document.report(located, f"found {located.describe()}, expected a list", rule="type")
        return None
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(bind(document, item, members[0]) for item in located.value)
    if len(located.value) != len(members):
        document.report(
            located,
            f"found {located.describe()}, expected a list of {len(members)}",
            rule="type",
        )
        return None
    pairs = zip(located.value, members, strict=True)
    return tuple(bind(document, item, member) for item, member in pairs)


def _bind_dict(document: Document, located: Located, member: Any) -> Any:
    if not isinstance(located.value, dict):
        document.report(located, f"found {located.describe()}, expected a mapping", rule="type")
        return None
    return {key: bind(document, item, member) for key, item in located.value.items()}


def _bind_scalar(document: Document, located: Located, kind: Any) -> Any:
    value = located.value
    if kind is Any:
        return located.plain()
    if kind is Path and isinstance(value, str):
        return Path(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is float and is_number and math.isfinite(value):
        return float(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind in (str, bool) and isinstance(value, kind):
        return value
    if kind is str and is_number:
        # `task: 4711` is a number to YAML, yet a good name for a part.
        return str(value)
    document.report(
        located,
        f"found {located.describe()}, expected {_name(kind)}",
        rule="type",
        remedy=_number_hint(value) if kind in (float, int) and isinstance(value, str) else "",
    )
    return None


_NAMES = {float: "a number", int: "a whole number", str: "text", bool: "true or false"}


def _name(kind: Any) -> str:
    return _NAMES.get(kind, getattr(kind, "__name__", str(kind)))
