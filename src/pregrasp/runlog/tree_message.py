"""The structure of a tree as JSON: told once, so that changes can speak of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pregrasp.skills.ports import Port, Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.drawing.labels import definitions, label, shown_arms
from pregrasp.trees.specification import NodeSpec, Reference, Tree, TreePort, Wire, references
from pregrasp.trees.value_types import describe_type

Json = dict[str, Any]


class TreeNumbers:
    """Numbers for the nodes of a tree, and what is known about its values.

    Args:
        tree: The tree.
        skills: The skills it uses, if not the registered ones.
    """

    def __init__(self, tree: Tree, skills: Mapping[str, type[Skill]] | None = None) -> None:
        self.tree = tree
        self._known = definitions(skills)
        self.ids = {node.path: number for number, node in enumerate(tree.nodes())}
        self.leaves = {node.path for node in tree.nodes() if not node.children}
        self.units = dict(self._units())
        """Unit in which people want each number, by key of the blackboard."""

    def body(self) -> Json:
        """What the ``tree`` message says about the tree."""
        return {
            "tree": self.tree.name,
            "file": self.tree.file,
            "description": self.tree.description,
            "inputs": [_declared(port) for port in self.tree.inputs.values()],
            "outputs": [_declared(port) for port in self.tree.outputs.values()],
            "nodes": list(self._nodes(self.tree.root, None, "")),
        }

    def _nodes(self, node: NodeSpec, parent: int | None, arm: str) -> Iterator[Json]:
        label_ = label(node, arm, self._known)
        definition = self._known.get(node.kind)
        ports = definition.ports if definition is not None else {}
        number = self.ids[node.path]
        yield {
            "id": number,
            "parent": parent,
            "children": [self.ids[child.path] for child in node.children],
            "path": node.path,
            "name": node.name,
            "title": label_.title,
            "kind": node.kind,
            "sign": label_.sign,
            "category": label_.category,
            "arm": arm,
            "file": node.position.file,
            "line": node.position.line,
            "about": _about(definition),
            "inputs": [_wired(name, wire, ports.get(name)) for name, wire in node.inputs.items()],
            "outputs": [_wired(name, key, ports.get(name)) for name, key in node.outputs.items()],
        }
        for child, name in zip(node.children, shown_arms(node), strict=True):
            yield from self._nodes(child, number, name)

    def _units(self) -> Iterator[tuple[str, str]]:
        for port in (*self.tree.inputs.values(), *self.tree.outputs.values()):
            if port.unit:
                yield f"{self.tree.name}/{port.name}", port.unit
        for node in self.tree.nodes():
            definition = self._known.get(node.kind)
            ports = definition.ports if definition is not None else {}
            wires: dict[str, Wire] = {**node.inputs, **node.outputs}
            for name, wire in wires.items():
                unit = ports[name].unit if name in ports else None
                if unit and isinstance(wire, Reference) and not wire.fields:
                    yield wire.key, unit


def _about(definition: type[Wired] | None) -> str:
    """First line of what the class says about itself."""
    return ((definition.__doc__ if definition is not None else None) or "").strip().split("\n")[0]


def _declared(port: TreePort) -> Json:
    return {"port": port.key, "type": describe_type(port.kind), "about": port.description}


def _wired(name: str, wire: Wire, port: Port[Any] | None) -> Json:
    return {
        "port": port.key if port is not None else name,
        "wire": str(wire),
        "keys": [reference.key for reference in references(wire)],
        "type": describe_type(port.kind) if port is not None else "",
        "about": port.description if port is not None else "",
    }
