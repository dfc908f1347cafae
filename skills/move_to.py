"""Move the tool to a pose."""

from __future__ import annotations

import enum

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.skills.motion import Motion
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill


class Axes(enum.Enum):
    """Which part of a pose a move takes over."""

    ALL = "all"
    """The whole pose."""
    Z = "z"
    """The height only; the tool stays above where it is."""


@skill()
class MoveTo(Motion):
    """Moves the tool to a pose, or only to its height."""

    pose = Input(Pose, "T_base_tool to go to.")
    axes = Input(Axes, "`all`, or `z` to change nothing but the height.", default=Axes.ALL)
    shape = Input(PathShape, "Of the path; `linear` near parts.", default=PathShape.JOINT)
    reached = Output(Pose, "T_base_tool after the move, as the encoders report it.")

    def work(self, token: CancelToken) -> None:
        """Move."""
        goal = self.pose
        if self.axes is Axes.Z:
            goal = self.cell.arm.pose().at_height(goal.z)
        self.reached = self.travel([goal], token, self.shape)
