"""Plan the servo runs of a round of an active collection."""

from __future__ import annotations

from pregrasp.frames import Pose
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.sampling import Sample
from pregrasp.skills.collection_plan import PlannedCapture, plan_servo_runs
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition
from pregrasp.task import Task


@skill()
class PlanServoRuns(Condition):
    """Plans the servo runs that a data set does not have; starts out of reach are left out."""

    task = Input(Task, "The object.")
    dataset = Input(Dataset, "The pictures there are.")
    starts = Input(tuple[Sample, ...], "Where the runs begin.")
    runs = Output(tuple[PlannedCapture, ...], "Where each run begins, and what its looks are for.")

    def check(self) -> bool:
        """Plan."""
        planned = plan_servo_runs(self.starts, self.task.taught.pregrasp, self.dataset.records)
        runs = tuple(run for run in planned if self._is_reachable(run.goal))
        self.runs = runs
        self.feedback_message = f"{len(runs)} of {len(self.starts)} servo runs"
        return True

    def _is_reachable(self, pose: Pose) -> bool:
        try:
            self.cell.arm.check([pose])
        except OutOfReachError:
            return False
        return True
