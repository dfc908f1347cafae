"""Replacing nodes of a loaded tree by stand-ins, by rules in YAML.

::

    stand_ins:
      "**/move_to": succeed after 2 ticks
      "**/estimate": [refuse because no part is in view]
      servo_to_pregrasp: succeed          # a whole subtree

The first rule that means a node decides. A rule that decides about no node is an error, and
so is an outcome with values that the node's outputs cannot take.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pregrasp.configuration import bind
from pregrasp.documents import Document, Located, did_you_mean
from pregrasp.skills import SKILLS
from pregrasp.skills.ports import Output, Port, Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.specification import NodeSpec, Tree, TreePort
from pregrasp.trees.testing.outcomes import VERDICTS, Choice, Outcome, parse_outcome
from pregrasp.trees.testing.patterns import PathPattern
from pregrasp.trees.testing.stand_in import make_stand_in
from pregrasp.trees.value_types import can_be_written, describe_type

_LONG_FORM = ("do", "after_ticks", "because", "outputs")


@dataclasses.dataclass(frozen=True, slots=True)
class Substituted:
    """A tree with stand-ins in it, and the skills it needs to run."""

    tree: Tree
    skills: Mapping[str, type[Skill]]
    replaced: frozenset[str]
    """Paths of the stand-ins."""


class StandIns:
    """Rules for replacing nodes.

    Args:
        document: Where the rules are written; collects what is wrong with them.
        rules: A mapping of patterns to outcomes.
    """

    def __init__(self, document: Document, rules: Located | None) -> None:
        self._document = document
        self._rules: list[tuple[PathPattern, Located, Located]] = []
        if rules is None or rules.value is None:
            return
        if not isinstance(rules.value, dict):
            document.report(
                rules,
                f"found {rules.describe()}, expected a mapping of path patterns to outcomes",
                rule="type",
                remedy='For example: "**/move_to": succeed after 2 ticks',
            )
            return
        for text, rule in rules.value.items():
            place = Located(text, rules.keys[text])
            self._rules.append((PathPattern(text), place, rule))

    @classmethod
    def read(cls, path: Path) -> StandIns:
        """Read a file with the key ``stand_ins``.

        Raises:
            ConfigurationError: The file cannot be read, or is something else.
        """
        document = Document.read(path)
        return cls._of(document)

    @classmethod
    def parse(cls, text: str, file: str = "<text>") -> StandIns:
        """The same, from text.

        Raises:
            ConfigurationError: The text is something else.
        """
        return cls._of(Document(text, file))

    @classmethod
    def _of(cls, document: Document) -> StandIns:
        top = document.root
        if not isinstance(top.value, dict) or set(top.value) != {"stand_ins"}:
            document.report(top, "expected one key, 'stand_ins'", rule="key")
        document.raise_if_faulty()
        return cls(document, top.value["stand_ins"])

    def apply(
        self, tree: Tree, *, seed: int = 0, skills: Mapping[str, type[Skill]] | None = None
    ) -> Substituted:
        """Put stand-ins into a tree.

        Args:
            tree: A loaded tree; it stays as it is.
            seed: Of random outcomes.
            skills: The skills that the tree was loaded with, if not the registered ones.

        Raises:
            ConfigurationError: Rules that mean no node, and outcomes no node can have.
        """
        known: dict[str, type[Skill]] = dict(SKILLS if skills is None else skills)
        work = _Substitution(self._document, self._rules, seed, known)
        root = work.node(tree.root)
        for index, (pattern, place, _) in enumerate(self._rules):
            if index in work.used:
                continue
            meant = any(pattern.means(node) for node in tree.root.walk())
            said = "every node it means is replaced by a rule above" if meant else "means no node"
            self._document.report(
                place,
                f"{pattern.text!r}: {said}",
                rule="pattern",
                remedy="" if meant else pattern.remedy(tree.root.walk()),
            )
        self._document.raise_if_faulty()
        return Substituted(
            dataclasses.replace(tree, root=root), work.skills, frozenset(work.replaced)
        )


class _Substitution:
    def __init__(
        self,
        document: Document,
        rules: list[tuple[PathPattern, Located, Located]],
        seed: int,
        skills: dict[str, type[Skill]],
    ) -> None:
        self.document = document
        self.rules = rules
        self.seed = seed
        self.skills = skills
        self.used: set[int] = set()
        self.replaced: list[str] = []

    def node(self, spec: NodeSpec) -> NodeSpec:
        for index, (pattern, _, rule) in enumerate(self.rules):
            if pattern.means(spec):
                self.used.add(index)
                return self._replace(spec, rule)
        children = tuple(self.node(child) for child in spec.children)
        return dataclasses.replace(spec, children=children)

    def _replace(self, spec: NodeSpec, rule: Located) -> NodeSpec:
        definition: type[Wired] | None = self.skills.get(spec.kind) or CONTROLS.get(spec.kind)
        ports: dict[str, Port[Any]] = definition.ports if definition else {}
        outputs = _outputs(spec, ports, self.skills)
        items = rule.value if isinstance(rule.value, list) else [rule]
        if not items:
            self.document.report(rule, "the list of outcomes is empty", rule="empty")
            return spec
        script = tuple(self._choice(item, outputs) for item in items)
        key = f"stand-in {len(self.replaced) + 1} for {spec.kind}"
        self.skills[key] = make_stand_in(spec.kind, script, self.seed, ports)
        self.replaced.append(spec.path)
        return dataclasses.replace(spec, kind=key, children=(), arms=())

    def _choice(self, item: Located, outputs: dict[str, TreePort]) -> Choice:
        if not (isinstance(item.value, dict) and "randomly" in item.value):
            return Choice.certain(self._outcome(item, outputs))
        options = item.value["randomly"]
        if not isinstance(options.value, dict) or not options.value or len(item.value) > 1:
            self.document.report(
                item,
                "expected outcomes and their weights",
                rule="type",
                remedy="For example: {randomly: {succeed: 80, fail: 20}}",
            )
            return Choice.certain(Outcome())
        outcomes, weights = [], []
        for text, weight in options.value.items():
            outcomes.append(self._outcome(Located(text, options.keys[text]), outputs))
            number = bind(self.document, weight, float)
            if number is not None and number <= 0:
                self.document.report(weight, "a weight must be positive", rule="value")
            weights.append(number if number and number > 0 else 1.0)
        total = sum(weights)
        return Choice(tuple(outcomes), tuple(weight / total for weight in weights))

    def _outcome(self, item: Located, outputs: dict[str, TreePort]) -> Outcome:
        if isinstance(item.value, str):
            outcome = parse_outcome(item.value)
            if outcome is not None:
                return outcome
        if isinstance(item.value, dict) and ("do" in item.value or "outputs" in item.value):
            return self._long_form(item, outputs)
        if isinstance(item.value, dict) and item.value.keys() <= outputs.keys():
            return Outcome(outputs=self._values(item, outputs))
        if len(outputs) == 1:
            [(key, port)] = outputs.items()
            alone = Located({key: item}, item.position, {key: item.position})
            return Outcome(outputs=self._values(alone, {key: port}))
        self.document.report(
            item,
            f"{item.describe()} is no outcome",
            rule="outcome",
            remedy=f"Write one of {', '.join(VERDICTS)}, then 'after N ticks' and 'because ...' "
            "if need be" + (f"; or values of {', '.join(outputs)}." if outputs else "."),
        )
        return Outcome()

    def _long_form(self, item: Located, outputs: dict[str, TreePort]) -> Outcome:
        parts = item.value
        for key in parts:
            if key not in _LONG_FORM:
                self.document.report(
                    item.keys[key],
                    f"unknown key {key!r}",
                    rule="key",
                    remedy=did_you_mean(key, _LONG_FORM),
                )
        outcome = Outcome()
        if "do" in parts:
            verdicts = typing.Literal["succeed", "fail", "refuse", "crash", "hang"]
            verdict = bind(self.document, parts["do"], verdicts)
            outcome = dataclasses.replace(outcome, verdict=verdict or "succeed")
        if "after_ticks" in parts:
            ticks = bind(self.document, parts["after_ticks"], int)
            outcome = dataclasses.replace(outcome, ticks=ticks or 0)
        if "because" in parts:
            reason = bind(self.document, parts["because"], str)
            outcome = dataclasses.replace(outcome, reason=reason or "")
        if "outputs" in parts:
            values = self._values(parts["outputs"], outputs)
            outcome = dataclasses.replace(outcome, outputs=values)
        return outcome

    def _values(self, item: Located, outputs: dict[str, TreePort]) -> dict[str, Any]:
        if not isinstance(item.value, dict):
            self.document.report(
                item, f"found {item.describe()}, expected outputs and values", rule="type"
            )
            return {}
        values = {}
        for key, located in item.value.items():
            port = outputs.get(key)
            if port is None:
                self.document.report(
                    item.keys[key],
                    f"the node has no output {key!r}",
                    rule="unknown-port",
                    remedy=did_you_mean(key, outputs) or "It has no outputs that are used.",
                )
            elif not _is_writable(port.kind):
                self.document.report(
                    located,
                    f"{describe_type(port.kind)} cannot be written in YAML",
                    rule="type",
                    remedy="Leave the node in the tree: the ideal cell answers for it.",
                )
            else:
                value = bind(self.document, located, port.kind)
                values[port.name] = value * port.scale if port.unit and value else value
        return values


def _outputs(
    spec: NodeSpec, ports: Mapping[str, Port[Any]], skills: Mapping[str, type[Skill]]
) -> dict[str, TreePort]:
    """The outputs of a node that somebody reads, by YAML key."""
    found: dict[str, TreePort] = {}
    for name in spec.outputs:
        port = ports.get(name)
        if isinstance(port, Output):
            found[port.key] = TreePort(name=name, kind=port.kind, unit=port.unit)
        else:
            kind = next(_kinds_written(spec, name, skills), Any)
            found[name] = TreePort(name=name, kind=kind)
    return found


def _kinds_written(spec: NodeSpec, name: str, skills: Mapping[str, type[Skill]]) -> Iterator[Any]:
    """Types that nodes inside a subtree write to one of its outputs."""
    for node in spec.walk():
        definition = skills.get(node.kind)
        for output, wire in node.outputs.items() if definition else ():
            if definition and wire.key == spec.outputs[name].key and output in definition.ports:
                yield definition.ports[output].kind


def _is_writable(kind: Any) -> bool:
    """Whether a value can be written; fields with a default may be left out."""
    if can_be_written(kind):
        return True
    if not dataclasses.is_dataclass(kind):
        return False
    hints = typing.get_type_hints(kind)
    return all(
        _is_writable(hints[field.name])
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )
