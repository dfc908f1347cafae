"""A worker that learns objects: collects a task's pictures in a simulated cell, and trains."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pregrasp.errors import PregraspError
from pregrasp.hardware.cell_file import CellFile
from pregrasp.jobs.active import ActiveCollection, collect_actively
from pregrasp.jobs.cells import open_cell
from pregrasp.jobs.collect import CollectionResult, collect
from pregrasp.jobs.deploy import Deployment, deploy
from pregrasp.jobs.fleet.desk import Told
from pregrasp.jobs.fleet.mirror import Ask, Mirror, temporary_folder
from pregrasp.task import Task

TASK, DATASET, MODEL = "task", "dataset", "model"
"""What a worker calls the folders of its work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """One object to be learned."""

    task: Task
    """The task."""
    cell: CellFile
    """The simulated cell to collect in."""
    dataset: Path
    """Folder of the data set, where the lesson is given; a part of one is completed."""
    train: bool
    """Whether to train after collecting."""
    model: Path | None = None
    """Where to put the model, there; by default the task's own model folder."""
    active: bool = False
    """Whether to collect in rounds."""
    seed: int = 0
    """Of the cell."""

    def __str__(self) -> str:
        """For messages."""
        return self.task.task


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a worker says in the end; paths are those of the worker."""

    collection: CollectionResult | None = None
    rounds: ActiveCollection | None = None
    deployment: Deployment | None = None
    error: str = ""
    """Why there is no more; empty if all went well."""


class TaskWorker:
    """Learns one object after the other; what it makes goes to whoever gave the lesson."""

    def do(self, work: Lesson, ask: Ask) -> Outcome:
        """Collect, and train.

        One object that cannot be learned must not end the work on all others: what is wrong
        with it is part of the outcome.
        """
        with temporary_folder() as name:
            dataset = Mirror(ask, DATASET, Path(name) / DATASET)
            try:
                return self._learn(work, ask, Path(name), dataset)
            except PregraspError as error:
                return Outcome(error=str(error))

    def close(self) -> None:
        """Nothing is kept from one lesson to the next."""

    def _learn(self, work: Lesson, ask: Ask, folder: Path, dataset: Mirror) -> Outcome:
        task_folder = Mirror(ask, TASK, folder / TASK).fetch()
        task = dataclasses.replace(work.task, folder=task_folder)
        dataset.fetch()

        def report(stage: str, done: float, total: float, note: str = "") -> None:
            # What is counted is safe, as in a collection here.
            dataset.deliver()
            ask(Told(stage, done, total, note))

        found: dict[str, Any] = {}
        with open_cell(work.cell, task, seed=work.seed) as cell:
            if work.train:
                made = deploy(
                    task,
                    cell,
                    dataset.folder,
                    out=folder / MODEL,
                    report_progress=report,
                    active=work.active,
                )
                found = {
                    "deployment": made,
                    "collection": made.collection,
                    "rounds": made.active,
                }
            elif work.active:
                rounds = collect_actively(task, cell, dataset.folder, report_progress=report)
                found = {"collection": rounds.collection, "rounds": rounds}
            else:
                found = {"collection": collect(task, cell, dataset.folder, report_progress=report)}
        dataset.deliver()
        if work.train:
            Mirror(ask, MODEL, folder / MODEL).deliver()
        return Outcome(**found)
