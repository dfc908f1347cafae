"""Plan what is still missing in a data set."""

from __future__ import annotations

from collections.abc import Sequence

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.perception.dataset import Dataset
from pregrasp.skills.action import Action
from pregrasp.skills.collection_plan import CollectionPlan, plan_missing
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill
from pregrasp.task import Task


@skill()
class PlanCollection(Action):
    """Plans the pictures that a task asks for and a data set does not have yet."""

    task = Input(Task, "The object.")
    dataset = Input(Dataset, "The pictures there are.")
    plan = Output(CollectionPlan, "What is to be done.")

    def work(self, token: CancelToken) -> None:
        """Plan; new places for the part are chosen so that the arm reaches every picture."""

        def reachable(poses: Sequence[Pose]) -> bool:
            token.raise_if_cancelled()
            try:
                self.cell.arm.check(poses)
            except OutOfReachError:
                return False
            return True

        task = self.task
        plan = plan_missing(
            task.collection,
            task.workspace,
            task.taught.pregrasp,
            task.taught.approach,
            self.dataset.records,
            reachable,
        )
        self.feedback_message = f"{plan.captures} pictures in {len(plan.placements)} placements"
        self.plan = plan
