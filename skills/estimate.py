"""Ask an estimator where the pregrasp pose is."""

from __future__ import annotations

import math

from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.perception.estimator import Estimate, Estimator
from pregrasp.skills.action import Action
from pregrasp.skills.capture import Capture
from pregrasp.skills.notes import Answer
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill


@skill("estimate")
class EstimateMotion(Action):
    """Estimates the motion command from a picture; refuses when it is not to be trusted."""

    capture = Input(Capture, "The picture.")
    estimator = Input[Estimator](Estimator, "Who answers.")  # type: ignore[type-abstract]
    estimate = Output(Estimate, "The answer; only when it is trusted.", kept=False)

    def work(self, token: CancelToken) -> Status | None:
        """Estimate."""
        capture = self.capture
        estimate = self.estimator.estimate(capture.image)
        self.context.note(Answer(path=self.path, capture=capture, estimate=estimate))
        motion = estimate.motion
        if not all(map(math.isfinite, (motion.x, motion.y, motion.theta))):
            return self.refuse("the estimator's answer is no number")
        if not estimate.trusted:
            return self.refuse(estimate.reason or "the estimator does not trust its answer")
        self.feedback_message = f"{estimate.motion}, confidence {estimate.confidence:.2f}"
        self.estimate = estimate
        return None
