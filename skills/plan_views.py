"""Plan from where to look for a part that is not in view."""

from __future__ import annotations

import math

from py_trees.common import Status

from pregrasp.frames import MotionCommand, Pose
from pregrasp.hardware.errors import OutOfReachError
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


def turned(pregrasp: Pose, approach: Pose, angle: float) -> Pose:
    """The pregrasp pose of a part that lies in the same place, but at another angle.

    The tool goes round the part, and a camera beside the tool goes on looking at it.

    Args:
        pregrasp: ``T_base_pregrasp`` as it was taught.
        approach: ``T_pregrasp_grasp``.
        angle: Of the tool [rad].
    """
    grasp = pregrasp @ approach
    turn = MotionCommand(theta=angle - pregrasp.theta)
    return grasp @ turn @ approach.inverse()


@skill()
class PlanViews(Condition):
    """Plans views on a small spiral around the place where the part should be.

    All are at the height of the pregrasp pose and have the angle that the tool came with,
    which whoever sent it knows best. Views that the arm cannot reach are left out; when none
    remain, that is a refusal.
    """

    pregrasp = Input(Pose, "T_base_pregrasp as it was taught.")
    approach = Input(Pose, "T_pregrasp_grasp, the taught motion.")
    seen_from = Input(Pose, "T_base_tool where the part was not seen; the views have its angle.")
    workspace = Input(Workspace, "How far views may be from the middle; only x and y are used.")
    number = Input(int, "How many views.", default=6, least=1)
    share = Input(float, "Share of the workspace that is used.", unit="percent", default=1.0)
    views = Output(tuple[Pose, ...], "T_base_tool of each view, the nearest first.")

    def check(self) -> bool | Status:
        """Plan.

        Raises:
            ValueError: There are no views to plan, or they would leave the workspace.
        """
        if self.number < 1 or not 0.0 < self.share <= 1.0:
            raise ValueError(
                f"{self.number} views within {self.share:.0%} of the workspace, expected at "
                "least 1 view within at most 100 %"
            )
        middle = turned(self.pregrasp, self.approach, self.seen_from.theta)
        planned = spiral(middle, self.workspace, self.number, self.share)
        views = tuple(view for view in planned if self._is_reachable(view))
        if not views:
            return self.refuse(f"none of {len(planned)} views around {middle} can be reached")
        self.views = views
        self.feedback_message = f"{len(views)} views around {middle}"
        return True

    def _is_reachable(self, view: Pose) -> bool:
        try:
            self.cell.arm.check([view])
        except OutOfReachError:
            return False
        return True
