"""Plan what is still missing in a data set."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.perception.sampling import plan
from pregrasp.skills.planning import Planning
from pregrasp.skills.registry import skill


@skill()
class PlanCollection(Planning):
    """Plans the pictures that a task asks for and a data set does not have yet."""

    def work(self, token: CancelToken) -> None:
        """Plan."""
        self.complete(plan(self.task.collection, self.task.workspace), token)
