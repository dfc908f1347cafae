"""Bounds come from judges only, and an answer that is not trusted is infinitely wrong."""

from __future__ import annotations

import pytest

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.jobs.judging import NOT_TRUSTED, Judged, bound
from pregrasp.perception.dataset import CaptureRecord
from pregrasp.perception.estimator import Estimate
from pregrasp.perception.sampling import CaptureKind
from pregrasp.task import Tolerance

TOLERANCE = Tolerance(translation=0.8 * MM, rotation=0.6 * DEG)


def judged(
    error_mm: float = 0.1,
    *,
    trusted: bool = True,
    confidence: float = 0.8,
    kind: CaptureKind = CaptureKind.JUDGE,
) -> Judged:
    record = CaptureRecord(0, kind, 0, 0, Pose(), Pose(), 0.0)
    estimate = Estimate(MotionCommand(), confidence, trusted=trusted)
    return Judged(
        record, MotionCommand(0.03), estimate, MotionCommand(error_mm * MM, 0.0, 0.05 * DEG)
    )


def test_the_bound_is_the_worst_judge_of_twenty_and_captures_that_taught_do_not_count() -> None:
    judges = [judged(0.1 + 0.01 * k) for k in range(20)]
    taught = [judged(7.0, kind=CaptureKind.AIMED), judged(trusted=False, kind=CaptureKind.COARSE)]
    found = bound([*judges, *taught])
    assert (found.judges, found.trusted) == (20, 20)
    assert found.mm == pytest.approx(0.29)
    assert found.deg == pytest.approx(0.05)
    assert found.level == 0.95


def test_few_judges_say_less() -> None:
    assert bound([judged() for _ in range(9)]).level == 0.9
    assert bound([]).level == 0.0


def test_more_than_one_in_twenty_not_trusted_leaves_no_bound() -> None:
    judges = [judged() for _ in range(38)]
    assert bound([*judges, judged(trusted=False)]).mm == pytest.approx(0.1)
    found = bound([*judges, *(judged(trusted=False) for _ in range(4))])
    assert found.mm is None
    assert found.deg is None
    assert (found.judges, found.trusted) == (42, 38)


def test_trouble_grows_with_the_error_and_with_disagreement() -> None:
    easy = judged(0.08).trouble(TOLERANCE, 0.8).amount
    assert easy == pytest.approx(0.1)
    assert judged(0.4).trouble(TOLERANCE, 0.8).amount == pytest.approx(0.5)
    assert judged(0.08, confidence=0.4).trouble(TOLERANCE, 0.8).amount == pytest.approx(0.6)
    assert judged(9.0).trouble(TOLERANCE, 0.8).amount == NOT_TRUSTED
    assert judged(trusted=False).trouble(TOLERANCE, 0.8).amount == NOT_TRUSTED
