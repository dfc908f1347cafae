"""What can be computed in a formula. Nothing else can: a formula is never Python.

Every operator works on whole operands; `and` and `or` are the two that look at their second
operand only when the first one leaves it open.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from pregrasp.skills.ports import Source

OPERATORS: dict[str, Callable[..., Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda item, *items: item in items,
    "not": operator.not_,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "negative": operator.neg,
    "abs": abs,
    "min": min,
    "max": max,
    "round": round,
    "len": len,
    "list": lambda *items: items,
}
"""What each operator computes from the values of its operands."""

LAZY = ("and", "or")
"""Operators that may leave their second operand alone."""


class Computed:
    """A source whose value is computed whenever it is read.

    Args:
        operator: A key of `OPERATORS`, or one of `LAZY`.
        operands: Where the operands come from.
        shown: The formula as people wrote it.
    """

    __slots__ = ("_compute", "_operands", "_operator", "shown")

    def __init__(self, operator: str, operands: tuple[Source, ...], shown: str) -> None:
        self._operator = operator
        self._compute = OPERATORS.get(operator)
        self._operands = operands
        self.shown = shown

    @property
    def value(self) -> Any:
        """The result with the present values.

        Raises:
            ZeroDivisionError: The formula divides by zero.
        """
        if self._compute is not None:
            return self._compute(*(operand.value for operand in self._operands))
        wanted = self._operator == "and"
        # `and` ends at the first no, `or` at the first yes.
        return (
            all(o.value for o in self._operands) if wanted else any(o.value for o in self._operands)
        )
