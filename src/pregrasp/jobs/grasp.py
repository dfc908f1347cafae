"""A simulated cell with a task's model in it, ready to grasp again and again."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from py_trees.common import Status

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import MotionCommand
from pregrasp.jobs.episode import Episode, EpisodePlan, Move, Verdict, plan_episode
from pregrasp.jobs.recording import Look, RecordingCell
from pregrasp.jobs.simulated import find_condition, open_cell, simulated_object
from pregrasp.perception.model import load_estimator
from pregrasp.task import Task
from pregrasp.trees import Runner, RunResult, load_tree
from pregrasp.trees.events import Event, NodeChanged
from pregrasp.trees.specification import Tree


class GraspStation:
    """Runs episodes of one task; a context manager that releases the cell.

    Args:
        task: A task with a simulated part.
        model_folder: Where the model is; by default the task's own.
        keep_images: Whether episodes keep the servo's pictures.

    Raises:
        ConfigurationError: The task's grasp tree has faults.
        ModelError: The model is missing, damaged or of another task.
        NotSimulatedError: The task does not say how to make its part.
        DeviceUnavailableError: MuJoCo or the GL library is missing.

    Example::

        with GraspStation(find_task("circuit_board")) as station:
            episode = station.run(index=0, seed=1)
    """

    def __init__(
        self, task: Task, *, model_folder: Path | None = None, keep_images: bool = False
    ) -> None:
        self._task = task
        self._keep_images = keep_images
        self._tree = load_tree(task.trees.grasp, search=(task.folder,))
        self._estimator = load_estimator(model_folder or task.model_folder, task.task)
        self.cell = open_cell(task)
        self._taught_part = simulated_object(task).placement

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the cell."""
        self.cell.close()

    def run(
        self,
        index: int,
        seed: int,
        condition: str = "nominal",
        token: CancelToken | None = None,
    ) -> Episode:
        """Put the part down somewhere, start somewhere, grasp, and judge what came of it.

        Args:
            index: Number of the episode.
            seed: With the number it decides everything random.
            condition: Name of a disturbance.
            token: Cancelling it stops the robot.

        Raises:
            CancelledError: The token was cancelled.
            ConditionError: There is no such condition.
        """
        chosen = find_condition(condition)
        plan = plan_episode(self._task, index, seed, chosen, self.cell.arm.check)
        self.cell.reset(
            placement=plan.placement,
            table_seed=plan.table_seed,
            condition=plan.scene,
            seed=plan.seed,
            start=plan.start,
        )
        return self._grasp(plan, graspable=chosen.graspable, token=token)

    def _grasp(self, plan: EpisodePlan, *, graspable: bool, token: CancelToken | None) -> Episode:
        watched = RecordingCell(self.cell, self._true_error, keep_images=self._keep_images)
        inputs = {"task": self._task, "estimator": watched.watch(self._estimator)}
        acceptance = _Acceptance(self._tree)
        began = self.cell.clock.now()
        result = Runner(self._tree, watched, inputs=inputs, observers=[acceptance]).run(token)
        robot_time = self.cell.clock.now() - began
        if result.failure is not None and isinstance(result.failure.cause, CancelledError):
            raise CancelledError("stopped on request") from result.failure.cause
        verdict, reason = self._judge(result)
        looks = tuple(_move(look) for look in watched.looks)
        accepted = acceptance.seen and bool(looks)
        return Episode(
            plan=plan,
            verdict=verdict,
            reason=reason,
            accepted=accepted,
            # Reaching for nothing, or for another part, is wrong however well it is aimed.
            false_accept=accepted and (not graspable or self._is_outside(looks[-1].error)),
            looks=looks,
            robot_time=robot_time,
        )

    def _judge(self, result: RunResult) -> tuple[Verdict, str]:
        reason = "" if result.failure is None else result.failure.reason
        if self.cell.truth.part_lifted():
            return Verdict.GRASPED, reason
        if result.refused:
            return Verdict.REFUSED, reason
        return Verdict.FAILED, reason or "the tree ended well, yet the part was not lifted"

    def _is_outside(self, error: MotionCommand) -> bool:
        tolerance = self._task.tolerance
        return error.translation > tolerance.translation or error.rotation > tolerance.rotation

    def _true_error(self) -> MotionCommand:
        return self.cell.truth.pregrasp_error(self._task.taught.pregrasp, self._taught_part)


class _Acceptance:
    """Notices that the servo let the grasp begin: an ``approach`` was ticked."""

    def __init__(self, tree: Tree) -> None:
        self.seen = False
        self._paths = {node.path for node in tree.root.walk() if node.kind == "approach"}

    def __call__(self, event: Event) -> None:
        if isinstance(event, NodeChanged) and event.path in self._paths:
            self.seen = self.seen or event.status is not Status.INVALID


def _move(look: Look) -> Move:
    answer = look.estimate
    if answer is None:
        raise ValueError("a picture nobody asked about is no move")
    return Move(
        error=look.error,
        estimate=answer.motion,
        confidence=answer.confidence,
        trusted=answer.trusted,
        compute_time=answer.compute_time,
        image=look.image,
    )
