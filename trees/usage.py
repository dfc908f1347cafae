"""Names that nobody reads, and optional names that are known to be there."""

from __future__ import annotations

import re
import typing
from typing import Any

from pregrasp.documents import Document
from pregrasp.trees.controls.guard import Guard
from pregrasp.trees.controls.loops import ForEach
from pregrasp.trees.references import parse_reference, references_in
from pregrasp.trees.scope import Scope
from pregrasp.trees.syntax import RawNode, RawTree

_IS_THERE = re.compile(r"(\{\s*[A-Za-z_]\w*\s*\})\s*!=\s*(?:none|null)", re.IGNORECASE)


def report_unused(raw: RawTree, scope: Scope) -> None:
    """Warn of names that are written, declared or given, and never read.

    Items of `for_each` are spared: doing something once for every item needs no item.
    """
    if any(finding.severity == "error" for finding in scope.document.findings) or scope.unknown:
        # What was not understood may have been a reader.
        return
    items = _items(raw.root) if raw.root is not None else set()
    for name, symbol in scope.symbols.items():
        if name in scope.read or name in items or symbol.declared:
            continue
        if symbol.position is not None:
            scope.document.report(
                symbol.position,
                f"{{{name}}} is written but never read",
                rule="unread",
                remedy="Leave the output unwired, or declare it as an output of the tree.",
                severity="warning",
            )
        elif name in scope.constants:
            scope.document.report(
                scope.constants[name],
                f"the constant {name!r} is never used",
                rule="unread",
                severity="warning",
            )
        elif raw.inputs is not None and name in raw.inputs.keys:
            scope.document.report(
                raw.inputs.keys[name],
                f"the input {name!r} is never used",
                rule="unread",
                severity="warning",
            )


def _items(root: RawNode) -> set[str]:
    names: set[str] = set()
    for node in root.walk():
        if node.kind == ForEach.key and ForEach.item.key in node.values:
            located = node.values[ForEach.item.key][1]
            names |= references_in(located) or {str(located.value)}
    return names


def non_nothing(raw: RawNode, scope: Scope) -> dict[str, Any]:
    """Names that a guard makes sure of, with the type they then have.

    ``when: "{start} != none and {moves} < 5"`` makes sure of ``start``.
    """
    if raw.kind != Guard.key:
        return {}
    certain = {}
    for key in (Guard.when.key, Guard.whilst.key):
        text = raw.values[key][1].value if key in raw.values else ""
        if not isinstance(text, str) or re.search(r"\b(or|not)\b", text):
            continue
        for match in _IS_THERE.finditer(text):
            parsed = parse_reference(match[1])
            if parsed is None or parsed.name not in scope.symbols:
                continue
            members = typing.get_args(scope.symbols[parsed.name].kind)
            there = [member for member in members if member is not type(None)]
            if type(None) in members and len(there) == 1:
                certain[parsed.name] = there[0]
    return certain


def has_errors(document: Document) -> bool:
    """Whether a file has a fault that keeps it from being used."""
    return any(finding.severity == "error" for finding in document.findings)
