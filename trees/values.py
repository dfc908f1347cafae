"""What a value in YAML stands for: a literal, a key of the blackboard, or a formula.

Faults go to the document of the scope, and None is returned in their place.
"""

from __future__ import annotations

import typing
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.documents import Document, Located, Position, did_you_mean
from pregrasp.skills.ports import MISSING
from pregrasp.trees.controls.control import Names
from pregrasp.trees.declarations import read_literal
from pregrasp.trees.expressions import parse_expression
from pregrasp.trees.formula_tokens import ExpressionError
from pregrasp.trees.references import (
    ParsedReference,
    field_that_fits,
    looks_like_reference,
    parse_reference,
    unquoted_reference,
)
from pregrasp.trees.scope import Scope, Symbol
from pregrasp.trees.specification import Fixed, Formula, Reference, Wire
from pregrasp.trees.units import quantity_of, split_unit, unit_of_field
from pregrasp.trees.value_types import describe_type, fields_of, fits, item_type, kind_of_literal

Found = tuple[Wire, Any]
"""A wire and the type of its values."""


def read_value(
    located: Located, kind: Any, scale: float, scope: Scope, before: Names, *, formula: bool = False
) -> Found | None:
    """Wire and type of a value that an input reads, or None when it is faulty.

    Args:
        located: The value.
        kind: The type that is wanted.
        scale: What one of the unit it is written in is in SI.
        scope: The names that can be used.
        before: The names that have been written.
        formula: Whether text is a formula even if nothing in it is in braces.
    """
    document, value = scope.document, located.value
    if isinstance(value, str):
        parsed = parse_reference(value)
        if parsed is not None:
            return _read(located, parsed, kind, scope, before)
        if formula or ("{" in value and _is_computable(kind)):
            return _compute(located, kind, scale, scope, before)
    if looks_like_reference(value):
        document.report(
            located,
            f"{value!r} is not a reference",
            rule="reference",
            remedy='References are written "{name}" or "{name.field}".',
        )
        return None
    unquoted = unquoted_reference(value)
    if unquoted is not None:
        document.report(
            located,
            f"found {unquoted} without quotes, which YAML takes for a mapping",
            rule="quotes",
            remedy=f'Write "{unquoted}".',
        )
        return None
    if isinstance(value, list) and any(looks_like_reference(item.value) for item in value):
        return _read_list(located, kind, scale, scope, before)
    if kind is Any or kind == tuple[Any, ...]:
        # What takes anything takes what can be seen to be something.
        seen = kind_of_literal(located)
        if seen is None and value != []:
            document.report(
                located,
                f"found {located.describe()}, whose type cannot be told",
                rule="type",
                remedy="Give it as a constant with a type: {type: 'list[Pose]', value: [...]}.",
            )
            return None
        if value == []:
            return Fixed((), "[]"), kind
        if not fits(seen, kind):
            document.report(
                located, f"found {located.describe()}, expected {describe_type(kind)}", rule="type"
            )
            return None
        kind = seen
    literal = read_literal(document, located, kind, scale)
    if literal is MISSING:
        return None
    return Fixed(literal, _shown(located)), kind


def _is_computable(kind: Any) -> bool:
    members = typing.get_args(kind) or (kind,)
    return any(member in (int, float, bool, Any) for member in members)


def _read_list(
    located: Located, kind: Any, scale: float, scope: Scope, before: Names
) -> Found | None:
    """A list some of whose items are references."""
    inner = item_type(kind)
    if inner is None:
        scope.document.report(
            located,
            f"found {located.describe()}, expected {describe_type(kind)}",
            rule="type",
        )
        return None
    found = [read_value(item, inner, scale, scope, before) for item in located.value]
    wires = tuple(pair[0] for pair in found if pair is not None)
    if len(wires) < len(found):
        return None
    kinds = {pair[1] for pair in found if pair is not None}
    if kinds == {int, float}:
        kinds = {float}
    if inner is Any and len(kinds) > 1:
        names = " and ".join(sorted(describe_type(one) for one in kinds))
        scope.document.report(located, f"a list has items of one type, found {names}", rule="type")
        return None
    if inner is Any:
        kind = tuple.__class_getitem__((kinds.pop(), ...))
    return Formula("list", wires, f"[{', '.join(map(str, wires))}]"), kind


# --- References ---------------------------------------------------------------------------


def _read(
    located: Located, parsed: ParsedReference, wanted: Any, scope: Scope, before: Names
) -> Found | None:
    found = _look_up(located.position, parsed, scope, before)
    if found is None:
        return None
    wire, kind, _ = found
    if not fits(kind, wanted):
        better = field_that_fits(kind, lambda member: fits(member, wanted))
        hint = ParsedReference(parsed.name, (*parsed.fields, better)) if better else None
        remedy = f'Did you mean "{hint}"?' if hint else ""
        if type(None) in typing.get_args(kind) and not remedy:
            remedy = f'It may be nothing: guard the node with when: "{parsed} != none".'
        scope.document.report(
            located,
            f"{parsed} is of type {describe_type(kind)}, expected {describe_type(wanted)}",
            rule="type",
            remedy=remedy,
        )
        return None
    return wire, kind


def _look_up(
    where: Position, parsed: ParsedReference, scope: Scope, before: Names
) -> tuple[Wire, Any, str | None] | None:
    """Wire, type and unit of a reference; None when it is faulty."""
    document, name = scope.document, parsed.name
    symbol = scope.symbols.get(name)
    scope.read.add(name)
    if name in scope.unknown:
        return None
    if symbol is None or (name not in before and not symbol.is_input):
        _report_unwritten(where, name, scope, before)
        return None
    kind, unit = scope.kind_of(name), symbol.unit
    for index, part in enumerate(parsed.fields):
        fields = fields_of(kind)
        if kind is Any:
            break
        if part not in fields:
            so_far = ParsedReference(name, parsed.fields[:index])
            remedy = did_you_mean(part, fields)
            if type(None) in typing.get_args(kind):
                remedy = f'It may be nothing: guard the node with when: "{so_far} != none".'
            document.report(
                where,
                f"{so_far} is of type {describe_type(kind)}, which has no field {part!r}",
                rule="field",
                remedy=remedy,
            )
            return None
        kind, unit = fields[part], unit_of_field(kind, part)
    return _pick(symbol.wire, parsed.fields), kind, unit


def _report_unwritten(where: Position, name: str, scope: Scope, before: Names) -> None:
    reference = "{" + name + "}"
    if name in scope.writers or name in scope.symbols:
        writer = scope.writers.get(name)
        written = f" (it is written in line {writer.line})" if writer else ""
        scope.document.report(
            where,
            f"{reference} may not have been written yet when it is read here{written}",
            rule="read-before-write",
            remedy="Write it earlier, on every way that leads here.",
        )
        return
    known = [*before, *scope.symbols]
    scope.document.report(
        where,
        f"nothing writes {reference}",
        rule="unknown-key",
        remedy=did_you_mean(name, known) or "Declare it as an input of the tree.",
    )


def _pick(wire: Wire, fields: tuple[str, ...]) -> Wire:
    """A field of what a wire carries."""
    if isinstance(wire, Reference):
        return Reference(wire.key, (*wire.fields, *fields))
    if isinstance(wire, Formula) or not fields:
        # What is computed is a number, a truth or a list: nothing with fields.
        return wire
    value = wire.value
    for part in fields:
        value = getattr(value, part, None)
    return Fixed(value)


# --- Formulas -----------------------------------------------------------------------------


def _compute(
    located: Located, kind: Any, scale: float, scope: Scope, before: Names
) -> Found | None:
    """A formula; its result is in the unit of its key, as a number in its place would be."""
    document, text = scope.document, located.value

    def resolve(parsed: ParsedReference, offset: int) -> Found:
        where = inside(document, located, offset)
        return _operand(where, parsed, scope, before)

    try:
        term = parse_expression(text, resolve)
    except _ReportedError:
        return None
    except ExpressionError as error:
        document.report(
            inside(document, located, error.offset),
            str(error),
            rule=error.rule,
            remedy=error.remedy,
        )
        return None
    if not fits(term.kind, kind):
        document.report(
            located,
            f"the formula gives {describe_type(term.kind)}, expected {describe_type(kind)}",
            rule="type",
            remedy="Compare it with something, for example > 0." if kind is bool else "",
        )
        return None
    if scale == 1.0:
        return term.wire, term.kind
    if isinstance(term.wire, Fixed):
        return Fixed(term.wire.value * scale, text), term.kind
    return Formula("*", (term.wire, Fixed(scale)), text), term.kind


class _ReportedError(Exception):
    """A fault in a formula that was reported where it was found."""


def _operand(where: Position, parsed: ParsedReference, scope: Scope, before: Names) -> Found:
    """A value in a formula; a number with a unit is asked for in that unit."""
    plain, unit = _without_unit(parsed, scope)
    found = _look_up(where, plain, scope, before)
    if found is None:
        raise _ReportedError
    wire, kind, known = found
    last = (plain.name, *plain.fields)[-1]
    if unit is None:
        if known is not None and kind is float:
            scope.document.report(
                where,
                f"{parsed} has a unit, and a formula must say which",
                rule="unit",
                remedy=f'Write "{_with_last(plain, f"{last}_{known}")}".',
            )
            raise _ReportedError
        return wire, kind
    if kind not in (float, int) or (known and quantity_of(known) != quantity_of(unit)):
        what = quantity_of(known) if known else describe_type(kind)
        scope.document.report(
            where, f"{plain} cannot be had in {unit}, it is of type {what}", rule="unit"
        )
        raise _ReportedError
    if isinstance(wire, Fixed):
        return Fixed(wire.value / UNITS[unit]), float
    return (wire if UNITS[unit] == 1.0 else Formula("/", (wire, Fixed(UNITS[unit])))), float


def _without_unit(parsed: ParsedReference, scope: Scope) -> tuple[ParsedReference, str | None]:
    """Split the unit off the last name, unless the name is one as it stands."""
    last = (parsed.name, *parsed.fields)[-1]
    split = split_unit(last)
    if split is None:
        return parsed, None
    if not parsed.fields:
        known = parsed.name in scope.symbols or parsed.name in scope.writers
        return (parsed, None) if known else (ParsedReference(split[0], ()), split[1])
    symbol = scope.symbols.get(parsed.name)
    kind = scope.kind_of(parsed.name) if symbol is not None else Any
    for part in parsed.fields[:-1]:
        kind = fields_of(kind).get(part, Any)
    if last in fields_of(kind):
        return parsed, None
    return _with_last(parsed, split[0]), split[1]


def _with_last(parsed: ParsedReference, last: str) -> ParsedReference:
    if not parsed.fields:
        return ParsedReference(last, ())
    return ParsedReference(parsed.name, (*parsed.fields[:-1], last))


def inside(document: Document, located: Located, offset: int) -> Position:
    """The place of a character of a text, where it can be told.

    Args:
        document: The file.
        located: The text; folded or escaped text only has a beginning.
        offset: Number of the character, from 0.
    """
    position = located.position
    if not 0 < position.line <= len(document.lines):
        return position
    line = document.lines[position.line - 1]
    start = position.column - 1
    if line[start : start + 1] in ("'", '"'):
        start += 1
    if line[start : start + len(located.value)] != located.value:
        return position
    return Position(position.file, position.line, start + 1 + offset)


# --- Writing ------------------------------------------------------------------------------


def write_target(
    located: Located, kind: Any, scope: Scope, unit: str | None = None
) -> tuple[str, Reference] | None:
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
        symbol = Symbol(kind, scope.reference(name), located.position, unit=unit)
        scope.symbols[name] = symbol
    elif symbol.is_input:
        what = "a constant" if symbol.constant else "an input"
        document.report(
            located, f"{parsed} is {what} of the tree and cannot be written", rule="output"
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


def _shown(located: Located) -> str:
    """A literal as it is shown in drawings."""
    plain = located.plain()
    if isinstance(plain, dict):
        return "{" + ", ".join(f"{key}: {value}" for key, value in plain.items()) + "}"
    return str(plain)
