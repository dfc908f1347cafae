"""The names that can be used in one instance of a tree, and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pregrasp.documents import Document, Position
from pregrasp.skills.ports import Output
from pregrasp.trees.references import parse_reference
from pregrasp.trees.specification import Name, Reference, Wire
from pregrasp.trees.syntax import RawNode


@dataclass(slots=True)
class Symbol:
    """A name in a tree."""

    kind: Any
    """Type of its values."""
    wire: Wire
    """Where the value is, seen from the whole run."""
    position: Position | None
    """Where it was first given a value; None for inputs."""
    declared: bool = False
    """Whether it is an output of the tree."""
    constant: bool = False
    """Whether it is one of the tree's constants."""
    unit: str | None = None
    """The unit people write it in, where it has one."""

    @property
    def is_input(self) -> bool:
        """Whether it comes from outside and is not for writing."""
        return self.position is None and not self.declared


@dataclass(slots=True)
class Scope:
    """One instance of a tree: the main tree, or a subtree where it is used."""

    document: Document
    """The file of the tree."""
    path: str
    """Where the instance stands in the whole tree; its keys begin with it."""
    files: tuple[Path, ...] = ()
    """The files around it, outermost first; a subtree that is among them is a cycle."""
    symbols: dict[str, Symbol] = field(default_factory=dict)
    """What names stand for."""
    writers: dict[str, Position] = field(default_factory=dict)
    """Where each name is written in this tree, whether before or after a reader."""
    unknown: set[str] = field(default_factory=set)
    """Names about which nothing can be said, because of faults reported elsewhere."""
    read: set[str] = field(default_factory=set)
    """Names that somebody reads."""
    narrowed: dict[str, Any] = field(default_factory=dict)
    """Types of optional names inside a node that is guarded against their being nothing."""
    constants: dict[str, Position] = field(default_factory=dict)
    """Where each constant is given."""
    include: tuple[Path, ...] = ()
    """Further folders in which this tree's subtrees are looked for."""

    def kind_of(self, name: str) -> Any:
        """Type of a name, as it is known at this place of the tree."""
        return self.narrowed.get(name, self.symbols[name].kind)

    def reference(self, name: str) -> Reference:
        """The blackboard key of a name that belongs to this instance."""
        return Reference(f"{self.path}/{name}")

    def names(self) -> dict[str, Name]:
        """What is left of the names once the tree is loaded."""
        return {
            name: Name(symbol.kind, symbol.wire, symbol.unit, not symbol.is_input)
            for name, symbol in self.symbols.items()
        }

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the subtrees of this tree are looked for first."""
        own = (self.folder,) if self.folder is not None else ()
        return (*own, *self.include)

    @property
    def folder(self) -> Path | None:
        """Where the tree's file is."""
        return self.files[-1].parent if self.files else None


def written_names(root: RawNode) -> dict[str, Position]:
    """Every name that an output of a node is wired to, and where; subtrees not included."""
    writers: dict[str, Position] = {}
    for node in root.walk():
        if node.definition is None:
            continue
        keys = {port.key for port in node.definition.ports.values() if isinstance(port, Output)}
        for key, (_, located) in node.values.items():
            if key in keys and isinstance(located.value, str):
                parsed = parse_reference(located.value)
                writers.setdefault(parsed.name if parsed else located.value, located.position)
    return writers


def unique_name(name: str, siblings: dict[str, int]) -> str:
    """A name that no sibling before has: the second ``move_to`` is ``move_to#2``."""
    siblings[name] = siblings.get(name, 0) + 1
    return name if siblings[name] == 1 else f"{name}#{siblings[name]}"
