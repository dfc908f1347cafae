"""Close the gripper."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM
from pregrasp.skills.action import Action
from pregrasp.skills.ports import Output
from pregrasp.skills.registry import skill


@skill()
class CloseGripper(Action):
    """Closes the gripper until it holds something or its fingers meet."""

    opening = Output(float, "Distance between the finger pads.", unit="mm")

    def work(self, token: CancelToken) -> None:
        """Close."""
        reading = self.cell.gripper.close(token)
        self.feedback_message = f"fingers {reading.opening / MM:.1f} mm apart"
        self.opening = reading.opening
