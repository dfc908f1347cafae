"""Is the part in the gripper?"""

from __future__ import annotations

from py_trees.common import Status

from pregrasp.frames import MM
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition


@skill()
class VerifyGrasp(Condition):
    """Succeeds when the gripper holds something."""

    def check(self) -> Status:
        """Read the gripper."""
        reading = self.cell.gripper.reading()
        if reading.holding:
            self.feedback_message = f"holding, fingers {reading.opening / MM:.1f} mm apart"
            return Status.SUCCESS
        return self.fail(
            f"nothing is in the gripper: its fingers are {reading.opening / MM:.1f} mm apart"
        )
