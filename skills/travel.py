"""What a skill tells the arm to do, for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass

from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import PathShape


@dataclass(frozen=True, kw_only=True, slots=True)
class Travel:
    """A way through poses."""

    path: str
    """The skill's place in the tree."""
    goals: tuple[Pose, ...]
    """``T_base_tool`` of each way point."""
    shape: PathShape
    """Of the way between them."""
    speed: float
    """Share of the arm's full speed."""


def tell_nobody(travel: Travel) -> None:
    """For runs that nobody watches."""
