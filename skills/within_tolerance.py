"""Is the tool close enough to the pregrasp pose?"""

from __future__ import annotations

from py_trees.common import Status

from pregrasp.frames import DEG, MM
from pregrasp.perception.estimator import Estimate
from pregrasp.skills.ports import Input
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition


@skill()
class WithinTolerance(Condition):
    """Succeeds when the estimated move is smaller than the tolerance."""

    estimate = Input(Estimate, "The estimated move.")
    translation = Input(float, "Largest translation.", unit="mm")
    rotation = Input(float, "Largest rotation.", unit="deg")
    share = Input(float, "Share of the tolerance to stay within.", unit="percent", default=1.0)

    def check(self) -> Status:
        """Compare."""
        motion = self.estimate.motion
        translation, rotation = self.share * self.translation, self.share * self.rotation
        said = f"{motion.translation / MM:.3f} mm of {translation / MM:.3f} mm"
        said += f", {motion.rotation / DEG:.3f} deg of {rotation / DEG:.3f} deg"
        if motion.translation <= translation and motion.rotation <= rotation:
            self.feedback_message = said
            return Status.SUCCESS
        return self.fail(f"not within tolerance: {said}")
