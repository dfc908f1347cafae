"""A worker that learns without a cell: a few lines of a data set, and a model that is there."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pregrasp.jobs.collect import CollectionResult
from pregrasp.jobs.deploy import Deployment
from pregrasp.jobs.fleet.mirror import Mirror, temporary_folder
from pregrasp.jobs.fleet.task_worker import DATASET, MODEL, TASK, Lesson, Outcome
from pregrasp.jobs.train import TrainingResult

WANTED = 6
DIES_AT = 3


class Learner:
    """Its seed tells what goes wrong: 1 kills a worker in the middle, 2 is not to be learned."""

    def do(self, work: Lesson, ask: Callable[[Any], Any]) -> Outcome:
        with temporary_folder() as name:
            return self._do(work, ask, Path(name))

    def close(self) -> None:
        """Nothing to release."""

    def _do(self, work: Lesson, ask: Callable[[Any], Any], folder: Path) -> Outcome:
        task = Mirror(ask, TASK, folder / TASK).fetch()
        dataset = Mirror(ask, DATASET, folder / DATASET)
        lines = dataset.fetch() / "captures.jsonl"
        lines.parent.mkdir(exist_ok=True)
        before = len(lines.read_text().splitlines()) if lines.exists() else 0
        for index in range(before, WANTED):
            with lines.open("a") as file:
                file.write(f"{index}\n")
            dataset.deliver()
            if work.seed == 1 and not before and index == DIES_AT:
                os.kill(os.getpid(), signal.SIGKILL)
        if work.seed == 2:
            return Outcome(error="too little to learn from")
        collection = CollectionResult(lines.parent, WANTED, WANTED - before, 60.0)
        if not work.train:
            return Outcome(collection=collection)
        Mirror(ask, MODEL, task / "better").deliver()
        training = TrainingResult(task / "model", 1.0, 5, {"loss": 0.5})
        made = Deployment(work.task.task, collection, training)
        return Outcome(collection=collection, deployment=made)
