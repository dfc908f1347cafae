"""Nodes that can never be ticked, and moves that nothing would end.

Every node is given the results it can have at all: a skill may succeed or fail,
`force_success` cannot fail. From that follows what comes after it in vain, most of all the
arm that was meant to help when something goes wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pregrasp.documents import Document, Located
from pregrasp.skills.action import Action
from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import Control
from pregrasp.trees.controls.branching import If
from pregrasp.trees.controls.cleanup import Try
from pregrasp.trees.controls.guard import Guard
from pregrasp.trees.controls.loops import ForEach, Repeat, RepeatUntil, Retry
from pregrasp.trees.controls.order import SelectorControl, SequenceControl
from pregrasp.trees.controls.results import ForceFailure, ForceSuccess, Invert
from pregrasp.trees.controls.timeout import Timeout
from pregrasp.trees.expressions import parse_expression
from pregrasp.trees.formula_tokens import ExpressionError
from pregrasp.trees.specification import Fixed, NodeSpec
from pregrasp.trees.syntax import RawNode

YES, NO = "success", "failure"
BOTH = frozenset((YES, NO))
ALWAYS, NEVER = frozenset((YES,)), frozenset((NO,))

Outcomes = frozenset[str]


def report_unreachable(root: RawNode, document: Document) -> None:
    """Report nodes that are never ticked.

    Args:
        root: The root of one file's tree.
        document: The file.
    """
    _Reach(document).outcomes(root)


class _Reach:
    def __init__(self, document: Document) -> None:
        self.document = document

    def outcomes(self, node: RawNode) -> Outcomes:
        """The results that a node can have; what is below in vain is reported."""
        below = [(arm, child, self.outcomes(child)) for arm, child in node.children()]
        of = {arm: [found for a, _, found in below if a == arm] for arm in node.arms}
        definition = node.definition
        if definition is None or not issubclass(definition, Control) or not below:
            return self._leaf(node)
        if not all(of.get(arm.name) for arm in definition.arms if arm.required):
            # A fault that is reported elsewhere.
            return BOTH
        if issubclass(definition, SequenceControl):
            return self._chain(node, below, ends=NO)
        if issubclass(definition, SelectorControl):
            return self._chain(node, below, ends=YES)
        if definition is Invert:
            return _turned(of["do"][0])
        if definition is ForceSuccess:
            return ALWAYS
        if definition is ForceFailure:
            return NEVER
        if definition is If:
            return self._if(node, of)
        if definition is Guard:
            return self._guard(node, of["do"][0])
        if definition is Try and NO not in of["do"][0]:
            return of["finally"][0]
        if definition in (ForEach, Repeat):
            return self._loop(node, of["do"][0])
        if definition is Retry and NO not in of["do"][0]:
            self._report(
                node, "retry never tries again: its child cannot fail", "unreachable-recovery"
            )
            return ALWAYS
        if definition is RepeatUntil and NO not in of["until"][0]:
            self._report(node.arms["do"][0], "never done: `until` cannot fail", "unreachable")
            return ALWAYS
        return BOTH

    def _leaf(self, node: RawNode) -> Outcomes:
        if node.kind == "check" and "that" in node.values:
            truth = _constant(node.values["that"][1])
            return BOTH if truth is None else ALWAYS if truth else NEVER
        return ALWAYS if node.kind in ("set", "delay") else BOTH

    def _chain(
        self, node: RawNode, below: Sequence[tuple[str, RawNode, Outcomes]], ends: str
    ) -> Outcomes:
        """A sequence ends with the first failure, a selector with the first success."""
        other = YES if ends == NO else NO
        results: set[str] = set()
        for index, (_, child, found) in enumerate(below):
            results |= found & {ends}
            if other in found:
                continue
            rest = below[index + 1 :]
            if rest:
                what = "always fails" if ends == NO else "cannot fail"
                self._report(
                    rest[0][1],
                    f"never ticked: {child.kind} in line {child.position.line} {what}",
                    "unreachable" if ends == NO else "unreachable-recovery",
                )
            return frozenset(results)
        return frozenset(results | {other})

    def _if(self, node: RawNode, of: dict[str, list[Outcomes]]) -> Outcomes:
        condition, then = of["condition"][0], of["then"][0]
        otherwise = of["else"][0] if of.get("else") else ALWAYS
        if YES not in condition:
            self._report(
                node.arms["then"][0], "never done: the condition always fails", "unreachable"
            )
            return otherwise
        if NO not in condition:
            if of.get("else"):
                self._report(
                    node.arms["else"][0],
                    "never done: the condition cannot fail",
                    "unreachable-recovery",
                )
            return then
        return then | otherwise

    def _guard(self, node: RawNode, child: Outcomes) -> Outcomes:
        results = set(child)
        for key, never in (("when", "never done"), ("while", "never done")):
            if key not in node.values:
                continue
            truth = _constant(node.values[key][1])
            if truth is False:
                self._report(node.arms["do"][0], f"{never}: `{key}` is always false", "unreachable")
        if "when" in node.values:
            # Skipped nodes count as what lets the node above go on.
            results |= BOTH
        if "while" in node.values:
            results.add(NO)
        return frozenset(results)

    def _loop(self, node: RawNode, child: Outcomes) -> Outcomes:
        key = "times" if node.kind == Repeat.key else "in"
        located = node.values[key][1] if key in node.values else None
        if located is not None and located.value in (0, []):
            what = "repeated 0 times" if key == "times" else "the list is empty"
            self._report(node.arms["do"][0], f"never done: {what}", "unreachable")
            return ALWAYS
        return child | ALWAYS if key == "in" else child

    def _report(self, node: RawNode, message: str, rule: str) -> None:
        remedy = (
            "Move it before what hides it, or take one of them away."
            if rule == "unreachable-recovery"
            else "Take it away, or change what keeps it from being ticked."
        )
        self.document.report(node.position, message, rule=rule, remedy=remedy)


def _turned(found: Outcomes) -> Outcomes:
    return frozenset(YES if result == NO else NO for result in found)


def _constant(located: Located) -> bool | None:
    """The truth of a formula that depends on nothing; None if it depends on something."""
    if isinstance(located.value, bool):
        return located.value
    if not isinstance(located.value, str) or "{" in located.value:
        return None
    try:
        term = parse_expression(located.value, _no_references)
    except ExpressionError:
        return None
    return bool(term.wire.value) if isinstance(term.wire, Fixed) else None


def _no_references(*_: object) -> tuple[Fixed, object]:
    raise ExpressionError("a constant has no references", 0)


def report_endless_motions(
    root: NodeSpec, skills: Mapping[str, type[Skill]], document: Document
) -> None:
    """Warn of skills that set something in motion with no `timeout` around them.

    Args:
        root: The whole tree, subtrees included: a limit around a subtree counts.
        skills: The skills by name.
        document: The main tree's file; what happens in other files is theirs to warn of.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.kind == Timeout.key:
            continue
        waiting += node.children
        definition = skills.get(node.kind)
        if (
            definition is not None
            and issubclass(definition, Action)
            and definition.stop_devices is not Action.stop_devices
            and node.position.file == document.file
        ):
            document.report(
                node.position,
                f"nothing ends {node.kind} if the motion hangs",
                rule="no-timeout",
                remedy="Give it timeout_s, or put a timeout around it or around its sequence.",
                severity="warning",
            )
