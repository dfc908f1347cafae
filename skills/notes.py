"""What skills tell whoever watches, besides their status, their words and their outputs."""

from __future__ import annotations

from dataclasses import dataclass

from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.perception.estimator import Estimate
from pregrasp.skills.capture import Capture


@dataclass(frozen=True, kw_only=True, slots=True)
class Travel:
    """A way through poses that the arm is about to be asked for."""

    path: str
    """The skill's place in the tree."""
    goals: tuple[Pose, ...]
    """``T_base_tool`` of each way point."""
    shape: PathShape
    """Of the way between them."""
    speed: float
    """Share of the arm's full speed."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer:
    """What an estimator said to a picture, also when it is not to be trusted."""

    path: str
    """The skill's place in the tree."""
    capture: Capture
    """The picture."""
    estimate: Estimate
    """The answer."""


Note = Travel | Answer
