"""Two models on the same recorded captures: whose answers are right, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.jobs.models.card import ModelCard
from pregrasp.jobs.models.errors import ModelStoreError
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.results import Spread, rounded
from pregrasp.perception.dataset import CaptureRecord, Dataset
from pregrasp.perception.estimator import Estimate, Estimator
from pregrasp.perception.model import load_estimator
from pregrasp.perception.sampling import CaptureKind


@dataclass(frozen=True, slots=True)
class Answers:
    """What one model says to every capture."""

    card: ModelCard
    """Which model."""
    estimates: tuple[Estimate, ...]
    """Its answers, in the order of the captures."""
    rests: tuple[MotionCommand, ...]
    """What is left to move after moving by the answer, in the same order."""
    learned_from: bool
    """Whether it was made from captures of this very data set."""

    @property
    def trusted(self) -> int:
        """How many answers it trusts."""
        return sum(estimate.trusted for estimate in self.estimates)

    @property
    def agreement(self) -> Spread:
        """Confidence, over all captures."""
        return Spread.of([estimate.confidence for estimate in self.estimates])

    @property
    def translation_mm(self) -> Spread:
        """Error of the answers that it trusts [mm]."""
        return Spread.of([rest.translation / MM for rest in self._trusted_rests()])

    @property
    def rotation_deg(self) -> Spread:
        """Error of the answers that it trusts [deg]."""
        return Spread.of([rest.rotation / DEG for rest in self._trusted_rests()])

    @property
    def compute_ms(self) -> Spread:
        """From picture to answer [ms]."""
        return Spread.of([estimate.compute_time * 1e3 for estimate in self.estimates])

    def to_json(self) -> dict[str, Any]:
        """The figures, with units in the keys."""
        return {
            "model": self.card.name,
            "architecture": self.card.architecture,
            "learned_from_these_captures": self.learned_from,
            "captures": len(self.estimates),
            "trusted": self.trusted,
            "agreement_median": rounded(self.agreement.median, 4),
            "translation_mm": self.translation_mm.to_json(4),
            "rotation_deg": self.rotation_deg.to_json(4),
            "compute_ms": self.compute_ms.to_json(3, "median", "p95"),
        }

    def _trusted_rests(self) -> list[MotionCommand]:
        pairs = zip(self.rests, self.estimates, strict=True)
        return [rest for rest, estimate in pairs if estimate.trusted]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models, asked about the same captures."""

    dataset: Path
    """Where the captures are."""
    models: tuple[Answers, Answers]
    """The first and the second."""

    @property
    def difference_mm(self) -> Spread:
        """Between the answers that both trust [mm]."""
        return Spread.of([motion.translation / MM for motion in self._differences()])

    @property
    def difference_deg(self) -> Spread:
        """Between the answers that both trust [deg]."""
        return Spread.of([motion.rotation / DEG for motion in self._differences()])

    def to_json(self) -> dict[str, Any]:
        """The figures, with units in the keys."""
        return {
            "dataset": str(self.dataset),
            "models": [answers.to_json() for answers in self.models],
            "difference_mm": self.difference_mm.to_json(4),
            "difference_deg": self.difference_deg.to_json(4),
        }

    def _differences(self) -> list[MotionCommand]:
        first, second = (answers.estimates for answers in self.models)
        return [
            one.motion.inverse() @ other.motion
            for one, other in zip(first, second, strict=True)
            if one.trusted and other.trusted
        ]


def compare(
    task: str,
    folders: tuple[Path, Path],
    dataset: Path,
    *,
    wanted: Callable[[CaptureRecord], bool] = lambda record: True,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
) -> Comparison:
    """Ask two models about the captures of a data set.

    The truth is the label of a capture: where the arm said it was, relative to where the part
    was thought to be. Within a group the part lies still, but it may lie beside its place by
    what hands and grippers leave; so the error is taken relative to the median answer of the
    group's captures near the goal, of both models together. What remains is scatter and what
    grows with the distance, not a shift that all answers share.

    Args:
        task: What both must have been made for.
        folders: Of the two models.
        dataset: Folder of the captures.
        wanted: Which captures count; those without the part never do.
        report_progress: Told after every capture.
        token: Cancelling it ends the comparison.

    Raises:
        ModelError: A model is missing, damaged or of another task.
        DatasetError: The data set, or a picture of it, is missing or damaged.
        ModelStoreError: No capture of it shows the part, or it is of another task.
        ImageError: Its pictures have another size than the models were made for.
        CancelledError: The token was cancelled.
    """
    captures = Dataset.open(dataset)
    if captures.card.task != task:
        raise ModelStoreError(
            f"{dataset}: the data set is of task {captures.card.task!r}, expected {task!r}."
        )
    records = [r for r in captures.records if r.kind is not CaptureKind.EMPTY and wanted(r)]
    if not records:
        raise ModelStoreError(f"{dataset}: no capture in it can be used to compare models.")
    estimators: list[Estimator] = [load_estimator(folder, task) for folder in folders]
    answers: tuple[list[Estimate], list[Estimate]] = ([], [])
    for number, record in enumerate(records):
        if token is not None:
            token.raise_if_cancelled()
        report_progress("compare", number, len(records))
        image = captures.image(record)
        for estimator, said in zip(estimators, answers, strict=True):
            said.append(estimator.estimate(image))
    report_progress("compare", len(records), len(records))
    shifts = _shifts(records, answers)
    first, second = (
        _answers(folder, said, records, shifts, captures.card.created)
        for folder, said in zip(folders, answers, strict=True)
    )
    return Comparison(dataset, (first, second))


NEAR = 6.0
"""Captures up to this far from the goal say where the part of their group lies [mm, deg]."""


def _rest(record: CaptureRecord, estimate: Estimate) -> MotionCommand:
    return estimate.motion.inverse() @ record.label


def _shifts(
    records: Sequence[CaptureRecord], answers: tuple[list[Estimate], list[Estimate]]
) -> dict[int, MotionCommand]:
    """By group: how far the part lies from where it was thought to be."""
    rests: dict[int, list[MotionCommand]] = {}
    for said in answers:
        for record, estimate in zip(records, said, strict=True):
            label = record.label
            near = label.translation / MM <= NEAR and label.rotation / DEG <= NEAR
            if near and estimate.trusted:
                rests.setdefault(record.group, []).append(_rest(record, estimate))
    return {
        group: MotionCommand(*np.median([(r.x, r.y, r.theta) for r in found], axis=0).tolist())
        for group, found in rests.items()
    }


def _answers(
    folder: Path,
    said: Sequence[Estimate],
    records: Sequence[CaptureRecord],
    shifts: dict[int, MotionCommand],
    created: str,
) -> Answers:
    card = ModelCard.read(folder)
    rests = tuple(
        _rest(record, estimate) @ shifts.get(record.group, MotionCommand()).inverse()
        for record, estimate in zip(records, said, strict=True)
    )
    return Answers(card, tuple(said), rests, bool(created) and card.collected == created)
