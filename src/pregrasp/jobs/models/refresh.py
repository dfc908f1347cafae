"""Bring a model up to date with a few new captures, and let it take over only if it is better.

The cell puts the part down in one more place and takes some pictures there, in the light of
today. From these, and from those that the data set had, everything is fitted again except the
network: the map of the image, the last inch and the limits of trust. The limits come from new
pictures that nothing was fitted to. On the same pictures the model in use is asked as well; the
refreshed one takes over if it is trusted at least as often and is not less accurate. The old one
is kept, so `pregrasp models rollback` brings it back.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM
from pregrasp.hardware.capabilities import Cell
from pregrasp.jobs.collect import collect, open_dataset
from pregrasp.jobs.models.compare import Answers, Comparison, compare
from pregrasp.jobs.models.errors import ModelStoreError
from pregrasp.jobs.models.history import Cause
from pregrasp.jobs.models.store import ModelStore
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.train import TrainingResult, refit, store_candidate
from pregrasp.perception.dataset import CaptureRecord, Dataset
from pregrasp.perception.model_folder import SHORT
from pregrasp.perception.sampling import FIRST_WEIGHS, Collection, Sample, plan
from pregrasp.perception.training.preparation import judges
from pregrasp.task import Task, Tolerance
from pregrasp.trees.events import Observer

FEWEST = 40
"""Fewest new captures: half of them judge, and the bounds of trust need 19."""

WORSE = 1.1
"""A refreshed model may be off by so much more on the new captures, as scatter allows [-]."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh has brought."""

    added: int
    """New captures."""
    comparison: Comparison
    """The model in use before and the refreshed one, on new captures that taught neither."""
    better: bool
    """Whether the refreshed model took over (or may, in a task that names its model)."""
    model: str
    """Name of the refreshed model; it is kept even if it did not take over."""
    training: TrainingResult
    """How it was made."""

    def to_json(self) -> dict[str, Any]:
        """The figures, with units in the keys."""
        return {
            "captures_added": self.added,
            "took_over": self.better,
            "model": self.model,
            "comparison": self.comparison.to_json(),
            "training": dict(self.training.summary),
        }


def refresh(
    task: Task,
    cell: Cell,
    dataset: Path,
    captures: int = 60,
    *,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
    observers: Sequence[Observer] = (),
) -> Refresh:
    """Collect a few captures, fit again, compare, and take over if that is better.

    Args:
        task: The task, with a model.
        cell: The cell, with the part where it was taught.
        dataset: Folder of the task's data set; the new captures are added to it. Without one,
            the new captures are all there is to fit to.
        captures: How many new ones.
        report_progress: Told about every stage.
        token: Cancelling it stops the robot, or the fitting; the model in use stays.
        observers: Called with every event of the collection's tree.

    Raises:
        ModelStoreError: There is no model, or too few captures are asked for.
        PregraspError: As `collect`, `refit` and `compare` raise it.
    """
    if captures < FEWEST:
        raise ModelStoreError(f"a refresh needs at least {FEWEST} captures, found {captures}.")
    store = ModelStore(task)
    before = store.keep()
    first_new, collection = _one_more_place(task, cell, dataset, captures)
    widened = dataclasses.replace(task, collection=collection)
    collected = collect(
        widened,
        cell,
        dataset,
        report_progress=report_progress,
        token=token,
        observers=observers,
        only=_new_places(widened, open_dataset(task, cell, dataset)),
    )
    candidate = store_candidate(task)
    training = refit(
        task,
        dataset,
        base=task.model_folder,
        first_new=first_new,
        out=candidate,
        report_progress=report_progress,
        token=token,
    )

    def kept_back(record: CaptureRecord) -> bool:
        return judges(record.index, first_new)

    comparison = compare(
        task.task,
        (task.model_folder, candidate),
        dataset,
        wanted=kept_back,
        report_progress=report_progress,
        token=token,
    )
    name = store.keep(candidate)
    shutil.rmtree(candidate)
    better = is_better(*comparison.models, task.servo.within)
    if store.current != before:
        raise ModelStoreError(
            f"{task.model_folder}: another model took over during the refresh. The refreshed "
            f"one is kept as {name[:SHORT]}."
        )
    if better and task.model is None:
        store.promote(name, Cause.REFRESHED)
    return Refresh(collected.added, comparison, better, name, training)


def _one_more_place(task: Task, cell: Cell, dataset: Path, captures: int) -> tuple[int, Collection]:
    """Number of the first new capture, and a collection with one more place."""
    records = open_dataset(task, cell, dataset).records
    places = 1 + max((record.placement for record in records), default=0)
    wanted = dataclasses.replace(
        task.collection,
        captures=(places + FIRST_WEIGHS) * captures,
        placements=places + 1,
    )
    if not records:
        # The table without the part is photographed when the part is moved on: two places.
        wanted = dataclasses.replace(wanted, captures=captures, placements=2)
    return (records[-1].index + 1 if records else 0), wanted


def _new_places(task: Task, dataset: Dataset) -> list[Sample]:
    """The pictures of those places of a collection that the data set has none of."""
    present = {record.placement for record in dataset.records}
    wanted = plan(task.collection, task.workspace)
    return [sample for sample in wanted if sample.placement not in present]


def is_better(old: Answers, new: Answers, within: Tolerance) -> bool:
    """Whether a model is trusted at least as often as another, and not less accurate.

    Args:
        old: What the one in use says.
        new: What the refreshed one says, to the same captures.
        within: Where the servo stops. Half of that is no error to speak of.
    """
    if new.trusted < old.trusted:
        return False
    if not old.trusted:
        return new.trusted > 0
    pairs = (
        (old.translation_mm.p95, new.translation_mm.p95, within.translation / MM),
        (old.rotation_deg.p95, new.rotation_deg.p95, within.rotation / DEG),
    )
    return all(
        b is not None and a is not None and b <= max(WORSE * a, 0.5 * enough)
        for a, b, enough in pairs
    )
