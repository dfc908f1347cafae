"""Nodes, names and values of a loaded tree, as people who debug a run name them.

A node is named by its path. Names in a formula are those of the tree that the node is
written in, so that a condition reads as the YAML beside it does::

    formula_at(tree, "grasp/sequence/servo/repeat_until", "{estimate.motion.translation_mm} < 1")
"""

from __future__ import annotations

from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.documents import ConfigurationError, Document, Located, Position, did_you_mean
from pregrasp.skills.ports import MISSING
from pregrasp.trees.debugging.errors import DebugError
from pregrasp.trees.declarations import read_literal
from pregrasp.trees.scope import Scope, Symbol
from pregrasp.trees.specification import Name, Reference, Tree, Wire
from pregrasp.trees.value_types import can_be_written, describe_type, kind_of_literal
from pregrasp.trees.values import read_value


def check_path(tree: Tree, path: str) -> None:
    """Make sure that there is such a node.

    Raises:
        DebugError: There is none; the message names the most similar one.
    """
    paths = [node.path for node in tree.nodes()]
    if path not in paths:
        raise DebugError(
            f"the tree {tree.name} has no node {path!r}. {did_you_mean(path, paths)}".strip()
        )


def formula_at(tree: Tree, path: str, text: str) -> Wire:
    """A truth that is computed from the names that can be used at a node.

    Args:
        tree: The tree.
        path: The node.
        text: The formula; the language of ``when:``.

    Raises:
        ConfigurationError: What is wrong with the formula, and where in it.
        DebugError: There is no such node.
    """
    check_path(tree, path)
    instance = max((at for at in tree.names if path.startswith(at + "/")), key=len)
    names = tree.names[instance]
    document = Document("", "condition")
    # The text is a formula, not YAML: only its one line is needed, to point into it.
    document.lines = [text]
    start = Position("condition", 1, 1)
    symbols = {
        name: Symbol(found.kind, found.wire, None, unit=found.unit) for name, found in names.items()
    }
    scope = Scope(document, instance, symbols=symbols)
    found = read_value(Located(text, start), bool, 1.0, scope, frozenset(names), formula=True)
    if found is None:
        raise ConfigurationError(document.findings)
    return found[0]


def name_of_key(tree: Tree, key: str) -> Name:
    """What is known of a key of the blackboard.

    Args:
        tree: The tree.
        key: Full name: the path of the tree that owns the value, and its name there.

    Raises:
        DebugError: There is no such key.
    """
    instance, _, name = key.rpartition("/")
    found = tree.names.get(instance, {}).get(name)
    if found is None or found.wire != Reference(key):
        keys = sorted(
            {
                known.wire.key
                for names in tree.names.values()
                for known in names.values()
                if isinstance(known.wire, Reference) and not known.wire.fields
            }
        )
        raise DebugError(f"the blackboard has no key {key!r}. {did_you_mean(key, keys)}".strip())
    return found


def described_keys(tree: Tree) -> dict[str, dict[str, Any]]:
    """Every key of the blackboard: its type, and whether people can type a value of it."""
    described = {}
    for names in tree.names.values():
        for name in names.values():
            if isinstance(name.wire, Reference) and not name.wire.fields:
                described[name.wire.key] = {
                    "type": describe_type(name.kind),
                    "unit": name.unit,
                    "editable": name.kind is Any or can_be_written(name.kind),
                }
    return described


def value_for_key(tree: Tree, key: str, text: str) -> Any:
    """A value that somebody typed, checked against the type of its key.

    Args:
        tree: The tree.
        key: Full name of the key.
        text: The value as YAML has it; a number with a unit in the unit of its key.

    Returns:
        The value in SI units.

    Raises:
        ConfigurationError: The text is no value of that type.
        DebugError: There is no such key.
    """
    name = name_of_key(tree, key)
    document = Document(text, key.rpartition("/")[2])
    kind, value = name.kind, MISSING
    if kind is Any:
        # What takes anything takes what can be seen to be something.
        kind = kind_of_literal(document.root)
        if kind is None:
            document.report(document.root, "the type of the value cannot be told", rule="type")
    if not document.findings:
        scale = UNITS[name.unit] if name.unit else 1.0
        value = read_literal(document, document.root, kind, scale)
    if value is MISSING:
        raise ConfigurationError(document.findings)
    return value
