"""Make sure that poses can be reached, before anything moves."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.skills.action import Action
from pregrasp.skills.ports import Input
from pregrasp.skills.registry import skill


@skill()
class CheckReach(Action):
    """Fails, naming the pose, when the arm cannot reach one of the poses."""

    poses = Input(tuple[Pose, ...], "Each T_base_tool that will be needed.")

    def work(self, token: CancelToken) -> None:
        """Ask the arm; its own error names the pose."""
        self.cell.arm.check(self.poses)
        self.feedback_message = f"{len(self.poses)} poses within reach"
