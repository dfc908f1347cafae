"""A tree and its subtrees as XML of BehaviorTree.CPP 4, which Groot2 opens.

Controls that both languages know become its built-in nodes. Skills, and controls that only
we know, keep their names and are described in the ``TreeNodesModel``, as is every tree with
its inputs and outputs. What cannot be carried is an error with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from pregrasp.configuration import UNITS
from pregrasp.documents import ConfigurationError, Document, Finding, Located, Position
from pregrasp.skills import SKILLS
from pregrasp.skills.ports import Output
from pregrasp.skills.skill import Skill
from pregrasp.trees.exchange.models import node_models, tree_model
from pregrasp.trees.exchange.values import to_text
from pregrasp.trees.exchange.vocabulary import (
    BY_KEY,
    IF_ARMS,
    MILLISECONDS,
    NOTHING,
    RESERVED,
    Builtin,
)
from pregrasp.trees.loading import tree_sources
from pregrasp.trees.references import looks_like_reference, parse_reference
from pregrasp.trees.syntax import RawNode, RawTree

INDENT = "  "

Attributes = dict[str, str]


def export_btcpp(
    name_or_path: str | Path,
    *,
    search: Sequence[Path] = (),
    skills: Mapping[str, type[Skill]] | None = None,
) -> str:
    """A tree with everything it uses, as one XML document.

    Args:
        name_or_path: Name of a tree, or the path of its file.
        search: Folders to look for names in; the library comes last.
        skills: The skills that trees may use; without it all that are registered.

    Raises:
        ConfigurationError: The tree has faults, or parts that cannot be carried.
    """
    known = SKILLS if skills is None else skills
    sources = tree_sources(name_or_path, search=search, skills=known)
    return _Exporter(sources, known).document()


class _Exporter:
    def __init__(self, sources: Sequence[RawTree], skills: Mapping[str, type[Skill]]) -> None:
        self.sources = sources
        self.skills = skills
        self.by_stem = {Path(raw.document.file).stem: raw for raw in sources}
        self.used: dict[str, RawNode] = {}

    def document(self) -> str:
        self._check_names()
        main = self.sources[0]
        lines = ['<?xml version="1.0" encoding="UTF-8"?>']
        lines.append(f'<root BTCPP_format="4" main_tree_to_execute={quoteattr(main.name)}>')
        for raw in self.sources:
            lines += self._tree(raw)
        models = [
            *node_models(list(self.used.values())),
            *(line for raw in self.sources for line in tree_model(raw)),
        ]
        lines.append(f"{INDENT}<TreeNodesModel>")
        lines += [INDENT * 2 + line for line in models]
        lines += [f"{INDENT}</TreeNodesModel>", "</root>"]
        self._raise_if_faulty()
        return "\n".join(lines) + "\n"

    def _raise_if_faulty(self) -> None:
        findings: list[Finding] = []
        for raw in self.sources:
            # Warnings of the check are no faults of the export.
            findings += [f for f in raw.document.findings if f.rule == "exchange"]
        if findings:
            raise ConfigurationError(findings)

    def _cannot(
        self, document: Document, where: Located | Position, message: str, remedy: str
    ) -> None:
        document.report(where, message, rule="exchange", remedy=remedy)

    def _check_names(self) -> None:
        places: dict[str, str] = {}
        for raw in self.sources:
            if raw.name in places and places[raw.name] != raw.document.file:
                self._cannot(
                    raw.document,
                    raw.document.root,
                    f"{places[raw.name]} is a tree called {raw.name!r} too",
                    "One XML file needs different names: rename one.",
                )
            places[raw.name] = raw.document.file
            if raw.constants is not None and raw.constants.value:
                self._cannot(
                    raw.document,
                    raw.constants,
                    "constants cannot be carried: BehaviorTree.CPP has none",
                    "Make them inputs with defaults.",
                )
            for section in (raw.inputs, raw.outputs):
                for key, port in self._declared(section):
                    self._check_port(raw.document, key, port)

    def _declared(self, section: Located | None) -> Iterator[tuple[str, Located]]:
        if section is not None and isinstance(section.value, dict):
            yield from section.value.items()

    def _check_port(self, document: Document, key: str, port: Located) -> None:
        declared = port.value if isinstance(port.value, dict) else {}
        if "unit" not in declared and _unit_suffix(key):
            self._cannot(
                document,
                port,
                f"the name {key!r} cannot be carried: it ends like a unit and has none",
                f"Declare the unit, {_unit_suffix(key)}, or rename it.",
            )

    # --- Trees and nodes ------------------------------------------------------------------

    def _tree(self, raw: RawTree) -> Iterator[str]:
        attributes = {"ID": raw.name}
        if raw.description:
            attributes["_description"] = raw.description
        yield f"{INDENT}<BehaviorTree{_text(attributes)}>"
        if raw.root is not None:
            yield from self._node(raw.root, raw.document, INDENT * 2)
        yield f"{INDENT}</BehaviorTree>"

    def _node(self, node: RawNode, document: Document, indent: str) -> Iterator[str]:
        if node.is_subtree:
            yield f"{indent}<SubTree{_text(self._subtree(node, document))}/>"
            return
        builtin = BY_KEY.get(node.kind)
        tag = builtin.tag if builtin else node.kind
        own: Attributes = {"name": node.name} if node.name else {}
        if builtin is not None:
            own |= self._builtin(node, builtin, document)
        else:
            self.used.setdefault(node.kind, node)
            own |= self._own(node, document)
        children = [child for _, child in node.children()]
        if not children:
            yield f"{indent}<{tag}{_text(own)}/>"
            return
        yield f"{indent}<{tag}{_text(own)}>"
        for child in children:
            yield from self._node(child, document, indent + INDENT)
        if node.kind == "if" and IF_ARMS[-1] not in node.arms:
            yield f"{indent}{INDENT}<{NOTHING}/>"
        yield f"{indent}</{tag}>"

    def _subtree(self, node: RawNode, document: Document) -> Attributes:
        if node.name:
            self._cannot(
                document,
                node.position,
                f"the name {node.name!r} of a subtree cannot be carried: Groot2 does not open "
                "a SubTree with a name",
                "Leave the name out.",
            )
        attributes: Attributes = {}
        for key, (_, located) in node.values.items():
            if key == "tree":
                called = self.by_stem.get(Path(str(located.value)).stem)
                attributes["ID"] = called.name if called else str(located.value)
            else:
                attributes[key] = to_text(located.plain())
        called = next((raw for raw in self.sources if raw.name == attributes["ID"]), None)
        outputs = dict(self._declared(called.outputs)) if called else {}
        for key in outputs:
            if key in attributes:
                attributes[key] = _pointer(attributes[key])
        return attributes

    def _builtin(self, node: RawNode, builtin: Builtin, document: Document) -> Attributes:
        attributes: Attributes = {}
        for key, (position, located) in node.values.items():
            if key not in builtin.attributes:
                self._cannot(
                    document,
                    position,
                    f"{key!r} of {node.kind} cannot be carried: {builtin.tag} has nothing like it",
                    "Leave it out.",
                )
                continue
            attribute, codec = builtin.attributes[key]
            text = self._carried(node, key, located, codec, document)
            if text is not None:
                attributes[attribute] = text
        for key, fallback in (("success_count", "-1"), ("failure_count", "1")):
            if node.kind == "parallel":
                attributes.setdefault(key, fallback)
        return attributes

    def _carried(
        self, node: RawNode, key: str, located: Located, codec: str, document: Document
    ) -> str | None:
        value = located.value
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        reference = looks_like_reference(value) and parse_reference(value) is not None
        if not number and (codec == MILLISECONDS or not reference):
            self._cannot(
                document,
                located,
                f"{key!r} of {node.kind} cannot be carried: {located.describe()} is no number",
                "Write a number.",
            )
            return None
        if codec != MILLISECONDS:
            return to_text(value)
        milliseconds = float(value) * 1000.0
        if abs(milliseconds - round(milliseconds)) > 1e-6:
            self._cannot(
                document,
                located,
                f"{value} s cannot be carried: BehaviorTree.CPP counts whole milliseconds",
                "Round it.",
            )
            return None
        return str(round(milliseconds))

    def _own(self, node: RawNode, document: Document) -> Attributes:
        """Attributes of a skill, or of a control that only we know."""
        attributes: Attributes = {}
        ports = node.definition.ports if node.definition is not None else {}
        outputs = {port.key for port in ports.values() if isinstance(port, Output)}
        for key, (position, located) in node.values.items():
            if key in RESERVED or key.startswith("_"):
                self._cannot(
                    document,
                    position,
                    f"the port {key!r} of {node.kind} cannot be carried: the name is reserved",
                    "Give the skill's port another name.",
                )
            text = to_text(located.plain())
            attributes[key] = _pointer(text) if key in outputs else text
        if len(node.arms) > 1 or any(child.label for _, child in node.children()):
            attributes["arms"] = " ".join(
                f"{arm}:{child.label}" if child.label else arm for arm, child in node.children()
            )
            for _, child in node.children():
                if any(letter.isspace() for letter in child.label):
                    self._cannot(
                        document,
                        child.position,
                        f"the label {child.label!r} cannot be carried: it has spaces in it",
                        "Use a label without spaces.",
                    )
        return attributes


def _pointer(text: str) -> str:
    """What an output writes: a key, in braces."""
    return text if text.startswith("{") else f"{{{text}}}"


def _unit_suffix(key: str) -> str:
    """The unit that a name seems to end in."""
    found = [unit for unit in UNITS if key.endswith(f"_{unit}")]
    return max(found, key=len) if found else ""


def _text(attributes: Attributes) -> str:
    return "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
