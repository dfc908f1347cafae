"""``{name}`` and ``{name.field}``: how values of the blackboard are named in YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pregrasp.documents import Located, walk
from pregrasp.trees.value_types import fields_of

_REFERENCE = re.compile(r"\{\s*([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)\s*\}")
_UNQUOTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class ParsedReference:
    """The parts of a reference."""

    name: str
    """A key of the blackboard."""
    fields: tuple[str, ...]
    """What is picked out of its value."""

    def __str__(self) -> str:
        return "{" + ".".join((self.name, *self.fields)) + "}"


def looks_like_reference(value: Any) -> bool:
    """Whether a value was meant as a reference, well-formed or not."""
    return isinstance(value, str) and value.startswith("{") and value.endswith("}")


def parse_reference(text: str) -> ParsedReference | None:
    """The parts of a reference, or None if it is malformed.

    Example:
        >>> str(parse_reference("{task.taught.pregrasp}"))
        '{task.taught.pregrasp}'
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    return ParsedReference(match[1], tuple(match[2].split(".")[1:]))


def unquoted_reference(value: Any) -> str | None:
    """The reference somebody forgot to quote: ``{pose}`` is a mapping to YAML."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    [(key, inner)] = value.items()
    if inner.value is None and _UNQUOTED.fullmatch(key):
        return f"{{{key}}}"
    return None


def references_in(located: Located) -> set[str]:
    """Every key that is named anywhere inside a value."""
    names = set()
    for inner in walk(located):
        if looks_like_reference(inner.value):
            parsed = parse_reference(inner.value)
            if parsed is not None:
                names.add(parsed.name)
    return names


def field_that_fits(kind: Any, accepts: Any) -> str | None:
    """A field of a type, or None, that would have been of the right type.

    Args:
        kind: The type that was found.
        accepts: Tells whether a type is right.
    """
    fitting = [name for name, member in fields_of(kind).items() if accepts(member)]
    return fitting[0] if len(fitting) == 1 else None
