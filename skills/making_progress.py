"""Does the servo get closer?"""

from __future__ import annotations

from py_trees.common import Status

from pregrasp.frames import DEG, MM
from pregrasp.perception.estimator import Estimate
from pregrasp.skills.ports import Input
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition

RADIUS = 50 * MM
"""A turn by one radian counts as much as moving by this, half the size of a part [m]."""


@skill()
class MakingProgress(Condition):
    """Refuses when an estimate is not clearly smaller than the one before.

    Each estimate must shrink below a share of its predecessor. The first one after the
    loop around it starts has no predecessor and always passes.
    """

    estimate = Input(Estimate, "The newest estimate.")
    shrink = Input(
        float,
        "Largest share of the estimate before that still counts.",
        default=0.7,
        above=0.0,
        most=1.0,
    )

    def forget(self) -> None:
        """Take the next estimate as the first."""
        self._before: float | None = None

    def check(self) -> Status:
        """Compare with the estimate before."""
        motion = self.estimate.motion
        size = motion.translation + RADIUS * motion.rotation
        before, self._before = self._before, size
        self.feedback_message = (
            f"{motion.translation / MM:.3f} mm, {motion.rotation / DEG:.3f} deg to go"
        )
        if before is None or size < self.shrink * before:
            return Status.SUCCESS
        return self.refuse(
            f"the estimate does not shrink: {size / MM:.3f} mm after {before / MM:.3f} mm "
            f"(turns counted at {RADIUS / MM:.0f} mm), expected less than {self.shrink:.0%} of it"
        )
