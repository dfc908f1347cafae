"""What a stand-in does, in words: ``succeed after 2 ticks``, ``fail because it slipped``.

A rule is one outcome, or a list with one outcome for each time the node begins; the last
one stays. Where a node has outputs, a mapping gives their values, and where it has only one,
its value may stand alone::

    "**/move_to": succeed after 2 ticks
    "**/verify_grasp": [fail because the gripper is empty, succeed]
    "**/capture": hang
    "**/estimate":
      - estimate: {motion: {x_mm: 5, y_mm: 0, theta_deg: 1}, confidence: 0.9, trusted: true}
      - refuse because no part is in view
    "**/move_by": {randomly: {succeed: 80, fail: 20}}
    "**/approach":
      do: succeed
      after_ticks: 3
      outputs: {reached: {x_mm: 1, y_mm: 2, z_mm: 0, theta_deg: 0}}
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

VERDICTS = ("succeed", "fail", "refuse", "crash", "hang")
"""What a stand-in can do; it crashes by raising an exception, and a hanging one never ends."""

_SENTENCE = re.compile(
    rf"({'|'.join(VERDICTS)})(?:\s+after\s+(\d+)\s+ticks?)?(?:\s+because\s+(.+))?", re.DOTALL
)


class StandInCrashError(RuntimeError):
    """What a stand-in raises that was told to crash."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One round of a stand-in."""

    verdict: str = "succeed"
    """One of `VERDICTS`."""
    ticks: int = 0
    """For how many ticks it is still running before."""
    reason: str = ""
    """What it says."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """What it writes when it succeeds, by the name of the port, in SI units."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Outcomes and how probable they are."""

    outcomes: tuple[Outcome, ...]
    weights: tuple[float, ...]
    """They sum to 1."""

    @classmethod
    def certain(cls, outcome: Outcome) -> Choice:
        """No choice at all."""
        return cls((outcome,), (1.0,))


def parse_outcome(text: str) -> Outcome | None:
    """An outcome in words, or None if the words are none.

    Example:
        >>> outcome = parse_outcome("fail after 2 ticks because it slipped")
        >>> outcome.verdict, outcome.ticks, outcome.reason
        ('fail', 2, 'it slipped')
    """
    match = _SENTENCE.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    return Outcome(verdict=match[1], ticks=int(match[2] or 0), reason=match[3] or "")
