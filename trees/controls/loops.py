"""Nodes that tick their child more than once. One repetition takes at least one tick."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.ports import Input, Output
from pregrasp.trees.controls.control import Arm, Names, OneChild, OwnControl, Visit
from pregrasp.trees.value_types import item_type


class Retry(OneChild):
    """Tries its child again when it fails, a number of times.

    Between two attempts it may wait: `delay_s` the first time, and each time `backoff` times
    as long as the time before.
    """

    key = "retry"

    attempts = Input(int, "How often it is tried, the first time included.", least=1)
    delay = Input(
        float, "How long to wait before the second attempt.", unit="s", default=0.0, least=0.0
    )
    backoff = Input(float, "How many times longer each further wait is.", default=1.0, above=0.0)

    def begin(self) -> None:
        """Count from nothing."""
        self._failures = 0
        self._waits_until: float | None = None
        self.forget_below()

    def step(self) -> Generator[Behaviour, None, Status]:
        """One attempt, or part of it, or of the wait before it."""
        now = self.context.cell.clock.now()
        if self._waits_until is not None and now < self._waits_until:
            return Status.RUNNING
        self._waits_until = None
        status = yield from self.run(self.child)
        if status is not Status.FAILURE:
            return status
        self._failures += 1
        self.feedback_message = f"attempt {self._failures} of {self.attempts} failed"
        if self._failures >= self.attempts:
            return status
        if self.delay <= 0:
            return self.again()
        wait = self.delay * self.backoff ** (self._failures - 1)
        self._waits_until = self.context.cell.clock.now() + wait
        return Status.RUNNING


class Repeat(OneChild):
    """Does its child a number of times; stops when it fails."""

    key = "repeat"

    times = Input(int, "How often.", least=0)

    def begin(self) -> None:
        """Count from nothing."""
        self._done = 0
        self.forget_below()

    def step(self) -> Generator[Behaviour, None, Status]:
        """One repetition, or part of it."""
        if self._done >= self.times:
            return Status.SUCCESS
        status = yield from self.run(self.child)
        if status is not Status.SUCCESS:
            return status
        self._done += 1
        self.feedback_message = f"{self._done} of {self.times} done"
        return status if self._done >= self.times else self.again()

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """It may be told to do its child no times at all."""
        visit(arms["do"][0], before)
        return before


class RepeatUntil(OwnControl):
    """Asks `until`; as long as the answer is no, does `do` and asks again.

    Fails when `do` fails, and refuses when the answer is still no after `at_most` times.
    """

    key = "repeat_until"
    arms = (
        Arm("until", "The question; success means yes."),
        Arm("do", "What is done as long as the answer is no."),
    )

    at_most = Input(int, "How often `do` is done at most.", least=0)

    def begin(self) -> None:
        """Ask first."""
        self._asking = True
        self._done = 0
        self.forget_below()

    def step(self) -> Generator[Behaviour, None, Status]:
        """One question, and one repetition or part of it."""
        if self._asking:
            status = yield from self.run(self.arm("until"))
            if status is not Status.FAILURE:
                return status
            if self._done >= self.at_most:
                asked = self.arm("until").tip() or self.arm("until")
                said = asked.feedback_message or "the answer was no"
                times = "1 time" if self._done == 1 else f"{self._done} times"
                return self.fail(f"given up after {times}: {said}", refused=True)
            self._asking = False
        status = yield from self.run(self.arm("do"))
        if status is not Status.SUCCESS:
            return status
        self._asking = True
        self._done += 1
        self.feedback_message = f"done {self._done} of at most {self.at_most} times"
        return self.again()

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """`until` is always asked; `do` may never be done."""
        answered = visit(arms["until"][0], before)
        visit(arms["do"][0], before)
        return answered


class ForEach(OneChild):
    """Does its child once for every item of a list; no items is a success."""

    key = "for_each"

    items = Input[tuple[Any, ...]](tuple[Any, ...], "The list.", key="in")
    item = Output[Any](object, "What `do` calls the present item.", key="as")

    def begin(self) -> None:
        """Read the list once: changing it under way changes nothing."""
        self._items = tuple(self.items)
        self._next = 0
        self._started = False
        self.forget_below()

    def step(self) -> Generator[Behaviour, None, Status]:
        """One item, or part of it."""
        if self._next >= len(self._items):
            return Status.SUCCESS
        if not self._started:
            self.item = self._items[self._next]
            self._started = True
            self.feedback_message = f"{self._next + 1} of {len(self._items)}"
        status = yield from self.run(self.child)
        if status is not Status.SUCCESS:
            return status
        self._next += 1
        self._started = False
        return status if self._next >= len(self._items) else self.again()

    @classmethod
    def flow(
        cls, visit: Visit, arms: Mapping[str, Sequence[Any]], before: Names, own: Names
    ) -> Names:
        """The list may be empty."""
        visit(arms["do"][0], before | own)
        return before

    @classmethod
    def output_kind(cls, name: str, inputs: Mapping[str, Any]) -> Any:
        """An item of the list."""
        return item_type(inputs.get("items")) or Any
