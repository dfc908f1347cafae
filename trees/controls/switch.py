"""A choice between many ways."""

from __future__ import annotations

import enum
import typing
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.ports import Input
from pregrasp.trees.controls.control import Arm, Fault, Names, OwnControl, Visit
from pregrasp.trees.value_types import describe_type

CASES = "cases"
DEFAULT = "default"


class Switch(OwnControl):
    """Reads a value once and does the case of that name, or `default`; without one it fails."""

    key = "switch"
    arms = (
        Arm(CASES, "What is done for each value: a mapping of values to nodes.", keyed=True),
        Arm(DEFAULT, "What is done for every other value.", required=False),
    )

    value = Input[Any](Any, "The value: an enum, text, a whole number or a truth.")

    def begin(self) -> None:
        """Choose again."""
        self._chosen: Behaviour | None = None

    def step(self) -> Generator[Behaviour, None, Status]:
        """Part of the way that was chosen."""
        if self._chosen is None:
            label = label_of(self.value)
            self._chosen = self.optional_arm(f"{CASES}.{label}") or self.optional_arm(DEFAULT)
            if self._chosen is None:
                return self.fail(f"there is neither a case {label!r} nor a default")
        return (yield from self.run(self._chosen))

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Only what all ways write is certain."""
        ways = [visit(child, before) for arm in (CASES, DEFAULT) for child in arms.get(arm, ())]
        return frozenset.intersection(*ways) if ways else before

    @classmethod
    def faults(
        cls, kinds: Mapping[str, Any], labels: Mapping[str, Sequence[str]]
    ) -> Iterator[Fault]:
        """Cases that cannot come up, and values without a case."""
        kind = kinds.get("value", Any)
        if not _can_be_switched(kind):
            found = describe_type(kind)
            wanted = "an enum, text, a whole number or a truth"
            yield Fault("value", f"found {found}, expected {wanted}")
            return
        values = choices_of(kind)
        cases = labels.get(CASES, ())
        if values is None:
            return
        for label in cases:
            if label not in values:
                yield Fault(
                    f"{CASES}.{label}", f"{label!r} is none of {', '.join(values)}", "choice"
                )
        missing = [value for value in values if value not in cases]
        if missing and DEFAULT not in labels:
            yield Fault(
                "",
                f"nothing is done for {', '.join(missing)}, so the node fails",
                "missing-case",
                f"Add the case, or {DEFAULT!r}.",
                warning=True,
            )


def label_of(value: Any) -> str:
    """A value as it is written as the key of a case."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.value if isinstance(value, enum.Enum) else value)


def choices_of(kind: Any) -> list[str] | None:
    """Every value of a type as the keys of cases, or None if they cannot be counted."""
    if kind is bool:
        return ["true", "false"]
    if typing.get_origin(kind) is typing.Literal:
        return [label_of(value) for value in typing.get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [label_of(member) for member in kind]
    return None


def _can_be_switched(kind: Any) -> bool:
    return kind in (Any, str, int) or choices_of(kind) is not None
