"""Go from the pregrasp pose to the grasp pose by the taught, fixed motion."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.skills.fixed_motion import way_down
from pregrasp.skills.motion import Motion
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill


@skill()
class Approach(Motion):
    """Moves the tool by a taught motion from where it is: sideways first, then down."""

    motion = Input(Pose, "T_pregrasp_grasp, as taught.")
    reached = Output(Pose, "T_base_tool after the move, as the encoders report it.")

    def work(self, token: CancelToken) -> None:
        """Approach."""
        self.reached = self.travel(way_down(self.cell.arm.pose(), self.motion), token)
