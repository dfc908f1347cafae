"""Small formulas in YAML: ``"{moves} < 5 and {error.translation_mm} > 0.8"``.

The grammar is all there is: no names but those in braces, no attributes but declared
fields, no calls but the five functions. Every part has a type, so that a formula is
checked to the last operand when the tree is loaded::

    formula    := part ("or" part)*            part  := term ("and" term)*
    term       := "not" term | comparison
    comparison := sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)* | sum "in" "(" ... ")"
    sum        := product (("+" | "-") product)*
    product    := factor (("*" | "/" | "//" | "%") factor)*
    factor     := "-" factor | number | 'text' | true | false | none
                | "{reference}" | "(" formula ")" | function "(" formula ("," formula)* ")"
    function   := "abs" | "min" | "max" | "round" | "len"

Numbers with a unit carry it in their name, as everywhere in YAML: ``{estimate.motion.
translation_mm}``. A formula stands for a number that people could have written in its place,
so the unit of its result is that of the key.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pregrasp.trees.formula_tokens import ExpressionError, Token, TokenReader, shown
from pregrasp.trees.operators import LAZY, OPERATORS
from pregrasp.trees.references import ParsedReference, parse_reference
from pregrasp.trees.specification import Fixed, Formula, Wire
from pregrasp.trees.value_types import describe_type, fits, item_type

MAX_LENGTH = 500
"""Longest formula [characters]; what is longer belongs into a skill."""

MAX_NESTING = 20
"""Deepest nesting of a formula."""

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
FUNCTIONS = {"abs": (1, 1), "round": (1, 1), "len": (1, 1), "min": (2, 9), "max": (2, 9)}
"""The functions, with the least and the most values that each takes."""
_WORDS: dict[str, Any] = {"true": True, "false": False, "none": None, "null": None}

NOTHING = type(None)


Resolve = Callable[[ParsedReference, int], tuple[Wire, Any]]
"""Gives wire and type of a reference that stands at an offset."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a formula."""

    wire: Wire
    kind: Any
    offset: int


def parse_expression(text: str, resolve: Resolve) -> Term:
    """Read a formula.

    Args:
        text: The formula.
        resolve: Looks references up.

    Raises:
        ExpressionError: The first thing that is wrong.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"a formula has at most {MAX_LENGTH} characters", 0)
    parser = _Parser(text, resolve)
    term = parser.formula(0)
    parser.expect_end()
    return Term(_with_text(term.wire, text), term.kind, 0)


def _with_text(wire: Wire, text: str) -> Wire:
    if isinstance(wire, Formula):
        return Formula(wire.operator, wire.operands, text)
    return wire


class _Parser(TokenReader):
    """Recursive descent; every method reads one rule of the grammar."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        super().__init__(text)
        self.resolve = resolve

    # --- Rules ----------------------------------------------------------------------------

    def formula(self, depth: int) -> Term:
        return self._logic("or", lambda: self._logic("and", lambda: self.negation(depth)))

    def _logic(self, word: str, part: Callable[[], Term]) -> Term:
        parts = [part()]
        while self.accept(word):
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        for term in parts:
            _want_truth(term, word)
        return _operation(word, parts, bool)

    def negation(self, depth: int) -> Term:
        token = self.accept("not")
        if token is None:
            return self.comparison(depth)
        _check_depth(depth, token)
        term = self.negation(depth + 1)
        _want_truth(term, "not")
        return _operation("not", [term], bool)

    def comparison(self, depth: int) -> Term:
        terms = [self.sum(depth)]
        if self.accept("in"):
            return self._membership(terms[0], depth)
        pairs = []
        while (token := self.accept(*_COMPARISONS)) is not None:
            terms.append(self.sum(depth))
            pairs.append(_compare(token, terms[-2], terms[-1]))
        if not pairs:
            return terms[0]
        return pairs[0] if len(pairs) == 1 else _operation("and", pairs, bool)

    def _membership(self, item: Term, depth: int) -> Term:
        choices = [_alike(item, choice) for choice in self._arguments(depth)]
        return _operation("in", [choices[0][0], *(pair[1] for pair in choices)], bool)

    def sum(self, depth: int) -> Term:
        return self._arithmetic(("+", "-"), lambda: self.product(depth))

    def product(self, depth: int) -> Term:
        return self._arithmetic(("*", "/", "//", "%"), lambda: self.factor(depth))

    def _arithmetic(self, signs: tuple[str, ...], part: Callable[[], Term]) -> Term:
        term = part()
        while (token := self.accept(*signs)) is not None:
            other = part()
            for operand in (term, other):
                _want_number(operand, token.text)
            whole = term.kind is int and other.kind is int and token.text != "/"
            term = _operation(token.text, [term, other], int if whole else float)
        return term

    def factor(self, depth: int) -> Term:
        token = self.take()
        _check_depth(depth, token)
        if token.sort == "reference":
            return self._reference(token)
        if token.sort == "number":
            whole = token.text.isdigit()
            value = int(token.text) if whole else float(token.text)
            return Term(Fixed(value), int if whole else float, token.offset)
        if token.sort == "text":
            return Term(Fixed(token.text[1:-1]), str, token.offset)
        if token.text == "-":
            term = self.factor(depth + 1)
            _want_number(term, "-")
            return _operation("negative", [term], term.kind)
        if token.text == "(":
            term = self.formula(depth + 1)
            self.expect(")")
            return term
        if token.sort == "word" and token.text.lower() in _WORDS:
            value = _WORDS[token.text.lower()]
            return Term(Fixed(value), type(value), token.offset)
        if token.sort == "word" and token.text in FUNCTIONS:
            return self._call(token, depth)
        remedy = ""
        if token.sort == "word":
            remedy = f"A value is written {{{token.text}}}, a text '{token.text}'."
        raise ExpressionError(
            f"found {shown(token)}, expected a value", token.offset, "expression", remedy
        )

    def _reference(self, token: Token) -> Term:
        parsed = parse_reference(token.text)
        if parsed is None:
            raise ExpressionError(
                f"{token.text!r} is not a reference",
                token.offset,
                "reference",
                'References are written "{name}" or "{name.field}".',
            )
        wire, kind = self.resolve(parsed, token.offset)
        return Term(wire, kind, token.offset)

    def _arguments(self, depth: int) -> list[Term]:
        self.expect("(")
        terms = [self.formula(depth + 1)]
        while self.accept(","):
            terms.append(self.formula(depth + 1))
        self.expect(")")
        return terms

    def _call(self, token: Token, depth: int) -> Term:
        terms = self._arguments(depth)
        least, most = FUNCTIONS[token.text]
        if not least <= len(terms) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(
                f"{token.text} takes {count} values, found {len(terms)}", token.offset
            )
        if token.text == "len":
            if item_type(terms[0].kind) is None and terms[0].kind is not Any:
                raise ExpressionError(
                    f"len counts the items of a list, found {describe_type(terms[0].kind)}",
                    terms[0].offset,
                    "type",
                )
            return _operation("len", terms, int)
        for term in terms:
            _want_number(term, token.text)
        whole = token.text == "round" or all(term.kind is int for term in terms)
        return _operation(token.text, terms, int if whole else float)


def _check_depth(depth: int, token: Token) -> None:
    if depth > MAX_NESTING:
        raise ExpressionError(f"nested deeper than {MAX_NESTING} levels", token.offset)


def _operation(name: str, terms: list[Term], kind: Any) -> Term:
    """An operation on terms; with constants only, it is a constant itself."""
    wires = tuple(term.wire for term in terms)
    if name in OPERATORS and all(isinstance(wire, Fixed) for wire in wires):
        try:
            value = OPERATORS[name](*(wire.value for wire in wires if isinstance(wire, Fixed)))
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ExpressionError(f"this cannot be computed: {error}", terms[0].offset) from None
        return Term(Fixed(value), kind, terms[0].offset)
    if name in LAZY and all(isinstance(wire, Fixed) for wire in wires):
        truths = [wire.value for wire in wires if isinstance(wire, Fixed)]
        return Term(Fixed(all(truths) if name == "and" else any(truths)), bool, terms[0].offset)
    return Term(Formula(name, wires), kind, terms[0].offset)


def _want_truth(term: Term, word: str) -> None:
    if term.kind not in (bool, Any):
        raise ExpressionError(
            f"{word!r} joins truths, found {describe_type(term.kind)}",
            term.offset,
            "type",
            "Compare it with something, for example > 0.",
        )


def _want_number(term: Term, sign: str) -> None:
    if term.kind in (int, float, Any):
        return
    optional = NOTHING in typing.get_args(term.kind)
    raise ExpressionError(
        f"{sign!r} works on numbers, found {describe_type(term.kind)}",
        term.offset,
        "type",
        'Guard the node with when: "{its_name} != none".' if optional else "",
    )


def _compare(token: Token, left: Term, right: Term) -> Term:
    if token.text in ("==", "!="):
        return _operation(token.text, list(_alike(left, right)), bool)
    for term in (left, right):
        _want_number(term, token.text)
    return _operation(token.text, [left, right], bool)


def _alike(left: Term, right: Term) -> tuple[Term, Term]:
    """Two terms that can be equal; the texts of enums become their members."""
    if _is_choice(left.kind) and right.kind is str:
        return left, _as_choice(right, left.kind)
    if _is_choice(right.kind) and left.kind is str:
        return _as_choice(left, right.kind), right
    numbers = (int, float, Any)
    alike = fits(left.kind, right.kind) or fits(right.kind, left.kind)
    if not alike and not (left.kind in numbers and right.kind in numbers):
        raise ExpressionError(
            f"{describe_type(left.kind)} and {describe_type(right.kind)} are never equal",
            right.offset,
            "type",
        )
    return left, right


def _members(kind: Any) -> list[Any]:
    unions = typing.get_args(kind) if typing.get_origin(kind) is not typing.Literal else ()
    return [member for member in unions if member is not NOTHING] or [kind]


def _is_choice(kind: Any) -> bool:
    return any(
        typing.get_origin(member) is typing.Literal
        or (isinstance(member, type) and issubclass(member, enum.Enum))
        for member in _members(kind)
    )


def _as_choice(term: Term, kind: Any) -> Term:
    [member] = _members(kind)[:1]
    choices = (
        {str(value): value for value in typing.get_args(member)}
        if typing.get_origin(member) is typing.Literal
        else {str(value.value): value for value in member}
    )
    if not isinstance(term.wire, Fixed):
        raise ExpressionError("compare it with a text in quotes", term.offset, "type")
    if term.wire.value not in choices:
        raise ExpressionError(
            f"found {term.wire.value!r}, expected one of {', '.join(choices)}",
            term.offset,
            "choice",
        )
    return Term(Fixed(choices[term.wire.value], term.wire.value), kind, term.offset)
