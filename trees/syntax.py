"""The shape of a tree file: which keys it has, and which nodes stand where.

This first reading knows nothing of types or of the blackboard. It turns the text into
`RawNode`s, resolves the names of skills and controls, and reports what is no tree at all;
`pregrasp.trees.wiring` looks at the values afterwards.

A node is one key: ``verify_grasp``, ``move_to: {pose: ...}``, ``sequence: [...]``. Where a
control has one arm only, its children may stand in its place: ``invert: verify_grasp``. A
list where one node is expected is a sequence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pregrasp.documents import Document, Located, Position, did_you_mean
from pregrasp.skills.ports import Wired
from pregrasp.skills.registry import SkillRegistry
from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import CONTROLS, Arm, Control
from pregrasp.trees.controls.guard import Guard
from pregrasp.trees.controls.timeout import Timeout

SUBTREE = "subtree"
"""The key of a node that stands for another tree."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Names of trees, inputs, outputs and keys."""

GUARDS = ("when", "while")
"""Keys of any node that put a `guard` around it."""

LIMIT = "timeout_s"
"""Key of any node that puts a `timeout` around it."""

EVERYWHERE = ("name", *GUARDS, LIMIT)
"""Keys that every node with a mapping of arguments may have."""

MAX_NODES = 20_000
"""Most nodes of a file, and of a tree with all its subtrees."""

FILE_KEYS = {
    "tree": "Name of the tree; the first part of all paths.",
    "description": "One sentence for people.",
    "include": "Folders in which subtrees are looked for, relative to this file.",
    "constants": "Values that never change, by name.",
    "inputs": "What the tree needs, by name.",
    "outputs": "What the tree gives when it has succeeded, by name.",
    "root": "The node that is ticked.",
}
"""The keys of a tree file."""

_ELSEWHERE = {
    "fallback": "selector",
    "reactivefallback": "reactive_selector",
    "reactivesequence": "reactive_sequence",
    "inverter": "invert",
    "not": "invert",
    "retryuntilsuccessful": "retry",
    "foreach": "for_each",
    "ifthenelse": "if",
    "forcesuccess": "force_success",
    "failureissuccess": "force_success",
    "forcefailure": "force_failure",
    "successisfailure": "force_failure",
}
"""What other tools call our controls."""


@dataclass(slots=True)
class RawNode:
    """A node as it was written, its name resolved."""

    kind: str
    """Its key: a skill, a control, or `SUBTREE`."""
    position: Position
    """Of the key."""
    definition: type[Wired] | None = None
    """The class behind the key; None for a subtree, or when the key is unknown."""
    name: str = ""
    """What its author called it."""
    values: dict[str, tuple[Position, Located]] = field(default_factory=dict)
    """What was written for its ports, by YAML key."""
    arms: dict[str, list[RawNode]] = field(default_factory=dict)
    """Children by arm."""
    label: str = ""
    """Which value it is done for, where its parent chooses."""

    @property
    def is_subtree(self) -> bool:
        """Whether it stands for another tree."""
        return self.kind == SUBTREE

    def children(self) -> Iterator[tuple[str, RawNode]]:
        """Arm and child, in the order in which they were declared."""
        for arm, nodes in self.arms.items():
            for node in nodes:
                yield arm, node

    def walk(self) -> Iterator[RawNode]:
        """This node and all below it, parents first."""
        yield self
        for _, child in self.children():
            yield from child.walk()


@dataclass(slots=True)
class RawTree:
    """A tree file as it was written."""

    document: Document
    name: str
    description: str
    inputs: Located | None
    outputs: Located | None
    root: RawNode | None
    constants: Located | None = None
    include: Located | None = None


def read_tree(document: Document, skills: Mapping[str, type[Skill]]) -> RawTree:
    """Read a tree file; what is wrong with it goes to the document.

    Args:
        document: The file.
        skills: The skills that trees may use, by name.
    """
    return _Reader(document, skills).tree()


class _Reader:
    def __init__(self, document: Document, skills: Mapping[str, type[Skill]]) -> None:
        self.document = document
        self.skills = skills
        self.nodes = 0

    def tree(self) -> RawTree:
        top = self.document.root
        values: dict[str, Located] = {}
        if isinstance(top.value, dict):
            values = top.value
            self._check_keys(top)
        elif not self.document.findings:
            self.document.report(
                top, f"found {top.describe()}, expected a tree: tree, root", rule="type"
            )
        name = self._text(values.get("tree"))
        if name and not NAME.fullmatch(name):
            self.document.report(values["tree"], f"{name!r} is not a name", rule="name")
        root = values.get("root")
        return RawTree(
            document=self.document,
            name=name or "tree",
            description=self._text(values.get("description")),
            inputs=values.get("inputs"),
            outputs=values.get("outputs"),
            root=self.node(root) if root is not None else None,
            constants=values.get("constants"),
            include=values.get("include"),
        )

    def _check_keys(self, top: Located) -> None:
        for key, position in top.keys.items():
            if key not in FILE_KEYS:
                remedy = did_you_mean(key, FILE_KEYS)
                self.document.report(position, f"unknown key {key!r}", rule="key", remedy=remedy)
        for key in ("tree", "root"):
            if key not in top.value:
                self.document.report(top, f"{key!r} is missing", rule="missing")

    def _text(self, located: Located | None) -> str:
        if located is None:
            return ""
        if isinstance(located.value, str):
            return located.value
        self.document.report(located, f"found {located.describe()}, expected text", rule="type")
        return ""

    # --- Nodes ----------------------------------------------------------------------------

    def node(self, located: Located) -> RawNode | None:
        """One node, or None when there is none to be seen."""
        value = located.value
        self.nodes += 1
        if self.document.full:
            return None
        if self.nodes > MAX_NODES:
            if self.nodes == MAX_NODES + 1:
                self.document.report(located, f"more than {MAX_NODES} nodes", rule="size")
            return None
        if isinstance(value, list):
            sequence = RawNode("sequence", located.position, CONTROLS["sequence"])
            sequence.arms["children"] = self._nodes(value)
            return sequence
        if isinstance(value, str):
            return self._named(value, located.position, None)
        if isinstance(value, dict) and len(value) == 1:
            [(key, argument)] = value.items()
            return self._named(key, located.keys[key], argument)
        if isinstance(value, dict) and value:
            keys = ", ".join(value)
            self.document.report(
                located,
                f"found a mapping with the keys {keys}; a node has exactly one key",
                rule="node",
                remedy="Indent what belongs to a key below it; begin each node of a list with '-'.",
            )
        else:
            self.document.report(
                located, f"found {located.describe()}, expected a node", rule="node"
            )
        return None

    def _nodes(self, items: list[Located]) -> list[RawNode]:
        nodes = (self.node(item) for item in items)
        return [node for node in nodes if node is not None]

    def _named(self, key: str, position: Position, argument: Located | None) -> RawNode:
        node = RawNode(key, position)
        if argument is not None and argument.value is None:
            argument = None
        around: dict[str, tuple[Position, Located]] = {}
        if argument is not None and isinstance(argument.value, dict) and key != Guard.key:
            argument, around = _split(argument)
        if key == SUBTREE:
            self._arguments(node, argument, "tree: NAME and the inputs of that tree")
        elif key in CONTROLS:
            node.definition = CONTROLS[key]
            self._control(node, CONTROLS[key], argument)
        elif key in self.skills:
            node.definition = self.skills[key]
            ports = ", ".join(port.key for port in self.skills[key].ports.values())
            self._arguments(node, argument, ports or "nothing")
        else:
            self._unknown(node, argument)
        return _wrapped(node, around)

    def _unknown(self, node: RawNode, argument: Located | None) -> None:
        known = [*self.skills, *CONTROLS, SUBTREE]
        ours = _ELSEWHERE.get(node.kind.lower().replace("_", "").replace(" ", ""))
        remedy = f"It is called {ours!r} here." if ours else did_you_mean(node.kind, known)
        if isinstance(self.skills, SkillRegistry) and self.skills.problems:
            remedy = " ".join((*self.skills.problems, remedy))
        self.document.report(
            node.position,
            f"there is no skill or control called {node.kind!r}",
            rule="unknown-node",
            remedy=remedy,
        )
        if argument is not None and isinstance(argument.value, dict):
            node.values = {
                key: (argument.keys[key], value) for key, value in argument.value.items()
            }

    def _arguments(self, node: RawNode, argument: Located | None, expected: str) -> None:
        """The values of a leaf."""
        if argument is None:
            return
        if not isinstance(argument.value, dict):
            self.document.report(
                argument,
                f"found {argument.describe()}, expected a mapping with {expected}",
                rule="type",
            )
            return
        for key, value in argument.value.items():
            if key == "name":
                node.name = self._node_name(value)
            else:
                node.values[key] = (argument.keys[key], value)

    def _control(self, node: RawNode, control: type[Control], argument: Located | None) -> None:
        arms = {arm.name: arm for arm in control.arms}
        keys = {*arms, "name", *(port.key for port in control.ports.values())}
        if argument is None:
            written: dict[str, Located] = {}
        elif control.short and not isinstance(argument.value, dict):
            node.values[control.ports[control.short].key] = (argument.position, argument)
            return
        elif isinstance(argument.value, dict) and not self._is_child(control, keys, argument):
            written = argument.value
        elif len(arms) == 1:
            written = {control.arms[0].name: argument}
        else:
            expected = ", ".join(arms) or ", ".join(sorted(keys - {"name"}))
            self.document.report(
                argument,
                f"found {argument.describe()}, expected a mapping with {expected}",
                rule="type",
            )
            return
        positions = argument.keys if argument is not None else {}
        for key, value in written.items():
            if key in arms:
                node.arms[key] = self._arm(arms[key], value)
            elif key == "name":
                node.name = self._node_name(value)
            else:
                node.values[key] = (positions[key], value)
        for arm in control.arms:
            if arm.required and arm.name not in written:
                self.document.report(node.position, f"{arm.name!r} is missing", rule="missing")
        self._put_in_order(node, control)

    def _is_child(self, control: type[Control], keys: set[str], argument: Located) -> bool:
        """Whether a mapping is the control's one child rather than its arguments."""
        if len(control.arms) != 1 or len(argument.value) != 1 or keys & argument.value.keys():
            return False
        [name] = argument.value
        if name in CONTROLS or name in self.skills or name == SUBTREE:
            return True
        # Nothing has to be said to this control, so the odd key is meant as a child.
        return not any(port.required for port in control.inputs().values())

    def _arm(self, arm: Arm, value: Located) -> list[RawNode]:
        if arm.keyed:
            return self._cases(arm, value)
        if arm.many and isinstance(value.value, list):
            if not value.value:
                self.document.report(value, f"{arm.name!r} is empty", rule="empty")
            return self._nodes(value.value)
        if arm.many:
            self.document.report(
                value,
                f"found {value.describe()}, expected a list of nodes",
                rule="type",
                remedy="Begin each node with '-'.",
            )
            return []
        node = self.node(value)
        return [node] if node is not None else []

    def _cases(self, arm: Arm, value: Located) -> list[RawNode]:
        if not isinstance(value.value, dict) or not value.value:
            self.document.report(
                value,
                f"found {value.describe()}, expected a mapping of values to nodes",
                rule="type",
                remedy=f"For example {arm.name}: {{left: open_gripper}}.",
            )
            return []
        nodes = []
        for label, located in value.value.items():
            node = self.node(located)
            if node is not None:
                node.label = label
                nodes.append(node)
        return nodes

    def _put_in_order(self, node: RawNode, control: type[Control]) -> None:
        """Children in the order in which arms are declared, not in which they were written."""
        node.arms = {arm.name: node.arms[arm.name] for arm in control.arms if arm.name in node.arms}

    def _node_name(self, located: Located) -> str:
        text = self._text(located)
        if "/" in text or "#" in text or "*" in text:
            self.document.report(
                located, f"the name {text!r} must not contain '/', '#' or '*'", rule="name"
            )
            return ""
        return text


def _split(argument: Located) -> tuple[Located | None, dict[str, tuple[Position, Located]]]:
    """The arguments of a node without what every node may have around it."""
    keys = [key for key in (*GUARDS, LIMIT) if key in argument.value]
    if not keys:
        return argument, {}
    around = {key: (argument.keys[key], argument.value[key]) for key in keys}
    rest = {key: value for key, value in argument.value.items() if key not in keys}
    positions = {key: place for key, place in argument.keys.items() if key not in keys}
    return Located(rest, argument.position, positions) if rest else None, around


def _wrapped(node: RawNode, around: dict[str, tuple[Position, Located]]) -> RawNode:
    """A node with a limit and with guards, which are asked first."""
    inner = node.name or node.kind
    if LIMIT in around:
        limit = {Timeout.limit.key: around[LIMIT]}
        name = f"{Timeout.key}_of_{inner}"
        node = RawNode(Timeout.key, node.position, Timeout, name, limit, {"do": [node]})
    guards = {key: around[key] for key in GUARDS if key in around}
    if guards:
        name = f"{Guard.key}_of_{inner}"
        node = RawNode(Guard.key, node.position, Guard, name, guards, {"do": [node]})
    return node
