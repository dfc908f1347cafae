"""A tree that was loaded and found to be in order: immutable, printable, bound to no cell.

py_trees nodes can be neither copied nor pickled; a `Tree` can, and every run builds its
nodes from it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.documents import Finding, Position
from pregrasp.skills.ports import MISSING


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value written in the YAML file, in SI units."""

    value: Any
    shown: str = ""
    """As people wrote it."""

    def __str__(self) -> str:
        return self.shown or str(self.value)


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is found on the blackboard when the tree runs."""

    key: str
    """Full name: the path of the subtree that owns the value, and its name there."""
    fields: tuple[str, ...] = ()
    """What is picked out of it."""

    def __str__(self) -> str:
        return "{" + ".".join((self.key.rpartition("/")[2], *self.fields)) + "}"


@dataclass(frozen=True, slots=True)
class Formula:
    """A value that is computed anew whenever it is read."""

    operator: str
    """A key of `pregrasp.trees.operators.OPERATORS`."""
    operands: tuple[Wire, ...]
    """What it works on."""
    shown: str = field(default="", compare=False)
    """As people wrote it."""

    def __str__(self) -> str:
        return self.shown or f"{self.operator}({', '.join(map(str, self.operands))})"


Wire = Fixed | Reference | Formula


def references(wire: Wire) -> Iterator[Reference]:
    """Every key of the blackboard that a value depends on."""
    if isinstance(wire, Reference):
        yield wire
    elif isinstance(wire, Formula):
        for operand in wire.operands:
            yield from references(operand)


@dataclass(frozen=True, kw_only=True, slots=True)
class TreePort:
    """A declared input or output of a tree."""

    name: str
    """Used inside the tree."""
    kind: Any
    """Its type."""
    unit: str | None = None
    """The key ends in it where a number is passed in YAML."""
    default: Any = MISSING
    """In SI units."""
    description: str = ""
    """For people."""

    @property
    def key(self) -> str:
        """What callers write in YAML."""
        return f"{self.name}_{self.unit}" if self.unit else self.name

    @property
    def required(self) -> bool:
        """Whether callers must give it."""
        return self.default is MISSING

    @property
    def scale(self) -> float:
        """What one of its unit is in SI."""
        return UNITS[self.unit] if self.unit else 1.0


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for in one instance of a tree."""

    kind: Any
    """Type of its values."""
    wire: Wire
    """Where the value is, seen from the whole run."""
    unit: str | None
    """The unit people write it in, where it has one."""
    written: bool
    """Whether nodes write it, rather than callers or constants."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSpec:
    """One node of a loaded tree."""

    kind: str
    """Its key in YAML: ``sequence``, ``move_to``, ``subtree``."""
    name: str
    """Last part of its path."""
    path: str
    """Where it stands; unique in the tree, and the same every time the tree is loaded."""
    position: Position
    """Where it is written."""
    inputs: dict[str, Wire] = field(default_factory=dict)
    """What feeds each wired input, by attribute name."""
    outputs: dict[str, Reference] = field(default_factory=dict)
    """What takes each wired output, by attribute name."""
    children: tuple[NodeSpec, ...] = ()
    """In the order in which they are ticked."""
    arms: tuple[str, ...] = ()
    """Which arm of its parent's key each child is: ``until``, ``do``."""

    def walk(self) -> Iterator[NodeSpec]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """A loaded tree."""

    name: str
    """Its name, also the first part of all paths."""
    file: str
    """Where it was read."""
    description: str
    """For people."""
    inputs: dict[str, TreePort]
    """What a run needs, by name."""
    outputs: dict[str, TreePort]
    """What a successful run gives, by name."""
    root: NodeSpec
    """The nodes."""
    warnings: tuple[Finding, ...] = ()
    """What looks odd, but can run."""
    names: dict[str, dict[str, Name]] = field(default_factory=dict, repr=False, compare=False)
    """The names of every instance of a tree, by the path where it stands; for debugging."""

    def nodes(self) -> Iterator[NodeSpec]:
        """Every node, parents first."""
        return self.root.walk()
