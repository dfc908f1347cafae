"""XML of BehaviorTree.CPP 4 as YAML, for the node types that both languages know.

A node without a counterpart, a script, a precondition: each is an error with its line, and
nothing is guessed. The YAML that comes out should be checked like any other: the XML does
not say everything that a tree here needs to be wired.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.documents import Document, did_you_mean, read_text
from pregrasp.skills import SKILLS
from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import CONTROLS, Control
from pregrasp.trees.exchange.values import from_text
from pregrasp.trees.exchange.vocabulary import (
    BY_TAG,
    FOREIGN,
    IF_ARMS,
    MILLISECONDS,
    NOTHING,
    ONE_CHILD,
    Builtin,
)
from pregrasp.trees.exchange.xml_document import Element, read_xml
from pregrasp.trees.exchange.yaml_text import yaml_text

EXPLICIT = ("Action", "Condition", "Control", "Decorator")
"""Elements whose ID says which node they are."""

HARMLESS = ("_description", "_fullpath", "_uid", "_collapsed")
"""Attributes that change nothing about what a tree does."""

Node = str | dict[str, Any]


def import_btcpp(
    text: str, file: str, *, skills: Mapping[str, type[Skill]] | None = None
) -> dict[str, str]:
    """The trees of an XML document.

    Args:
        text: The XML.
        file: What to call it in messages.
        skills: The skills that trees may use; without it all that are registered.

    Returns:
        The YAML of each tree by its name, the main tree first.

    Raises:
        ConfigurationError: Everything that cannot be carried, each at its place.
    """
    # An empty YAML document, with the lines of the XML to show in messages.
    document = Document("", file)
    document.lines = text.splitlines()
    root = read_xml(document, text)
    trees: dict[str, str] = {}
    if root is not None:
        trees = _Importer(document, SKILLS if skills is None else skills).trees(root)
    document.raise_if_faulty()
    return trees


def import_btcpp_file(path: Path) -> dict[str, str]:
    """The same for a file.

    Raises:
        ConfigurationError: The file cannot be read, or holds what cannot be carried.
    """
    return import_btcpp(read_text(path), str(path))


class _Importer:
    def __init__(self, document: Document, skills: Mapping[str, type[Skill]]) -> None:
        self.document = document
        self.skills = skills
        self.models: dict[str, Element] = {}

    def trees(self, root: Element) -> dict[str, str]:
        if root.tag != "root" or root.attributes.get("BTCPP_format") != "4":
            self._cannot(root, 'expected <root BTCPP_format="4">', "Only format 4 is read.")
            return {}
        found = [child for child in root.children if child.tag == "BehaviorTree"]
        for child in root.children:
            if child.tag == "TreeNodesModel":
                models = (model for model in child.children if model.tag == "SubTree")
                self.models |= {model.attributes.get("ID", ""): model for model in models}
            elif child.tag != "BehaviorTree":
                self._cannot(child, f"<{child.tag}> cannot be carried", "Put all in one file.")
        main = root.attributes.get("main_tree_to_execute")
        found.sort(key=lambda tree: tree.attributes.get("ID") != main)
        trees = {}
        for tree in found:
            name = tree.attributes.get("ID", "")
            if not name.isidentifier():
                self._cannot(tree, f"{name!r} is not a name of a tree", "Use letters, digits, _.")
            elif name in trees:
                self._cannot(tree, f"two trees are called {name!r}", "Rename one.")
            else:
                trees[name] = yaml_text(self._tree(tree, name))
        if not found:
            self._cannot(root, "there is no <BehaviorTree>", "")
        return trees

    def _tree(self, tree: Element, name: str) -> dict[str, Any]:
        text: dict[str, Any] = {"tree": name}
        if "_description" in tree.attributes:
            text["description"] = tree.attributes["_description"]
        model = self.models.get(name)
        for section, tag in (("inputs", "input_port"), ("outputs", "output_port")):
            ports = [port for port in (model.children if model else []) if port.tag == tag]
            if ports:
                text[section] = dict(self._port(port) for port in ports)
        if len(tree.children) != 1:
            self._cannot(tree, f"{len(tree.children)} nodes in a <BehaviorTree>", "Put one there.")
        text["root"] = self._node(tree.children[0]) if tree.children else "nothing"
        return text

    def _port(self, port: Element) -> tuple[str, Any]:
        key = port.attributes.get("name", "")
        kind = port.attributes.get("type", "")
        if not kind:
            self._cannot(port, f"the port {key!r} has no type", "Say which: type=...")
        unit = _unit_of(key) if kind == "float" else ""
        name = key.removesuffix(f"_{unit}") if unit else key
        parts: dict[str, Any] = {"type": kind}
        if unit:
            parts["unit"] = unit
        if "default" in port.attributes:
            parts["default"] = self._value(port, "default")
        if port.text.strip():
            parts["description"] = port.text.strip()
        return name, kind if len(parts) == 1 else parts

    # --- Nodes ----------------------------------------------------------------------------

    def _node(self, element: Element) -> Node:
        tag = element.tag
        if self.document.full:
            return tag
        attributes = dict(element.attributes)
        if tag in EXPLICIT and "ID" in attributes:
            tag = attributes.pop("ID")
        arguments: dict[str, Any] = {}
        for key in list(attributes):
            if key in HARMLESS or (key == "_autoremap" and attributes[key] == "false"):
                del attributes[key]
            elif key.startswith("_"):
                self._cannot(element, f"{key!r} of <{tag}> cannot be carried", "Use a guard: when:")
                del attributes[key]
        if tag == "SubTree":
            return self._subtree(element, attributes)
        if "name" in attributes:
            arguments["name"] = attributes.pop("name")
        if tag in BY_TAG:
            return self._builtin(element, BY_TAG[tag], attributes, arguments)
        if tag in CONTROLS or tag in self.skills:
            return self._own(element, tag, attributes, arguments)
        known = [*self.skills, *BY_TAG]
        said = f"<{tag}> cannot be carried: there is no node with that meaning here"
        remedy = "" if tag in FOREIGN else did_you_mean(tag, known)
        self._cannot(element, said, remedy)
        return tag

    def _subtree(self, element: Element, attributes: dict[str, str]) -> Node:
        name = attributes.pop("ID", "")
        if not name:
            self._cannot(element, "a <SubTree> needs an ID", "")
        arguments: dict[str, Any] = {"tree": name}
        if "name" in attributes:
            arguments["name"] = attributes.pop("name")
        arguments |= {key: self._value(element, key) for key in attributes}
        return {"subtree": arguments}

    def _builtin(
        self,
        element: Element,
        builtin: Builtin,
        attributes: dict[str, str],
        arguments: dict[str, Any],
    ) -> Node:
        for key, (attribute, codec) in builtin.attributes.items():
            if attribute not in attributes:
                continue
            value = self._value(element, attribute)
            del attributes[attribute]
            allowed_below_zero = builtin.key == "parallel" and value == -1
            if isinstance(value, (int, float)) and value < 0 and not allowed_below_zero:
                said = f"{attribute}={value} of <{builtin.tag}> cannot be carried"
                self._cannot(element, said, "Give a number that is not negative.")
            if codec == MILLISECONDS:
                value = self._seconds(element, attribute, value)
            arguments[key] = value
        for attribute in attributes:
            self._cannot(
                element, f"{attribute!r} of <{builtin.tag}> cannot be carried", "Leave it out."
            )
        if builtin.key == "if":
            return self._branches(element, arguments)
        children = [self._node(child) for child in element.children]
        if builtin.key in ONE_CHILD:
            if len(children) != 1:
                self._cannot(element, f"<{builtin.tag}> has {len(children)} children", "Give one.")
            return {builtin.key: {**arguments, "do": children[0] if children else "nothing"}}
        if builtin.key == "parallel" or arguments:
            return {builtin.key: {**arguments, "children": children}}
        return {builtin.key: children}

    def _branches(self, element: Element, arguments: dict[str, Any]) -> Node:
        children = element.children
        if len(children) == 2:
            # Theirs fails when the answer is no, and so does a sequence of both.
            both = [self._node(child) for child in children]
            return {"sequence": {**arguments, "children": both} if arguments else both}
        if len(children) != len(IF_ARMS):
            self._cannot(element, f"<IfThenElse> has {len(children)} children", "Give 2 or 3.")
            return "nothing"
        if children[-1].tag == NOTHING:
            children = children[:-1]
        arms = {arm: self._node(child) for arm, child in zip(IF_ARMS, children, strict=False)}
        return {"if": {**arguments, **arms}}

    def _seconds(self, element: Element, attribute: str, value: Any) -> Any:
        if isinstance(value, (int, float)):
            seconds = value / 1000
            return int(seconds) if seconds == int(seconds) else seconds
        said = f"{attribute}={value!r} cannot be carried: milliseconds there are seconds here"
        self._cannot(element, said, "Write a number.")
        return value

    def _own(
        self,
        element: Element,
        key: str,
        attributes: dict[str, str],
        arguments: dict[str, Any],
    ) -> Node:
        arms_text = attributes.pop("arms", "")
        arguments |= {name: self._value(element, name) for name in attributes}
        control = CONTROLS.get(key)
        children = [self._node(child) for child in element.children]
        if control is not None and control.arms:
            arguments |= self._arms(element, control, arms_text, children)
        elif children:
            self._cannot(element, f"<{key}> cannot have children", "")
        return {key: arguments} if arguments else key

    def _arms(
        self, element: Element, control: type[Control], text: str, children: list[Node]
    ) -> dict[str, Any]:
        names = text.split() or [control.arms[0].name] * len(children)
        if len(names) != len(children):
            said = f"{len(children)} children, but 'arms' names {len(names)}"
            self._cannot(element, said, "Name one arm for each child.")
            return {}
        known = {arm.name: arm for arm in control.arms}
        arms: dict[str, Any] = {}
        for name, child in zip(names, children, strict=True):
            arm, _, label = name.partition(":")
            if arm not in known:
                self._cannot(
                    element, f"<{control.key}> has no arm {arm!r}", did_you_mean(arm, known)
                )
            elif known[arm].keyed:
                arms.setdefault(arm, {})[label] = child
            elif known[arm].many:
                arms.setdefault(arm, []).append(child)
            else:
                arms[arm] = child
        return arms

    def _value(self, element: Element, attribute: str) -> Any:
        text = element.attributes[attribute]
        try:
            return from_text(text)
        except ValueError as error:
            self._cannot(element, f"{attribute!r} is no JSON: {error}", "")
            return text

    def _cannot(self, element: Element, message: str, remedy: str) -> None:
        self.document.report(element.position, message, rule="exchange", remedy=remedy)


def _unit_of(key: str) -> str:
    found = [unit for unit in UNITS if key.endswith(f"_{unit}")]
    return max(found, key=len) if found else ""
