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
    """Succeeds when the estimated move is smaller than the tolerance.

    With a `bound`, what is left after the estimated move counts as well: the estimate's own
    error at that level. A model that was calibrated for less is refused, not trusted.
    """

    estimate = Input(Estimate, "The estimated move.")
    translation = Input(float, "Largest translation.", unit="mm", above=0.0)
    rotation = Input(float, "Largest rotation.", unit="deg", above=0.0)
    bound = Input(
        float,
        "Level at which the estimate's error must fit into the tolerance too; 0 to go by the "
        "estimate alone.",
        unit="percent",
        default=0.0,
        least=0.0,
        most=1.0,
    )
    share = Input(
        float,
        "Share of the tolerance to stay within.",
        unit="percent",
        default=1.0,
        above=0.0,
        most=1.0,
    )

    def check(self) -> Status:
        """Compare."""
        motion = self.estimate.motion
        left_translation, left_rotation = motion.translation, motion.rotation
        if self.bound:
            if not self.bound <= self.estimate.bound_level:
                return self.refuse(
                    f"the estimator's bounds hold at {self.estimate.bound_level:.1%}, expected "
                    f"at least {self.bound:.1%}. Calibrate on more captures, or ask for less."
                )
            left_translation += self.estimate.bound_translation
            left_rotation += self.estimate.bound_rotation
        translation, rotation = self.share * self.translation, self.share * self.rotation
        said = f"{left_translation / MM:.3f} mm of {translation / MM:.3f} mm"
        said += f", {left_rotation / DEG:.3f} deg of {rotation / DEG:.3f} deg"
        if left_translation <= translation and left_rotation <= rotation:
            self.feedback_message = said
            return Status.SUCCESS
        return self.fail(f"not within tolerance: {said}")
