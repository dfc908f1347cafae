"""Take an approach back."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.skills.fixed_motion import way_up
from pregrasp.skills.motion import Motion
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill


@skill()
class Retreat(Motion):
    """Moves the tool back along its approach: straight up first, then sideways."""

    motion = Input(Pose, "T_pregrasp_grasp, the motion of the approach, not its reverse.")
    reached = Output(Pose, "T_base_tool after the move, as the encoders report it.")

    def work(self, token: CancelToken) -> None:
        """Retreat."""
        self.reached = self.travel(way_up(self.cell.arm.pose(), self.motion), token)
