"""A task's grasp tree with its model, ready to run on any cell again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py_trees.common import Status

from pregrasp.cancellation import CancelledError
from pregrasp.hardware.capabilities import Cell, Image
from pregrasp.hardware.modes import Mode, report_failure, working
from pregrasp.jobs.episode import Verdict
from pregrasp.jobs.results import motion_to_json, rounded
from pregrasp.jobs.task_trees import load_task_tree
from pregrasp.perception.estimator import Estimate, Estimator
from pregrasp.perception.model import load_estimator
from pregrasp.perception.model_folder import check_hash, model_hash
from pregrasp.task import TASK_FILE, Task
from pregrasp.trees import Runner, RunResult
from pregrasp.trees.events import Event, NodeChanged, Observer
from pregrasp.trees.run_control import RunControl
from pregrasp.trees.specification import Tree


@dataclass(frozen=True, kw_only=True, slots=True)
class GraspResult:
    """How one grasp ended, as far as the cell itself can know."""

    verdict: Verdict
    """GRASPED if the tree succeeded: its last check asks the gripper."""
    reason: str
    """Why, unless the part was grasped."""
    accepted: bool
    """Whether the servo found itself at the pregrasp pose and let the grasp begin."""
    estimates: tuple[Estimate, ...]
    """What the model said to each picture, in order."""
    moves: int
    """How many corrections the servo made; moves to search a part are none."""
    run: RunResult
    """The run of the tree: which node failed, what it wrote, how long it took."""

    def to_json(self) -> dict[str, Any]:
        """How the grasp ended and what the model said, with units in the keys."""
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            "accepted": self.accepted,
            "moves": self.moves,
            "estimates": [
                {
                    **motion_to_json(estimate.motion),
                    "confidence": rounded(estimate.confidence, 4),
                    "trusted": estimate.trusted,
                    "compute_ms": rounded(estimate.compute_time * 1e3, 3),
                }
                for estimate in self.estimates
            ],
        }


class GraspJob:
    """Runs a task's grasp tree.

    Args:
        task: The task.
        model_folder: Where the model is; by default the task's own.
        estimator: Looks at the pictures instead of a model; then none is loaded.
        observers: Called with every event of every run, on the thread that ticks the tree.

    Raises:
        ConfigurationError: The task's grasp tree has faults.
        ModelError: The model is missing, damaged, of another task, or not the one that the
            task names. (A folder that is given is taken as it is: somebody tries it out.)

    Example::

        job = GraspJob(find_task("circuit_board"))
        result = job.run(cell)
    """

    def __init__(
        self,
        task: Task,
        *,
        model_folder: Path | None = None,
        estimator: Estimator | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.task = task
        self.tree: Tree = load_task_tree(task, "grasp")
        self.model = ""
        """Name of the model; empty for an estimator without one."""
        if estimator is None:
            folder = model_folder or task.model_folder
            if task.model is not None and folder == task.model_folder:
                check_hash(folder, task.model, str(task.folder / TASK_FILE))
            self.model = model_hash(folder)
            estimator = load_estimator(folder, task.task)
        self.estimator: Estimator = estimator
        self._observers = tuple(observers)

    def run(
        self,
        cell: Cell,
        control: RunControl | None = None,
        *,
        estimator: Estimator | None = None,
    ) -> GraspResult:
        """Grasp once.

        Args:
            cell: The devices; the arm may stand anywhere in the task's workspace.
            control: Pauses, steps and interrupts the run from other threads.
            estimator: Used in place of the task's own model.

        Raises:
            CancelledError: The control's token was cancelled; everything stands still.
            ModeError: The cell is at work already, in fault, or not connected.
            HardwareError: A device is not ready, so the run has not begun.
        """
        milestones = _Milestones(self.tree)
        watched = WatchedEstimator(estimator or self.estimator)
        runner = Runner(
            self.tree,
            cell,
            inputs={"task": self.task, "estimator": watched},
            observers=[milestones, *self._observers],
        )
        with working(cell, Mode.PRODUCING):
            run = runner.run(control=control or RunControl())
            failure = run.failure
            if failure is not None:
                report_failure(cell, failure.cause)
        if failure is not None and isinstance(failure.cause, CancelledError):
            raise CancelledError("stopped on request") from failure.cause
        if run.status is Status.SUCCESS:
            verdict = Verdict.GRASPED
        else:
            verdict = Verdict.REFUSED if run.refused else Verdict.FAILED
        return GraspResult(
            verdict=verdict,
            reason="" if failure is None else failure.reason,
            accepted=milestones.accepted and bool(watched.answers),
            estimates=tuple(watched.answers),
            moves=milestones.moves,
            run=run,
        )


class _Milestones:
    """Notices that the servo let the grasp begin, and counts its corrections."""

    def __init__(self, tree: Tree) -> None:
        self.accepted = False
        """Whether an ``approach`` was ticked."""
        self.moves = 0
        """How many ``move_by`` have succeeded."""
        self._kinds = {node.path: node.kind for node in tree.root.walk()}

    def __call__(self, event: Event) -> None:
        if not isinstance(event, NodeChanged):
            return
        kind = self._kinds.get(event.path)
        if kind == "approach":
            self.accepted = self.accepted or event.status is not Status.INVALID
        elif kind == "move_by":
            self.moves += event.status is Status.SUCCESS


class WatchedEstimator:
    """An estimator whose answers are kept; people read its name on the blackboard."""

    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator
        self.answers: list[Estimate] = []

    def estimate(self, image: Image) -> Estimate:
        """Answer for one picture.

        Raises:
            ImageError: As the estimator raises it.
        """
        answer = self._estimator.estimate(image)
        self.answers.append(answer)
        return answer
