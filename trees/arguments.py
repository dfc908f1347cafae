"""What a node is given in YAML: the wires of its ports, and the keys that are no ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.documents import Document, Located, did_you_mean
from pregrasp.skills.ports import Input, Wired
from pregrasp.trees.controls import Control
from pregrasp.trees.controls.control import Names
from pregrasp.trees.scope import Scope
from pregrasp.trees.specification import Fixed, Reference, Wire
from pregrasp.trees.syntax import EVERYWHERE, RawNode
from pregrasp.trees.units import unit_remedy
from pregrasp.trees.value_types import describe_type
from pregrasp.trees.values import read_value, write_target


def read_inputs(
    raw: RawNode, definition: type[Wired], scope: Scope, before: Names
) -> dict[str, tuple[Wire, Any]]:
    """Wire and type of each input that was given.

    Args:
        raw: The node.
        definition: What it is.
        scope: The tree it is in.
        before: Names that have been written when the node is ticked.
    """
    meant = _check_keys(raw, definition, scope.document)
    wired = {}
    for name, port in definition.inputs().items():
        if port.key not in raw.values:
            if port.required and port.key not in meant:
                report_missing(raw, scope.document, port.key, port.kind)
            continue
        _, located = raw.values[port.key]
        scale = UNITS[port.unit] if port.unit else 1.0
        truth = port.kind is bool
        found = read_value(located, port.kind, scale, scope, before, formula=truth)
        if found is not None:
            _check_range(located, port, found[0], scope.document)
            wired[name] = found
    return wired


def _check_keys(raw: RawNode, definition: type[Wired], document: Document) -> set[str]:
    """Report keys that are no ports.

    Returns:
        The ports they were probably meant for, which need not be reported as missing.
    """
    meant = set()
    known = [port.key for port in definition.ports.values()]
    if issubclass(definition, Control):
        known += [arm.name for arm in definition.arms]
    known += [key for key in EVERYWHERE if key not in known]
    for key, (position, _) in raw.values.items():
        if key in known:
            continue
        if document.full:
            break
        remedy = unit_remedy(key, known) or did_you_mean(key, known)
        meant |= {name for name in known if f"{name!r}" in remedy}
        document.report(
            position,
            f"{raw.kind} has no port called {key!r}",
            rule="unknown-port",
            remedy=remedy,
        )
    return meant


def report_missing(raw: RawNode, document: Document, key: str, kind: Any) -> None:
    """Report an input or output that must be given and was not."""
    document.report(
        raw.position,
        f"{raw.kind} needs {key!r}, of type {describe_type(kind)}",
        rule="missing-input",
    )


def read_outputs(
    raw: RawNode, definition: type[Wired], scope: Scope, kinds: Mapping[str, Any]
) -> dict[str, tuple[str, Reference]]:
    """Name and key of each output that was given.

    Args:
        raw: The node.
        definition: What it is.
        scope: The tree it is in.
        kinds: Type of each input that was given.
    """
    wired = {}
    for name, port in definition.outputs().items():
        if port.key not in raw.values:
            if port.kind is object:
                report_missing(raw, scope.document, port.key, str)
            continue
        kind = port.kind
        if issubclass(definition, Control):
            kind = definition.output_kind(name, kinds)
        written = write_target(raw.values[port.key][1], kind, scope, port.unit)
        if written is not None:
            wired[name] = written
    return wired


def _check_range(located: Located, port: Input[Any], wire: Wire, document: Document) -> None:
    """Report a constant that the input can never take; the node would fail when it is ticked."""
    if not isinstance(wire, Fixed) or port.allows(wire.value):
        return
    unit = f" {port.unit}" if port.unit else ""
    document.report(
        located, f"found {located.describe()}, expected {port.range_text}{unit}", rule="range"
    )
