"""The corners of a workspace: where a task's robot has to get at most."""

from __future__ import annotations

import itertools

from pregrasp.frames import MotionCommand, Pose
from pregrasp.perception.sampling import Workspace
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition


def corners(around: Pose, workspace: Workspace) -> tuple[Pose, ...]:
    """Corners, middles of edges and faces, and the centre of a workspace.

    Args:
        around: ``T_base_tool`` in the middle.
        workspace: How far it reaches.

    Returns:
        27 ``T_base_tool``, neighbours mostly one after the other.
    """
    steps = (-1, 0, 1)
    return tuple(
        around @ MotionCommand(i * workspace.x, j * workspace.y, k * workspace.theta)
        for i, j, k in itertools.product(steps, repeat=3)
    )


@skill()
class PlanCorners(Condition):
    """Plans a visit to the corners of a workspace, its edges and its centre."""

    around = Input(Pose, "T_base_tool in the middle.")
    workspace = Input(Workspace, "How far the corners are from it.")
    corners = Output(tuple[Pose, ...], "T_base_tool of each.")

    def check(self) -> bool:
        """Plan."""
        self.corners = corners(self.around, self.workspace)
        return True
