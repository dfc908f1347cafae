"""From a taught object to a model that grasps it: collect, then train and calibrate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.capabilities import Cell
from pregrasp.jobs.active import ActiveCollection, collect_actively
from pregrasp.jobs.collect import CollectionResult, collect
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.results import rounded
from pregrasp.jobs.rounds import RoundResult
from pregrasp.jobs.train import TrainingResult, train
from pregrasp.task import Task
from pregrasp.trees.events import Observer
from pregrasp.trees.run_control import RunControl


@dataclass(frozen=True, slots=True)
class Deployment:
    """What it took to learn an object."""

    task: str
    """Name of the task."""
    collection: CollectionResult
    """The data set."""
    training: TrainingResult
    """The model; its calibration is part of the training."""
    active: ActiveCollection | None = None
    """The rounds, if it was collected in rounds."""

    def to_json(self) -> dict[str, Any]:
        """The figures of the deployment, with units in the keys."""
        return {
            "task": self.task,
            "pregrasp_version": metadata.version("pregrasp"),
            **self.collection.to_json(),
            "training_min": rounded(self.training.duration / 60, 2),
            "model_bytes": self.training.model_bytes,
            "model_folder": str(self.training.model_folder),
            "training": dict(self.training.summary),
        } | ({} if self.active is None else self.active.to_json())


def deploy(
    task: Task,
    cell: Cell,
    dataset: Path,
    *,
    out: Path | None = None,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
    observers: Sequence[Observer] = (),
    control: RunControl | None = None,
    active: bool = False,
    on_round: Callable[[RoundResult], None] = lambda result: None,
) -> Deployment:
    """Collect what is missing, train, calibrate.

    Args:
        task: The task.
        cell: The cell, with the part where it was taught.
        dataset: Folder of the data set; a part of one is completed.
        out: Where to put the model; by default the task's own model folder.
        report_progress: Told about every stage.
        token: Cancelling it stops the robot or the training.
        observers: Called with every event of the collection's tree.
        control: Pauses the collection from another thread; brings a token of its own.
        active: Whether to collect in rounds, until the tolerance is met.
        on_round: Called with the result of every round.

    Raises:
        PregraspError: As `collect`, `collect_actively` and `train` raise it.
    """
    control = control or RunControl(token)
    if active:
        rounds = collect_actively(
            task,
            cell,
            dataset,
            report_progress=report_progress,
            on_round=on_round,
            observers=observers,
            control=control,
        )
        token = control.token
        training = train(task, dataset, out=out, report_progress=report_progress, token=token)
        return Deployment(task.task, rounds.collection, training, rounds)
    collection = collect(
        task,
        cell,
        dataset,
        report_progress=report_progress,
        observers=observers,
        control=control,
    )
    training = train(task, dataset, out=out, report_progress=report_progress, token=control.token)
    return Deployment(task.task, collection, training)
