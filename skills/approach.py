"""Go from the pregrasp pose to the grasp pose by the taught, fixed motion."""

from __future__ import annotations

from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import LeavesTrack
from pregrasp.skills.fixed_motion import way_down
from pregrasp.skills.motion import Motion
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill

MOVED_TRANSLATION = 0.5 * MM
"""A tool that is further than this from where it was left was moved by somebody [m]."""

MOVED_ROTATION = 0.5 * DEG
"""The same for turning [rad]."""


@skill()
class Approach(Motion):
    """Moves the tool by a taught motion from where it is: sideways first, then down.

    It goes down blindly, so it refuses if the tool stands neither where this program left it
    nor where the last picture was taken: a pendant, or another program, has moved it since.
    """

    motion = Input(Pose, "T_pregrasp_grasp, as taught.")
    reached = Output(Pose, "T_base_tool after the move, as the encoders report it.")

    def work(self, token: CancelToken) -> Status | None:
        """Approach."""
        here = self.cell.arm.pose()
        if self._was_moved(here):
            return self.refuse(
                f"the tool is at {here}, which is not where this program left it: somebody else "
                "has moved it. Look again before going down."
            )
        self.reached = self.travel(way_down(here, self.motion), token)
        return None

    def _was_moved(self, here: Pose) -> bool:
        """Whether somebody else has moved the tool since the last move and the last picture."""
        arm = self.cell.arm
        left_at = arm.left_at if isinstance(arm, LeavesTrack) else None
        if left_at is None:
            return False
        known = [pose for pose in (left_at, self.context.looked_from) if pose is not None]
        return not any(_is_near(here, pose) for pose in known)


def _is_near(a: Pose, b: Pose) -> bool:
    apart = a.inverse() @ b
    translation = max(apart.planar.translation, abs(apart.z))
    return translation <= MOVED_TRANSLATION and apart.planar.rotation <= MOVED_ROTATION
