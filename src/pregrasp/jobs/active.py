"""Collect in rounds, each where the model of the round before was worst, and stop when it is good.

A round: pictures where they are needed, some drawn evenly, some that only judge; a few servo
runs with the model so far, every look kept; a short training that goes on from the weights of
the round before; and a conformal bound from the judges. The collection ends when the bound
meets the task's tolerance, or at ``captures_max``.

Everything is on disk before it counts. A run that was killed goes on where it stopped, at a
picture, at a training, or between two rounds. The same seed leads to the same first round; the
later ones follow from what the model says.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.capabilities import Cell
from pregrasp.jobs.collect import (
    CollectionResult,
    Counter,
    open_dataset,
    robot_time,
    run_collection_tree,
)
from pregrasp.jobs.judging import Bound, Judged, ask, bound
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.rounds import RoundPlan, RoundResult, RoundsFile, not_in_rounds, why_stop
from pregrasp.jobs.train import train_briefly
from pregrasp.perception import aiming
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.errors import NotLearnedError
from pregrasp.perception.model import load_estimator
from pregrasp.perception.model_folder import DESCRIPTION
from pregrasp.perception.sampling import CaptureKind, Sample
from pregrasp.perception.training.calibration import LEVEL
from pregrasp.task import Task
from pregrasp.trees import Observer
from pregrasp.trees.run_control import RunControl

WEIGHTS = "weights.npz"
MODEL = "model"

NOT_COUNTED = (CaptureKind.ANCHOR, CaptureKind.EMPTY)


@dataclass(frozen=True, slots=True)
class ActiveCollection:
    """What an active collection came to."""

    collection: CollectionResult
    """The data set."""
    rounds: tuple[RoundResult, ...]
    """Every round, those of earlier runs included."""
    reason: str
    """Why it ended."""

    def to_json(self) -> dict[str, Any]:
        """The rounds, with units in the keys."""
        return {
            "rounds": [result.to_json() for result in self.rounds],
            "ended_because": self.reason,
        }


def collect_actively(
    task: Task,
    cell: Cell,
    folder: Path,
    *,
    report_progress: ReportProgress = ignore_progress,
    on_round: Callable[[RoundResult], None] = lambda result: None,
    token: CancelToken | None = None,
    observers: Sequence[Observer] = (),
    control: RunControl | None = None,
) -> ActiveCollection:
    """Collect round by round until the tolerance is met.

    Args:
        task: The task; ``task.collection.rounds`` says how.
        cell: The cell, with the part where it was taught.
        folder: Of the data set.
        report_progress: Told about every stage of every round.
        on_round: Called with every round's result, those of earlier runs first.
        token: Cancelling it stops the robot, or the training.
        observers: Called with every event of the trees.
        control: Pauses the trees from another thread; brings a token of its own.

    Raises:
        DatasetError: The data set belongs to another task, or was not collected in rounds.
        TrainingError: The captures do not fit together.
        RunFailedError: A tree failed; the robot has been stopped.
        CancelledError: The token was cancelled.
        PregraspError: Whatever else made a tree fail.
    """
    work = _Work(task, cell, folder, report_progress, observers, control or RunControl(token))
    before = len(work.dataset)
    rounds = work.rounds
    for result in rounds.results:
        on_round(result)
    most = task.collection.rounds.captures_max

    def ended() -> str:
        """Why there is no other round; empty while there is one."""
        if rounds.pending is not None:
            return ""
        return why_stop(rounds.results, task.tolerance, LEVEL, most)

    while not (reason := ended()):
        if rounds.pending is None:
            rounds.begin(work.plan())
        rounds.end(work.carry_out(rounds.plans[-1]))
        on_round(rounds.results[-1])
    present = len(work.dataset)
    collected = CollectionResult(folder, present, present - before, rounds.results[-1].robot_s)
    return ActiveCollection(collected, tuple(rounds.results), reason)


class _Work:
    """What the rounds of one run share."""

    def __init__(
        self,
        task: Task,
        cell: Cell,
        folder: Path,
        report_progress: ReportProgress,
        observers: Sequence[Observer],
        control: RunControl,
    ) -> None:
        self._task, self._cell = task, cell
        self._report, self._observers, self._control = report_progress, observers, control
        self.dataset: Dataset = open_dataset(task, cell, folder)
        self.rounds = RoundsFile(folder)
        self._answers: dict[int, list[Judged]] = {}
        if len(self.dataset) and not self.rounds.plans:
            raise not_in_rounds(folder, len(self.dataset))

    def plan(self) -> RoundPlan:
        """What comes after the rounds there are."""
        collection, workspace = self._task.collection, self._task.workspace
        number = len(self.rounds.results)
        samples = aiming.first_round(collection, workspace)
        starts: list[Sample] = []
        if number:
            last = self.rounds.results[-1]
            left = collection.rounds.captures_max - last.captures
            aim = self._aim(number - 1, self._judged(number - 1))
            count = min(collection.rounds.captures_each, left)
            samples = aiming.next_round(collection, workspace, number, aim, count)
            if self._has_model(number - 1):
                starts = aiming.servo_starts(collection, number, aim)
        return RoundPlan(
            number=number, first=len(self.dataset), samples=tuple(samples), starts=tuple(starts)
        )

    def carry_out(self, plan: RoundPlan) -> RoundResult:
        """Take the pictures, train, judge."""
        robot = self._collect(plan)
        training_s = self._train(plan.number)
        judged = self._judged(plan.number)
        found = bound(judged) if judged else Bound(self._judges(), 0, None, None, 0.0)
        counted = [r for r in self.dataset.records if r.kind not in NOT_COUNTED]
        earlier = self.rounds.results[-1].robot_s if self.rounds.results else 0.0
        return RoundResult(
            number=plan.number,
            captures=len(counted),
            pictures=len(self.dataset),
            judges=found.judges,
            trusted=found.trusted,
            bound_mm=found.mm,
            bound_deg=found.deg,
            level=found.level,
            robot_s=round(earlier + robot, 1),
            training_s=round(training_s, 1),
            worst=aiming.words(self._aim(plan.number, judged).worst),
        )

    def _collect(self, plan: RoundPlan) -> float:
        """Run the trees of a round; gives what the robot took for it [s]."""
        # What an earlier run took of this round is known by the times of its pictures only.
        taken = self.dataset.records[plan.first :]
        began = self._cell.clock.now()
        inputs = {"task": self._task, "dataset": self.dataset}
        self._run("collect_round", inputs | {"samples": plan.samples})
        if plan.starts:
            estimator = load_estimator(self._model(plan.number - 1), self._task.task)
            inputs |= {"estimator": estimator, "starts": plan.starts}
            self._run("collect_servo_runs", inputs)
        times = [record.time for record in taken]
        before = robot_time(taken) - times[0] if times else 0.0
        return before + self._cell.clock.now() - began

    def _run(self, purpose: str, inputs: dict[str, object]) -> None:
        counter = Counter(self.dataset, self._report)
        run_collection_tree(
            purpose, self._task, self._cell, inputs, [counter, *self._observers], self._control
        )

    def _train(self, number: int) -> float:
        """Make the model of a round; none where there is too little to learn from yet."""
        folder = self.rounds.folder(number)
        weights = self.rounds.folder(number - 1) / WEIGHTS if number else None
        try:
            result = train_briefly(
                self._task,
                self.dataset.folder,
                out=folder / MODEL,
                weights=weights,
                keep_weights=folder / WEIGHTS,
                report_progress=self._report,
                token=self._control.token,
            )
        except NotLearnedError:
            shutil.rmtree(folder / MODEL, ignore_errors=True)
            return 0.0
        return result.duration

    def _judged(self, number: int) -> list[Judged]:
        """A round's model asked about every capture; empty where there is no model."""
        if number not in self._answers:
            model, token = self._model(number), self._control.token
            asked = ask(self.dataset, model, self._report, token) if self._has_model(number) else ()
            self._answers = {number: list(asked)}
        return self._answers[number]

    def _aim(self, number: int, judged: Sequence[Judged]) -> aiming.Aim:
        learned = [each for each in judged if each.record.kind is not CaptureKind.JUDGE]
        typical = float(np.median([each.estimate.confidence for each in learned] or [1.0]))
        troubles = [each.trouble(self._task.tolerance, typical) for each in learned]
        rng = np.random.default_rng([self._task.collection.seed, number, 4])
        return aiming.take_aim(rng, self._task.workspace, troubles)

    def _judges(self) -> int:
        return sum(record.kind is CaptureKind.JUDGE for record in self.dataset.records)

    def _model(self, number: int) -> Path:
        return self.rounds.folder(number) / MODEL

    def _has_model(self, number: int) -> bool:
        return (self._model(number) / DESCRIPTION).exists()
