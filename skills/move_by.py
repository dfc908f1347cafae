"""Move the tool by a motion command, seen from where a picture was taken."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MotionCommand, Pose
from pregrasp.skills.motion import Motion
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill


@skill()
class MoveBy(Motion):
    """Moves the tool to ``start @ motion`` on a straight line.

    The start is the pose at which the picture was taken, not where the tool is now: the
    motion command was estimated from that picture and means nothing anywhere else.
    """

    motion = Input(MotionCommand, "The estimated move, in the tool frame at `start`.")
    start = Input(Pose, "T_base_tool at which the picture was taken.")
    reached = Output(Pose, "T_base_tool after the move, as the encoders report it.")

    def work(self, token: CancelToken) -> None:
        """Move."""
        self.feedback_message = f"by {self.motion}"
        self.reached = self.travel([self.start @ self.motion], token)
