"""Settling where every value comes from and goes to, and that it is there when needed.

`Wiring` follows a tree in the order in which it would be ticked, with the set of names that
have certainly been written, and opens subtrees where they are used. What comes out are
`NodeSpec`s whose ports are wired to constants or to keys of the run's blackboard; a
subtree's inputs are other names for its caller's values, so passing one costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from pregrasp.documents import Document, Located, Position, did_you_mean
from pregrasp.trees.arguments import read_inputs, read_outputs, report_missing
from pregrasp.trees.constants import read_constants, read_include
from pregrasp.trees.controls import Control
from pregrasp.trees.controls.control import Names
from pregrasp.trees.controls.guard import Guard
from pregrasp.trees.controls.order import SelectorControl
from pregrasp.trees.declarations import read_ports
from pregrasp.trees.references import references_in
from pregrasp.trees.scope import Scope, Symbol, unique_name, written_names
from pregrasp.trees.specification import Fixed, NodeSpec, Reference, TreePort, Wire
from pregrasp.trees.syntax import MAX_NODES, RawNode, RawTree
from pregrasp.trees.units import unit_remedy
from pregrasp.trees.usage import non_nothing, report_unused
from pregrasp.trees.values import read_value, write_target

MAX_LEVELS = 150
"""Deepest nesting of a tree with all its subtrees; every level is a call when it ticks."""


class Subtrees(Protocol):
    """Gives the wiring other trees."""

    def open(self, name: str, folders: tuple[Path, ...]) -> tuple[Path, RawTree] | None:
        """A tree by name, or None when there is none."""

    def remedy(self, name: str, folders: tuple[Path, ...]) -> str:
        """What to say when there is none."""


class Wiring:
    """Wires one tree and the subtrees it uses.

    Args:
        types: Types by name.
        subtrees: Where other trees come from.
    """

    def __init__(self, types: Mapping[str, Any], subtrees: Subtrees) -> None:
        self._types = types
        self._subtrees = subtrees
        self._nodes = 0
        self.scopes: dict[str, Scope] = {}

    def tree(
        self, raw: RawTree, scope: Scope, given: Mapping[str, Wire] | None
    ) -> tuple[dict[str, TreePort], dict[str, TreePort], NodeSpec | None]:
        """Wire one instance of a tree.

        Args:
            raw: The tree.
            scope: An empty scope.
            given: What the caller wired to inputs and outputs; None for the main tree,
                whose inputs are given to the run.

        Returns:
            Its inputs, its outputs and its root node.
        """
        document = raw.document
        self.scopes[scope.path] = scope
        inputs = read_ports(document, raw.inputs, self._types, defaults=True)
        outputs = read_ports(document, raw.outputs, self._types, defaults=False)
        for name, port in inputs.items():
            wire = scope.reference(name) if given is None else given.get(name)
            if wire is None:
                wire = Fixed(port.default if not port.required else None)
            scope.symbols[name] = Symbol(port.kind, wire, None, unit=port.unit)
        for name, port in outputs.items():
            if name in inputs:
                document.report(
                    raw.outputs or document.root,
                    f"{name!r} is both an input and an output",
                    rule="output",
                )
                continue
            wire = (given or {}).get(name) or scope.reference(name)
            scope.symbols[name] = Symbol(port.kind, wire, None, declared=True, unit=port.unit)
        read_constants(document, raw.constants, self._types, scope)
        scope.include = read_include(document, raw.include, scope.folder)
        if raw.root is None:
            return inputs, outputs, None
        scope.writers = written_names(raw.root)
        names: dict[str, int] = {}
        spec, after = self.node(raw.root, scope, scope.path, names, frozenset(inputs))
        for name in outputs:
            if name not in after and name not in scope.unknown and raw.outputs is not None:
                document.report(
                    raw.outputs.keys[name],
                    f"the output {name!r} is not written on every way to success",
                    rule="output",
                    remedy=f'Wire an output of a node to it: "{{{name}}}".',
                )
        report_unused(raw, scope)
        return inputs, outputs, spec

    # --- Nodes ----------------------------------------------------------------------------

    def node(
        self,
        raw: RawNode,
        scope: Scope,
        parent: str,
        siblings: dict[str, int],
        before: Names,
        in_selector: bool = False,
    ) -> tuple[NodeSpec | None, Names]:
        """Wire one node and all below it.

        Args:
            raw: The node.
            scope: The tree it is in.
            parent: Path of the node above.
            siblings: How often each name was used below that node; extended here.
            before: Names that have been written when the node is ticked.
            in_selector: Whether the node above is a selector.

        Returns:
            The node, and the names that have been written once it has succeeded.
        """
        self._nodes += 1
        if scope.document.full:
            return None, before
        if self._nodes > MAX_NODES:
            if self._nodes == MAX_NODES + 1:
                scope.document.report(
                    raw.position, f"the tree has more than {MAX_NODES} nodes", rule="size"
                )
            return None, before
        if parent.count("/") > MAX_LEVELS:
            scope.document.report(
                raw.position,
                f"the tree is nested deeper than {MAX_LEVELS} levels",
                rule="size",
                remedy="Subtrees count with the trees they are used in.",
            )
            return None, before
        if raw.is_subtree:
            return self._subtree(raw, scope, parent, siblings, before)
        if raw.definition is None:
            self._give_up_on(raw, scope)
            return None, before | scope.unknown
        name = unique_name(raw.name or raw.kind, siblings)
        path = f"{parent}/{name}"
        inputs = read_inputs(raw, raw.definition, scope, before)
        kinds = {key: kind for key, (_, kind) in inputs.items()}
        outputs = read_outputs(raw, raw.definition, scope, kinds)
        own = frozenset(name for name, _ in outputs.values())
        if issubclass(raw.definition, Control):
            self._report_faults(raw, raw.definition, scope.document, kinds)
        children: list[NodeSpec] = []
        arms: list[str] = []
        after = before | own
        if issubclass(raw.definition, Control):
            below: dict[str, int] = {}
            arm_of = {id(child): arm for arm, child in raw.children()}

            selects = issubclass(raw.definition, SelectorControl)
            certain = non_nothing(raw, scope)

            def visit(child: RawNode, written: Names) -> Names:
                known, scope.narrowed = scope.narrowed, scope.narrowed | certain
                spec, result = self.node(child, scope, path, below, written, selects)
                scope.narrowed = known
                if spec is not None:
                    children.append(spec)
                    arm = arm_of[id(child)]
                    arms.append(f"{arm}.{child.label}" if child.label else arm)
                return result

            required = [arm.name for arm in raw.definition.arms if arm.required]
            if all(raw.arms.get(arm) for arm in required):
                after = raw.definition.flow(visit, raw.arms, before, own)
                if raw.kind == Guard.key and Guard.when.key in raw.values and not in_selector:
                    # What is skipped counts as done there, and has written nothing.
                    after = before
            else:
                # A fault that was reported: look at what is there all the same.
                for _, child in raw.children():
                    visit(child, before | own)
        spec = NodeSpec(
            kind=raw.kind,
            name=name,
            path=path,
            position=raw.position,
            inputs={key: wire for key, (wire, _) in inputs.items()},
            outputs={key: wire for key, (_, wire) in outputs.items()},
            children=tuple(children),
            arms=tuple(arms),
        )
        return spec, after

    def _give_up_on(self, raw: RawNode, scope: Scope) -> None:
        """A node nothing is known of may write every name that it mentions."""
        for _, located in raw.values.values():
            for name in references_in(located):
                if name not in scope.symbols:
                    scope.unknown.add(name)

    def _report_faults(
        self,
        raw: RawNode,
        definition: type[Control],
        document: Document,
        kinds: Mapping[str, Any],
    ) -> None:
        """Report what a control finds wrong with its arguments as a whole."""
        labels = {arm: [child.label for child in nodes] for arm, nodes in raw.arms.items()}
        for fault in definition.faults(kinds, labels):
            arm, _, label = fault.where.partition(".")
            place: Located | Position = raw.position
            if fault.where in raw.values:
                place = raw.values[fault.where][1]
            elif label:
                place = next(n.position for n in raw.arms[arm] if n.label == label)
            document.report(
                place,
                fault.message,
                rule=fault.rule,
                remedy=fault.remedy,
                severity="warning" if fault.warning else "error",
            )

    # --- Subtrees -------------------------------------------------------------------------

    def _subtree(
        self, raw: RawNode, scope: Scope, parent: str, siblings: dict[str, int], before: Names
    ) -> tuple[NodeSpec | None, Names]:
        document = scope.document
        opened = self._open(raw, scope)
        if opened is None:
            self._give_up_on(raw, scope)
            return None, before | scope.unknown
        file, tree = opened
        name = unique_name(raw.name or tree.name, siblings)
        path = f"{parent}/{name}"
        inputs = read_ports(Document("", ""), tree.inputs, self._types, defaults=True)
        outputs = read_ports(Document("", ""), tree.outputs, self._types, defaults=False)
        known = [port.key for port in (*inputs.values(), *outputs.values())]
        given: dict[str, Wire] = {}
        written: set[str] = set()
        for key, (position, _) in raw.values.items():
            if key != "tree" and key not in known:
                document.report(
                    position,
                    f"the tree {tree.name} has neither an input nor an output {key!r}",
                    rule="unknown-port",
                    remedy=unit_remedy(key, known) or did_you_mean(key, known),
                )
        for port in inputs.values():
            if port.key in raw.values:
                located = raw.values[port.key][1]
                found = read_value(located, port.kind, port.scale, scope, before)
                given[port.name] = found[0] if found else Fixed(None)
            elif port.required:
                report_missing(raw, document, port.key, port.kind)
                given[port.name] = Fixed(None)
        for port in outputs.values():
            if port.key in raw.values:
                result = write_target(raw.values[port.key][1], port.kind, scope, port.unit)
                if result is not None:
                    written.add(result[0])
                    given[port.name] = result[1]
        inside = Scope(tree.document, path, (*scope.files, file))
        _, _, root = self.tree(tree, inside, given)
        spec = NodeSpec(
            kind=raw.kind,
            name=name,
            path=path,
            position=raw.position,
            inputs={key: wire for key, wire in given.items() if key in inputs},
            outputs={
                key: wire
                for key, wire in given.items()
                if key in outputs and isinstance(wire, Reference)
            },
            children=(root,) if root is not None else (),
            arms=("root",) if root is not None else (),
        )
        return spec, before | written

    def _open(self, raw: RawNode, scope: Scope) -> tuple[Path, RawTree] | None:
        document = scope.document
        if "tree" not in raw.values:
            document.report(raw.position, "a subtree needs 'tree', its name", rule="missing-input")
            return None
        located = raw.values["tree"][1]
        if not isinstance(located.value, str):
            document.report(
                located, f"found {located.describe()}, expected the name of a tree", rule="type"
            )
            return None
        opened = self._subtrees.open(located.value, scope.folders)
        if opened is None:
            document.report(
                located,
                f"there is no tree called {located.value!r}",
                rule="unknown-tree",
                remedy=self._subtrees.remedy(located.value, scope.folders),
            )
            return None
        file, _ = opened
        if file in scope.files:
            chain = " -> ".join(path.stem for path in (*scope.files, file))
            document.report(
                located,
                f"the tree contains itself: {chain}",
                rule="cycle",
                remedy="A loop is written with repeat or repeat_until.",
            )
            return None
        return opened
