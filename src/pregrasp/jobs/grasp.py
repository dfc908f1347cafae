"""A simulated cell with a task's model in it, ready to grasp again and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MotionCommand
from pregrasp.hardware.cell_file import SIMULATED, CellFile, find_cell
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.modes import Mode, working
from pregrasp.jobs.episode import Episode, EpisodePlan, Move, Verdict, plan_episode
from pregrasp.jobs.errors import NotSimulatedCellError
from pregrasp.jobs.grasp_job import GraspJob, GraspResult
from pregrasp.jobs.recording import Look, RecordingCell
from pregrasp.jobs.simulated import find_condition, open_cell, simulated_object
from pregrasp.task import Task
from pregrasp.trees.events import Observer
from pregrasp.trees.run_control import RunControl


class GraspStation:
    """Runs episodes of one task; a context manager that releases the cell.

    Args:
        task: A task with a simulated part.
        model_folder: Where the model is; by default the task's own.
        keep_images: Whether episodes keep the servo's pictures.
        observers: Called with every event of every run.
        pace: Simulated seconds per real second; None is as fast as the machine can.
        cell_file: A simulated cell; None for the one that ships.

    Raises:
        ConfigurationError: The task's grasp tree has faults.
        ModelError: The model is missing, damaged or of another task.
        NotSimulatedError: The task does not say how to make its part.
        NotSimulatedCellError: The cell is a real one.
        DeviceUnavailableError: MuJoCo or the GL library is missing.

    Example::

        with GraspStation(find_task("circuit_board")) as station:
            episode = station.run(index=0, seed=1)
    """

    def __init__(
        self,
        task: Task,
        *,
        model_folder: Path | None = None,
        keep_images: bool = False,
        observers: Sequence[Observer] = (),
        pace: float | None = None,
        cell_file: CellFile | None = None,
    ) -> None:
        self._task = task
        self._keep_images = keep_images
        self._job = GraspJob(task, model_folder=model_folder, observers=observers)
        file = cell_file or find_cell(SIMULATED)
        robot = file.robot.simulated
        if robot is None:
            raise NotSimulatedCellError(file.cell)
        self.cell = open_cell(task, identity=robot.identity, pace=pace or robot.pace)
        self._guarded = GuardedCell(self.cell, file.limits)
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
        self._guarded.close()

    def run(
        self,
        index: int,
        seed: int,
        condition: str = "nominal",
        token: CancelToken | None = None,
        *,
        control: RunControl | None = None,
    ) -> Episode:
        """Put the part down somewhere, start somewhere, grasp, and judge what came of it.

        Args:
            index: Number of the episode.
            seed: With the number it decides everything random.
            condition: Name of a disturbance.
            token: Cancelling it stops the robot.
            control: Pauses, steps and interrupts the run; brings a token of its own.

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
        return self._grasp(plan, control or RunControl(token), graspable=chosen.graspable)

    def _grasp(self, plan: EpisodePlan, control: RunControl, *, graspable: bool) -> Episode:
        watched = RecordingCell(self._guarded, self._true_error, keep_images=self._keep_images)
        began = self.cell.clock.now()
        with working(self._guarded, Mode.PRODUCING):
            result = self._job.run(watched, control, estimator=watched.watch(self._job.estimator))
        robot_time = self.cell.clock.now() - began
        verdict, reason = self._judge(result)
        looks = tuple(_move(look) for look in watched.looks)
        return Episode(
            plan=plan,
            verdict=verdict,
            reason=reason,
            accepted=result.accepted,
            # Reaching for nothing, or for another part, is wrong however well it is aimed.
            false_accept=result.accepted and (not graspable or self._is_outside(looks[-1].error)),
            looks=looks,
            robot_time=robot_time,
        )

    def _judge(self, result: GraspResult) -> tuple[Verdict, str]:
        """What the tree says, overruled by what the physics shows."""
        if self.cell.truth.part_lifted():
            return Verdict.GRASPED, result.reason
        if result.verdict is Verdict.GRASPED:
            return Verdict.FAILED, "the tree ended well, yet the part was not lifted"
        return result.verdict, result.reason

    def _is_outside(self, error: MotionCommand) -> bool:
        tolerance = self._task.tolerance
        return error.translation > tolerance.translation or error.rotation > tolerance.rotation

    def _true_error(self) -> MotionCommand:
        return self.cell.truth.pregrasp_error(self._task.taught.pregrasp, self._taught_part)


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
