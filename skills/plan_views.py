"""Plan from where to look for a part that is not in view."""

from __future__ import annotations

import math

from pregrasp.frames import MotionCommand, Pose
from pregrasp.perception.sampling import Workspace
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition

GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))
"""Turned by this from one view to the next, views never line up [rad]."""


def spiral(around: Pose, workspace: Workspace, number: int, share: float) -> tuple[Pose, ...]:
    """Views on a spiral, the nearest first, spread evenly over a workspace.

    Args:
        around: ``T_base_tool`` in the middle; all views have its height and its angle.
        workspace: How far views may be from it.
        number: How many.
        share: Share of the workspace that is used.
    """
    views = []
    for k in range(1, number + 1):
        radius, angle = share * math.sqrt(k / number), k * GOLDEN_ANGLE
        step = MotionCommand(
            workspace.x * radius * math.cos(angle), workspace.y * radius * math.sin(angle)
        )
        views.append(around @ step)
    return tuple(views)


@skill()
class PlanViews(Condition):
    """Plans views on a small spiral, at one height and never outside the workspace."""

    around = Input(Pose, "T_base_tool in the middle of the search.")
    workspace = Input(Workspace, "How far views may be from it; only x and y are used.")
    number = Input(int, "How many views.", default=6)
    share = Input(float, "Share of the workspace that is used.", unit="percent", default=1.0)
    views = Output(tuple[Pose, ...], "T_base_tool of each view, the nearest first.")

    def check(self) -> bool:
        """Plan.

        Raises:
            ValueError: There are no views to plan, or they would leave the workspace.
        """
        if self.number < 1 or not 0.0 < self.share <= 1.0:
            raise ValueError(
                f"{self.number} views within {self.share:.0%} of the workspace, expected at "
                "least 1 view within at most 100 %"
            )
        self.views = spiral(self.around, self.workspace, self.number, self.share)
        return True
