"""What skills have in common that plan the pictures a data set lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.sampling import Sample
from pregrasp.skills.action import Action
from pregrasp.skills.collection_plan import CollectionPlan, plan_missing
from pregrasp.skills.ports import Input, Output
from pregrasp.task import Task


class Planning(Action):
    """Works out what is missing; new places for the part let the arm reach every picture."""

    task = Input(Task, "The object.")
    dataset = Input(Dataset, "The pictures there are.")
    plan = Output(CollectionPlan, "What is to be done.")

    def complete(self, wanted: Iterable[Sample], token: CancelToken) -> None:
        """Plan what a data set lacks of the pictures that are wanted."""

        def reachable(poses: Sequence[Pose]) -> bool:
            token.raise_if_cancelled()
            try:
                self.cell.arm.check(poses)
            except OutOfReachError:
                return False
            return True

        task = self.task
        missing = plan_missing(
            wanted,
            task.collection,
            task.taught.pregrasp,
            task.taught.approach,
            self.dataset.records,
            reachable,
        )
        self.feedback_message = (
            f"{missing.captures} pictures in {len(missing.placements)} placements"
        )
        self.plan = missing
