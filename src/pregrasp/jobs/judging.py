"""What a model of a round is worth, and where it is in trouble."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.jobs.progress import ReportProgress
from pregrasp.perception.aiming import Trouble
from pregrasp.perception.dataset import CaptureRecord, Dataset
from pregrasp.perception.estimator import Estimate
from pregrasp.perception.model import load_estimator
from pregrasp.perception.sampling import CaptureKind
from pregrasp.perception.training import REPORT
from pregrasp.perception.training.calibration import conformal
from pregrasp.task import Tolerance

NOT_TRUSTED = 2.0
"""Trouble of a capture whose answer is not trusted; no error counts for more."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One capture and what a model says to it."""

    record: CaptureRecord
    """The capture."""
    motion: MotionCommand
    """``T_pregrasp_tool``: where it was taken, with the part where it really lay."""
    estimate: Estimate
    """The answer."""
    rest: MotionCommand
    """What is left to move after moving by the answer."""

    def trouble(self, tolerance: Tolerance, typical: float) -> Trouble:
        """How hard the capture was.

        The error as a share of the tolerance, and how much less of the picture agrees than
        usual: captures that were learned from are answered too well, but the patches do not
        agree any better for it.
        """
        if not self.estimate.trusted:
            return Trouble(self.motion, NOT_TRUSTED)
        error = max(
            self.rest.translation / tolerance.translation, self.rest.rotation / tolerance.rotation
        )
        disagreement = max(0.0, 1.0 - self.estimate.confidence / max(typical, 1e-6))
        return Trouble(self.motion, min(error + disagreement, NOT_TRUSTED))


@dataclass(frozen=True, slots=True)
class Bound:
    """What one look may be off by."""

    judges: int
    trusted: int
    mm: float | None
    deg: float | None
    level: float


def ask(
    dataset: Dataset, model: Path, report_progress: ReportProgress, token: CancelToken
) -> Iterator[Judged]:
    """A model's answers to the captures that it was trained beside.

    Args:
        dataset: The captures.
        model: Folder of a model made from exactly these captures, with its report.
        report_progress: Told after every capture.
        token: Cancelling it ends the asking.

    Raises:
        CancelledError: It was cancelled.
        ModelError: The model cannot be used.
        DatasetError: A picture is missing or damaged.
    """
    estimator = load_estimator(model, dataset.card.task)
    places = json.loads((model / REPORT).read_text(encoding="utf-8"))["captures"]
    records = [r for r in dataset.records if r.kind is not CaptureKind.EMPTY]
    for number, (record, place) in enumerate(zip(records, places, strict=True)):
        token.raise_if_cancelled()
        report_progress("judge", number, len(records), "")
        if record.kind is CaptureKind.ANCHOR:
            continue
        motion = MotionCommand(place["x_mm"] * MM, place["y_mm"] * MM, place["theta_deg"] * DEG)
        estimate = estimator.estimate(dataset.image(record))
        yield Judged(record, motion, estimate, estimate.motion.inverse() @ motion.inverse())
    report_progress("judge", len(records), len(records), "")


def bound(judged: Sequence[Judged]) -> Bound:
    """The conformal bound of one look from anywhere; a look not trusted is infinitely wrong.

    Only judges count: captures that were drawn as a servo's starts are, and that neither
    taught the model nor said where to look next.
    """
    judges = [each for each in judged if each.record.kind is CaptureKind.JUDGE]
    if not judges:
        return Bound(0, 0, None, None, 0.0)
    trusted = [each.estimate.trusted for each in judges]
    mm, level = conformal([_or_infinite(j, j.rest.translation / MM) for j in judges])
    deg, _ = conformal([_or_infinite(j, j.rest.rotation / DEG) for j in judges])
    finite = math.isfinite(mm) and math.isfinite(deg)
    return Bound(
        len(judges),
        sum(trusted),
        round(mm, 4) if finite else None,
        round(deg, 4) if finite else None,
        level,
    )


def _or_infinite(judged: Judged, error: float) -> float:
    return error if judged.estimate.trusted else math.inf
