"""Cases in YAML: what is given, what happens, and what must come of it.

::

    tests: two_stage_grasp
    given: {inputs: {task: circuit_board}}         # for all cases, unless they say otherwise
    cases:
      - case: a part out of view is left alone
        given: {cell: {camera_covered: true}}
        then:
          result: refused
          failed_at: "**/estimate"
          reason: no part in view
          never: [approach, close_gripper]
      - case: an arm that gets stuck is stopped
        when:
          stand_ins: {approach: hang}
          interrupt_at: approach
        then: {result: failed, failed_at: approach, never: [close_gripper]}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pregrasp.configuration import bind
from pregrasp.documents import Document, Located, did_you_mean

ResultWord = Literal["succeeded", "failed", "refused"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Then:
    """What must come of a case; what is not said is not looked at."""

    result: ResultWord | None = None
    """How the run ends; a refusal is a failure that somebody decided on."""
    failed_at: str | None = None
    """Pattern of the node that is to blame."""
    reason: str | None = None
    """Part of what that node says."""
    ticks: int | None = None
    """How many ticks it takes."""
    at_most_ticks: int | None = None
    """The most it may take."""
    done: tuple[str, ...] = ()
    """Patterns of nodes that succeed, in this order, others in between."""
    never: tuple[str, ...] = ()
    """Patterns of nodes that are never ticked."""
    times: dict[str, int] = dataclasses.field(default_factory=dict)
    """How often the nodes a pattern means begin, all together."""
    letters: dict[str, str] = dataclasses.field(default_factory=dict)
    """What a node does tick by tick: S, F, R, ``!`` for halted, ``.`` for not ticked."""
    holding: bool | None = None
    """Whether something is in the gripper at the end."""
    moves: int | None = None
    """How many way points the arm went through."""
    outputs: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Outputs of the tree and their values; filled in by the reader."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """What happens in a case."""

    interrupt_at: str | None = None
    """Pattern of a node; the run is cancelled once it has been ticked."""
    interrupt_after_ticks: int | None = None
    """The run is cancelled after as many ticks."""
    seed: int = 0
    """Of everything random."""
    most_ticks: int = 10_000
    """The tree is given up, and the case has failed, after as many ticks."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One case, its parts as they were written."""

    name: str
    """What is to be shown."""
    place: Located
    """Where it is written."""
    cell: Located | None
    """State of the ideal cell."""
    inputs: Located | None
    """Inputs of the tree."""
    stand_ins: Located | None
    """What replaces nodes: rules, or the name of a file with rules."""
    outputs: Located | None
    """Outputs and the values they must have."""
    when: When
    then: Then


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CaseFile:
    """A file of cases."""

    document: Document
    tree: str
    """Name or path of the tree that is tried."""
    cases: tuple[Case, ...]

    @property
    def folder(self) -> Path:
        """Where the file is."""
        return Path(self.document.file).parent


_FILE_KEYS = ("tests", "given", "when", "cases")
_CASE_KEYS = ("case", "given", "when", "then")
_GIVEN_KEYS = ("inputs", "cell")


def read_cases(path: Path) -> CaseFile:
    """Read a file of cases.

    Raises:
        ConfigurationError: Everything that is wrong with it.
    """
    document = Document.read(path)
    found = _read(document)
    document.raise_if_faulty()
    return found


def is_case_file(text: str) -> bool:
    """Whether a text looks like a file of cases; cheap, for tools that collect tests."""
    return any(line.startswith("tests:") for line in text.splitlines())


def _read(document: Document) -> CaseFile:
    top = _mapping(document, document.root, _FILE_KEYS)
    tests = top.get("tests")
    name = bind(document, tests, str) if tests is not None else None
    for key in ("tests", "cases"):
        if key not in top and isinstance(document.root.value, dict):
            document.report(document.root, f"{key!r} is missing", rule="missing")
    listed = top.get("cases")
    items: list[Located] = []
    if listed is not None and isinstance(listed.value, list):
        items = listed.value
    elif listed is not None:
        document.report(listed, f"found {listed.describe()}, expected a list", rule="type")
    given = _mapping(document, top.get("given"), _GIVEN_KEYS)
    shared = top.get("when")
    cases = tuple(_case(document, item, given, shared) for item in items)
    seen: set[str] = set()
    for case in cases:
        if case.name in seen:
            document.report(case.place, f"two cases are called {case.name!r}", rule="name")
        seen.add(case.name)
    return CaseFile(document=document, tree=name or "", cases=cases)


def _case(
    document: Document, item: Located, shared_given: Mapping[str, Located], shared: Located | None
) -> Case:
    parts = _mapping(document, item, _CASE_KEYS)
    name = bind(document, parts["case"], str) if "case" in parts else None
    if isinstance(item.value, dict):
        for key in ("case", "then"):
            if key not in parts:
                document.report(item, f"{key!r} is missing", rule="missing")
    given = {**shared_given, **_mapping(document, parts.get("given"), _GIVEN_KEYS)}
    when = _joined(shared, parts.get("when"))
    then = parts.get("then")
    return Case(
        name=name or "",
        place=item,
        cell=given.get("cell"),
        inputs=given.get("inputs"),
        stand_ins=_part(when, "stand_ins"),
        outputs=_part(then, "outputs"),
        when=_bound(document, when, When, "stand_ins") or When(),
        then=_bound(document, then, Then, "outputs") or Then(),
    )


def _mapping(
    document: Document, located: Located | None, known: tuple[str, ...]
) -> dict[str, Located]:
    if located is None or located.value is None:
        return {}
    if not isinstance(located.value, dict):
        document.report(
            located,
            f"found {located.describe()}, expected a mapping with {', '.join(known)}",
            rule="type",
        )
        return {}
    for key in located.value:
        if key not in known:
            remedy = did_you_mean(key, known)
            document.report(located.keys[key], f"unknown key {key!r}", rule="key", remedy=remedy)
    return {key: value for key, value in located.value.items() if key in known}


def _part(located: Located | None, key: str) -> Located | None:
    """One value of a mapping."""
    if located is None or not isinstance(located.value, dict):
        return None
    found: Located | None = located.value.get(key)
    return found


def _joined(shared: Located | None, own: Located | None) -> Located | None:
    """What all cases say, with what one case says over it."""
    if shared is None or own is None:
        return own or shared
    if not (isinstance(shared.value, dict) and isinstance(own.value, dict)):
        return own
    return Located({**shared.value, **own.value}, own.position, {**shared.keys, **own.keys})


def _bound(document: Document, located: Located | None, kind: Any, without: str) -> Any:
    if located is None:
        return None
    if isinstance(located.value, dict):
        rest = {key: item for key, item in located.value.items() if key != without}
        located = Located(rest, located.position, located.keys)
    return bind(document, located, kind)
