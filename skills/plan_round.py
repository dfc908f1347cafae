"""Plan what is still missing in one round of an active collection."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.perception.sampling import Sample
from pregrasp.skills.planning import Planning
from pregrasp.skills.ports import Input
from pregrasp.skills.registry import skill


@skill()
class PlanRound(Planning):
    """Plans those pictures of a round of an active collection that a data set does not have."""

    samples = Input(tuple[Sample, ...], "The pictures of the round, placement by placement.")

    def work(self, token: CancelToken) -> None:
        """Plan."""
        self.complete(self.samples, token)
