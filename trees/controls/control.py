"""The base of the nodes that decide which skill runs when.

A control declares what people write in YAML (its arms and its ports), how it ticks, and
what is certain to have been written once it has succeeded; the last is what lets every
read be checked when a tree is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Composite

from pregrasp.skills.context import Context
from pregrasp.skills.ports import Wired
from pregrasp.skills.skill import Skill, describe

Names = frozenset[str]
"""Keys that have certainly been written."""

Visit = Callable[[Any, Names], Names]
"""Checks a child, given what is written before it; returns what is written if it succeeds."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A place for children in a control."""

    name: str
    """Its key in YAML."""
    description: str
    """One sentence for people."""
    many: bool = False
    """Whether it is a list whose order the control knows about."""
    required: bool = True
    """Whether it must be given."""
    keyed: bool = False
    """Whether it is a mapping of labels to nodes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with how a control was written."""

    where: str
    """The YAML key it is about: of a port, of an arm, or ``arm.label``; empty for the node."""
    message: str
    rule: str = "type"
    remedy: str = ""
    warning: bool = False
    """Whether the tree can run all the same."""


class Control(Wired, Composite):
    """What every control declares.

    Args:
        name: Last part of its path.
        path: Where it stands in the tree.
        children: In the order in which they are ticked.
        arms: Which arm each child belongs to.
    """

    key: ClassVar[str]
    """What YAML calls it."""
    arms: ClassVar[tuple[Arm, ...]]
    """Places for children."""
    short: ClassVar[str] = ""
    """The input that may be written in the place of all arguments."""

    context: Context
    """The run this node belongs to; set before the first tick."""
    path: str
    """Where it stands in the tree."""
    failure: str = ""
    """Why it failed, where that is its own doing and not a child's."""
    refused: bool = False
    """Whether its own failure is a decision rather than a defect."""
    cause: Exception | None = None
    """The exception behind its own failure."""

    def __init__(
        self, name: str, path: str, children: Sequence[Behaviour], arms: Sequence[str]
    ) -> None:
        Composite.__init__(self, name, list(children))
        self.path = path
        self.connect({}, {})

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """Follow what is written through the children.

        Args:
            visit: Checks one child.
            arms: Children by arm.
            before: Keys written before this node is ticked.
            own: Keys that this node itself writes before its children are ticked.

        Returns:
            Keys that are written for certain once this node has succeeded.
        """
        raise NotImplementedError

    @classmethod
    def output_kind(cls, name: str, inputs: Mapping[str, Any]) -> Any:
        """Type of an output, where it depends on the types of the inputs."""
        return cls.ports[name].kind

    @classmethod
    def faults(
        cls, kinds: Mapping[str, Any], labels: Mapping[str, Sequence[str]]
    ) -> Iterator[Fault]:
        """What is wrong beyond single values.

        Args:
            kinds: Types of the inputs that were given, by attribute.
            labels: Arms that were given, with the labels of the keyed ones.
        """
        yield from ()


class OwnControl(Control):
    """A control whose ticking is our own.

    Subclasses write `step` as a generator that ticks children by ``yield from self.run``.
    """

    def __init__(
        self, name: str, path: str, children: Sequence[Behaviour], arms: Sequence[str]
    ) -> None:
        super().__init__(name, path, children, arms)
        self._arm_of = dict(zip(arms, self.children, strict=True))
        self._took_time = False

    # --- For subclasses -------------------------------------------------------------------

    def begin(self) -> None:
        """Start a new round."""

    def step(self) -> Generator[Behaviour, None, Status]:
        """Tick children and say how the round goes."""
        raise NotImplementedError

    def as_written(self, name: str) -> str:
        """An input as people wrote it, for messages."""
        return str(getattr(self.sources[name], "shown", "") or self.ports[name].key)

    def arm(self, name: str) -> Behaviour:
        """The child of a required arm."""
        return self._arm_of[name]

    def optional_arm(self, name: str) -> Behaviour | None:
        """The child of an arm, if it was given."""
        return self._arm_of.get(name)

    def run(self, child: Behaviour) -> Generator[Behaviour, None, Status]:
        """Tick a child once and hand its status back."""
        self.current_child = child
        yield from child.tick()
        self._took_time = self._took_time or child.status is Status.RUNNING
        return child.status

    def fail(self, reason: str, *, refused: bool = False) -> Status:
        """End the round as failed, this node being the one to blame."""
        self.failure = self.feedback_message = reason
        self.refused = refused
        return Status.FAILURE

    def again(self) -> Status:
        """Go on with the next repetition, without waiting for the next tick.

        Repetitions that took no time wait for it all the same, so that a loop of conditions
        cannot keep a processor busy.
        """
        if self._took_time:
            self.context.wakeup.set()
        self._took_time = False
        return Status.RUNNING

    def forget_below(self) -> None:
        """Let all skills below drop what they remember between rounds."""
        for node in self.iterate():
            if isinstance(node, Skill):
                node.forget()

    # --- py_trees' life cycle -------------------------------------------------------------

    def tick(self) -> Iterator[Behaviour]:
        """Tick once; an exception is a failure of this node."""
        if self.status is not Status.RUNNING:
            self._reset_children()
            self.failure, self.feedback_message = "", ""
            self.refused, self.cause = False, None
            self._took_time = False
        try:
            if self.status is not Status.RUNNING:
                self.begin()
            status = yield from self.step()
        except Exception as error:  # kept as the cause
            self.cause = error
            status = self.fail(describe(error))
        if status is not Status.RUNNING:
            self.stop(status)
        self.status = status
        yield self

    def stop(self, new_status: Status = Status.INVALID) -> None:
        """End the round and halt whatever is still running."""
        for child in self.children:
            if child.status is Status.RUNNING:
                child.stop(Status.INVALID)
        if new_status is Status.INVALID:
            self._reset_children()
        self.status = new_status

    def _reset_children(self) -> None:
        for child in self.children:
            if child.status is not Status.INVALID:
                child.stop(Status.INVALID)


class OneChild(OwnControl):
    """A control around one child, which has to be given."""

    arms: ClassVar[tuple[Arm, ...]] = (Arm("do", "What it is about."),)

    @property
    def child(self) -> Behaviour:
        """The one child."""
        return self.children[0]

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """If the node succeeds, so has its child."""
        return visit(arms["do"][0], before)
