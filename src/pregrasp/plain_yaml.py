"""The part of YAML that means to a person what it means to the parser, and hints at the rest."""

from __future__ import annotations

import re

import yaml

_CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")
)


_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)")
"""A whole number as everybody reads it."""

_NO_DECIMAL = "expected a decimal number without leading zeros; text of digits needs quotes"

_LONGEST_NUMBER = 300
"""Most digits of a whole number; a float holds 308."""


def construct_scalar(node: yaml.Node) -> str | int | float | bool | None:
    """A scalar as YAML's core schema reads it; dates and binary stay text.

    Raises:
        ValueError: YAML would read another number than a person: ``0374`` is 252 to it,
            and ``3:14`` is 194.
    """
    if node.tag not in _CORE_TAGS:
        if node.tag.startswith("tag:yaml.org,2002:") and node.tag.endswith(("timestamp", "merge")):
            return str(node.value)
        raise ValueError(f"which would be read as {node.tag}")
    kind = node.tag.rpartition(":")[2]
    if (kind == "int" and not _DECIMAL.fullmatch(node.value)) or (
        kind == "float" and ":" in node.value
    ):
        raise ValueError(_NO_DECIMAL)
    if kind == "int" and len(node.value) > _LONGEST_NUMBER:
        raise ValueError(f"expected a number of at most {_LONGEST_NUMBER} digits")
    constructor = yaml.constructor.SafeConstructor()
    value: str | int | float | bool | None = constructor.construct_object(node)
    return value


def syntax_remedy(error: yaml.MarkedYAMLError, line: str) -> str:
    """What to do about the slips that people make most; empty for the others.

    Args:
        error: What the parser said.
        line: The line it stumbled at.
    """
    problem, context = error.problem or "", error.context or ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "Indent with spaces, not with tabs."
    if "mapping values are not allowed" in problem:
        return "Is a colon missing before it, or the indentation off? Text with ': ' needs quotes."
    if "another document" in problem:
        return "A file holds one document: take out the line '---' and what follows it."
    if error.context_mark is not None and "flow" in context:
        opened = error.context_mark
        return f"The bracket of line {opened.line + 1}, column {opened.column + 1}, is not closed."
    if "did not find expected key" in problem:
        return "Keys of one mapping begin in the same column."
    return ""
