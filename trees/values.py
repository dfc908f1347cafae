"""What a value in YAML stands for: a literal, or a key of the blackboard.

Faults go to the document of the scope, and None is returned in their place.
"""

from __future__ import annotations

from typing import Any

from pregrasp.documents import Located, did_you_mean
from pregrasp.skills.ports import MISSING
from pregrasp.trees.controls.control import Names
from pregrasp.trees.declarations import read_literal
from pregrasp.trees.references import (
    ParsedReference,
    field_that_fits,
    looks_like_reference,
    parse_reference,
    unquoted_reference,
)
from pregrasp.trees.scope import Scope, Symbol
from pregrasp.trees.specification import Fixed, Reference, Wire
from pregrasp.trees.value_types import describe_type, fields_of, fits


def read_value(
    located: Located, kind: Any, scale: float, scope: Scope, before: Names
) -> tuple[Wire, Any] | None:
    """Wire and type of a value that an input reads, or None when it is faulty."""
    document = scope.document
    if looks_like_reference(located.value):
        parsed = parse_reference(located.value)
        if parsed is not None:
            return _read(located, parsed, kind, scope, before)
        document.report(
            located,
            f"{located.value!r} is not a reference",
            rule="reference",
            remedy='References are written "{name}" or "{name.field}".',
        )
        return None
    unquoted = unquoted_reference(located.value)
    if unquoted is not None:
        document.report(
            located,
            f"found {unquoted} without quotes, which YAML takes for a mapping",
            rule="quotes",
            remedy=f'Write "{unquoted}".',
        )
        return None
    value = read_literal(document, located, kind, scale)
    if value is MISSING:
        return None
    return Fixed(value, _shown(located)), kind


def _read(
    located: Located,
    parsed: ParsedReference,
    wanted: Any,
    scope: Scope,
    before: Names,
) -> tuple[Wire, Any] | None:
    document, name = scope.document, parsed.name
    symbol = scope.symbols.get(name)
    if name in scope.unknown:
        return None
    if symbol is None or (name not in before and not symbol.is_input):
        _report_unwritten(located, name, scope, before)
        return None
    kind = symbol.kind
    for index, part in enumerate(parsed.fields):
        fields = fields_of(kind)
        if kind is Any:
            break
        if part not in fields:
            so_far = ParsedReference(name, parsed.fields[:index])
            document.report(
                located,
                f"{so_far} is of type {describe_type(kind)}, which has no field {part!r}",
                rule="field",
                remedy=did_you_mean(part, fields),
            )
            return None
        kind = fields[part]
    if not fits(kind, wanted):
        better = field_that_fits(kind, lambda member: fits(member, wanted))
        hint = ParsedReference(name, (*parsed.fields, better)) if better else None
        document.report(
            located,
            f"{parsed} is of type {describe_type(kind)}, expected {describe_type(wanted)}",
            rule="type",
            remedy=f'Did you mean "{hint}"?' if hint else "",
        )
        return None
    return _pick(symbol.wire, parsed.fields), kind


def _report_unwritten(located: Located, name: str, scope: Scope, before: Names) -> None:
    reference = "{" + name + "}"
    if name in scope.writers or name in scope.symbols:
        writer = scope.writers.get(name)
        where = f" (it is written in line {writer.line})" if writer else ""
        scope.document.report(
            located,
            f"{reference} may not have been written yet when it is read here{where}",
            rule="read-before-write",
            remedy="Write it earlier, on every way that leads here.",
        )
        return
    known = [*before, *scope.symbols]
    scope.document.report(
        located,
        f"nothing writes {reference}",
        rule="unknown-key",
        remedy=did_you_mean(name, known) or "Declare it as an input of the tree.",
    )


def write_target(located: Located, kind: Any, scope: Scope) -> tuple[str, Reference] | None:
    """Name and key that an output writes, or None when it is faulty."""
    document = scope.document
    unquoted = unquoted_reference(located.value)
    name = located.value if isinstance(located.value, str) else unquoted or ""
    parsed = parse_reference(name) if looks_like_reference(name) else None
    if parsed is None and name.isidentifier():
        parsed = ParsedReference(name, ())
    if parsed is None or parsed.fields or unquoted:
        document.report(
            located,
            f"found {unquoted or located.describe()}, expected the name of a key to write",
            rule="quotes" if unquoted else "output",
            remedy=f'Write "{unquoted}".' if unquoted else 'For example "{capture}".',
        )
        return None
    name = parsed.name
    symbol = scope.symbols.get(name)
    if symbol is None:
        symbol = Symbol(kind, scope.reference(name), located.position)
        scope.symbols[name] = symbol
    elif symbol.is_input:
        document.report(
            located, f"{parsed} is an input of the tree and cannot be written", rule="output"
        )
        return None
    elif not fits(kind, symbol.kind):
        first = f"in line {symbol.position.line}" if symbol.position else "as an output of the tree"
        document.report(
            located,
            f"{parsed} would be of type {describe_type(kind)} here, but it is "
            f"{describe_type(symbol.kind)} {first}",
            rule="one-type",
            remedy="Use another name; a key has one type.",
        )
        return None
    if not isinstance(symbol.wire, Reference):
        return None
    return name, symbol.wire


def _pick(wire: Wire, fields: tuple[str, ...]) -> Wire:
    """A field of what a wire carries."""
    if isinstance(wire, Reference):
        return Reference(wire.key, (*wire.fields, *fields))
    value = wire.value
    for part in fields:
        value = getattr(value, part, None)
    return Fixed(value) if fields else wire


def _shown(located: Located) -> str:
    """A literal as it is shown in drawings."""
    plain = located.plain()
    if isinstance(plain, dict):
        return "{" + ", ".join(f"{key}: {value}" for key, value in plain.items()) + "}"
    return str(plain)
