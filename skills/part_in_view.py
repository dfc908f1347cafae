"""Is the part in the picture?"""

from __future__ import annotations

from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.perception.estimator import Estimator
from pregrasp.skills.action import Action
from pregrasp.skills.capture import Capture
from pregrasp.skills.ports import Input
from pregrasp.skills.registry import skill


@skill()
class PartInView(Action):
    """Asks whether the estimator trusts its answer to a picture; a no is no refusal."""

    capture = Input(Capture, "The picture.")
    estimator = Input[Estimator](Estimator, "Who answers.")  # type: ignore[type-abstract]

    def work(self, token: CancelToken) -> Status | None:
        """Ask."""
        estimate = self.estimator.estimate(self.capture.image)
        if not estimate.trusted:
            return self.fail(estimate.reason or "the estimator does not trust its answer")
        self.feedback_message = f"in view, confidence {estimate.confidence:.2f}"
        return None
