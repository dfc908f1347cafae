"""Open the gripper."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.skills.action import Action
from pregrasp.skills.registry import skill


@skill()
class OpenGripper(Action):
    """Opens the gripper fully; an open gripper stays as it is."""

    def work(self, token: CancelToken) -> None:
        """Open."""
        self.cell.gripper.open(token)
