"""Collect a task's data set in a cell (the paper's Algorithm 1)."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware.capabilities import Cell
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.modes import Mode, working
from pregrasp.jobs.errors import RunFailedError
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.results import rounded
from pregrasp.jobs.task_trees import check_task_trees, load_task_tree
from pregrasp.perception.dataset import CaptureRecord, Card, Dataset
from pregrasp.perception.sampling import Sample
from pregrasp.skills import CollectionPlan
from pregrasp.task import Task
from pregrasp.trees import Event, Observer, Runner, RunResult, ValueWritten, load_tree
from pregrasp.trees.run_control import RunControl

DRY_RUN_SPEED = 0.1
"""Share of full speed in a dry run of a cell without limits of its own."""


@dataclass(frozen=True, slots=True)
class CollectionResult:
    """A data set and what this run added to it."""

    dataset: Path
    """Its folder."""
    captures: int
    """How many pictures it holds now."""
    added: int
    """How many of them are from this run."""
    robot_time: float
    """What all captures together took by the cell's clock [s]."""

    def to_json(self) -> dict[str, Any]:
        """The figures, with units in the keys."""
        return {
            "captures": self.captures,
            "captures_added": self.added,
            "robot_time_min": rounded(self.robot_time / 60, 2),
            "dataset": str(self.dataset),
        }


class Counter:
    """Tells how many captures there are, of how many the tree has planned."""

    def __init__(self, dataset: Dataset, report_progress: ReportProgress) -> None:
        self._dataset = dataset
        self._report_progress = report_progress
        self._before = len(dataset)
        self._told = -1
        self._planned = 0
        self._note = f"resumed at {self._before}" if self._before else ""

    def __call__(self, event: Event) -> None:
        """Take note of an event of the tree."""
        if isinstance(event, ValueWritten) and isinstance(event.value, CollectionPlan):
            plan = event.value
            moves = [*plan.back, *(move for place in plan.placements for move in place.moves)]
            self._planned = sum(len(place.captures) for place in plan.placements)
            self._planned += sum(len(move.empty) for move in moves)
        elif len(self._dataset) == self._told:
            return
        self._told = present = len(self._dataset)
        total = max(self._before + self._planned, present)
        self._report_progress("collect", present, total, self._note)


def open_dataset(task: Task, cell: Cell, folder: Path) -> Dataset:
    """The data set of a task in a folder, new or to be continued.

    Raises:
        DatasetError: It belongs to another task or camera, or cannot be written.
    """
    return Dataset.open_or_create(folder, _card(task, cell))


def collect(
    task: Task,
    cell: Cell,
    folder: Path,
    *,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
    observers: Sequence[Observer] = (),
    control: RunControl | None = None,
    only: Sequence[Sample] | None = None,
) -> CollectionResult:
    """Run the task's collection tree until the data set is complete.

    Every capture is on disk once it is counted, so a run that ended early goes on where it
    stopped when it is started again.

    Args:
        task: The task; ``task.collection`` says how many pictures.
        cell: The cell, with the part where it was taught.
        folder: Of the data set.
        report_progress: Told after every capture.
        token: Cancelling it stops the robot and ends the run.
        observers: Called with every event of the tree.
        control: Pauses the run from another thread; brings a token of its own.

        only: The pictures that are wanted, placement by placement; None for all that the task
            asks for.

    Raises:
        ConfigurationError: One of the task's trees is missing or has faults.
        DatasetError: The data set belongs to another task or camera.
        RunFailedError: The tree failed; the robot has been stopped.
        CancelledError: The token was cancelled.
        PregraspError: Whatever else made the tree fail.
    """
    check_task_trees(task)
    dataset = Dataset.open_or_create(folder, _card(task, cell))
    before = len(dataset)
    counter = Counter(dataset, report_progress)
    purpose, inputs = "collect", {"task": task, "dataset": dataset}
    if only is not None:
        purpose, inputs = "collect_round", inputs | {"samples": tuple(only)}
    run_collection_tree(
        purpose, task, cell, inputs, [counter, *observers], control or RunControl(token)
    )
    return CollectionResult(
        folder, len(dataset), len(dataset) - before, robot_time(dataset.records)
    )


def run_collection_tree(
    purpose: str,
    task: Task,
    cell: Cell,
    inputs: Mapping[str, object],
    observers: Sequence[Observer],
    control: RunControl,
) -> None:
    """Run one of a task's trees that collect.

    Args:
        purpose: Which one, a field of `TaskTrees`.
        task: The task.
        cell: The cell, with the part where it was taught.
        inputs: Of the tree.
        observers: Called with every event.
        control: Pauses and ends the run.

    Raises:
        ConfigurationError: The tree has faults.
        RunFailedError: It failed; the robot has been stopped.
        CancelledError: The control's token was cancelled.
        PregraspError: Whatever else made it fail.
    """
    runner = Runner(load_task_tree(task, purpose), cell, inputs=inputs, observers=observers)
    with working(cell, Mode.COLLECTING):
        raise_if_failed(runner.run(control=control))


def dry_run(
    task: Task,
    cell: Cell,
    *,
    token: CancelToken | None = None,
    observers: Sequence[Observer] = (),
    control: RunControl | None = None,
) -> None:
    """Visit the corners of a task's workspace slowly, touching nothing.

    For people who watch whether something is in the way, before a collection moves quickly.

    Args:
        task: The task.
        cell: The cell; a guarded one lowers the speed to its reduced speed.
        token: Cancelling it stops the robot.
        observers: Called with every event of the tree.
        control: Pauses the run from another thread; brings a token of its own.

    Raises:
        OutOfReachError: A corner cannot be reached, or is not allowed; nothing has moved.
        RunFailedError: The tree failed; the robot has been stopped.
        CancelledError: The token was cancelled.
    """
    speed = cell.limits.reduced_speed if isinstance(cell, GuardedCell) else DRY_RUN_SPEED
    inputs = {"task": task, "speed": speed}
    runner = Runner(load_tree("dry_run"), cell, inputs=inputs, observers=observers)
    with working(cell, Mode.COLLECTING):
        raise_if_failed(runner.run(control=control or RunControl(token)))


def robot_time(records: Sequence[CaptureRecord]) -> float:
    """What a collection took by the cell's clock, over all its sessions [s].

    The clock starts anew with every session; a step back in time is where one began.
    """
    times = [record.time for record in records]
    steps = (after - before for before, after in itertools.pairwise([0.0, *times]))
    return sum(step if step >= 0 else after for step, after in zip(steps, times, strict=True))


def raise_if_failed(result: RunResult) -> None:
    """Turn a run that did not succeed into the error that explains it.

    Raises:
        CancelledError: The run was cancelled.
        PregraspError: The error that made a node fail.
        RunFailedError: A node failed without an error of its own.
    """
    failure = result.failure
    if failure is None:
        return
    if isinstance(failure.cause, CancelledError):
        raise CancelledError("stopped on request") from failure.cause
    raise RunFailedError(failure.path, failure.reason, refused=failure.refused) from failure.cause


def _card(task: Task, cell: Cell) -> Card:
    width, height = cell.camera.size
    return Card(
        task=task.task,
        cell=cell.name,
        image_width=width,
        image_height=height,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        pregrasp_version=metadata.version("pregrasp"),
    )
