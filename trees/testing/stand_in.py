"""A leaf that takes the place of a skill, a control or a subtree in a test."""

from __future__ import annotations

import zlib
from typing import ClassVar

import numpy as np
from py_trees.common import Status

from pregrasp.skills.ports import Port
from pregrasp.skills.skill import Skill
from pregrasp.trees.testing.outcomes import Choice, Outcome, StandInCrashError


class StandIn(Skill):
    """Does as its script says, the next line each time it begins; the last line stays.

    What it draws depends on the seed and on its path, not on what other nodes draw.
    """

    script: ClassVar[tuple[Choice, ...]] = (Choice.certain(Outcome()),)
    """One choice for each round."""
    stands_for: ClassVar[str] = ""
    """The kind of node it replaces."""
    seed: ClassVar[int] = 0
    """Of its choices."""

    def __init__(self, name: str = "", *, path: str = "") -> None:
        super().__init__(name, path=path)
        self._rounds = 0
        self._rng = np.random.default_rng([self.seed, zlib.crc32(self.path.encode())])

    def begin(self) -> None:
        """Choose what this round will be."""
        choice = self.script[min(self._rounds, len(self.script) - 1)]
        drawn = int(self._rng.choice(len(choice.outcomes), p=choice.weights))
        self._outcome = choice.outcomes[drawn]
        self._rounds += 1
        self._left = self._outcome.ticks

    def step(self) -> Status:
        """Go on as chosen."""
        outcome = self._outcome
        if outcome.verdict == "hang" or self._left > 0:
            self._left -= 1
            return Status.RUNNING
        if outcome.verdict == "succeed":
            self.feedback_message = outcome.reason
            for name, value in outcome.outputs.items():
                self.write_output(name, value)
            return Status.SUCCESS
        reason = outcome.reason or f"the stand-in for {self.stands_for} was told to"
        if outcome.verdict == "crash":
            raise StandInCrashError(reason)
        return self.refuse(reason) if outcome.verdict == "refuse" else self.fail(reason)


def make_stand_in(
    kind: str, script: tuple[Choice, ...], seed: int, ports: dict[str, Port[object]]
) -> type[StandIn]:
    """A class of stand-ins for one node.

    Args:
        kind: What it replaces.
        script: What it does.
        seed: Of its choices.
        ports: Those of what it replaces, for drawings.
    """
    attributes = {"script": script, "stands_for": kind, "seed": seed}
    made: type[StandIn] = type("StandInFor" + kind.title().replace("_", ""), (StandIn,), attributes)
    made.ports = ports
    made.key = kind
    return made
