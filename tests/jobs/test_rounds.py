"""Rounds are remembered across killed runs, and end for a reason that is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.jobs.rounds import (
    FILE,
    RoundPlan,
    RoundResult,
    RoundsFile,
    bound_words,
    why_stop,
)
from pregrasp.perception.errors import DatasetError
from pregrasp.perception.sampling import CaptureKind, Sample
from pregrasp.task import Tolerance

TOLERANCE = Tolerance(translation=0.8 * MM, rotation=0.6 * DEG)
PLAN = RoundPlan(
    number=0,
    first=0,
    samples=(Sample(CaptureKind.JUDGE, 1, MotionCommand(0.0123, -0.004, 0.31)),),
    starts=(Sample(CaptureKind.SERVO, 0, MotionCommand(0.02)),),
)
GOOD = RoundResult(
    number=0,
    captures=60,
    pictures=71,
    judges=20,
    trusted=20,
    bound_mm=0.31,
    bound_deg=0.12,
    level=0.95,
    robot_s=66.0,
    training_s=80.0,
    worst="x +31, y -12 mm, -20 deg",
)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    rounds = RoundsFile(tmp_path)
    rounds.begin(PLAN)
    assert RoundsFile(tmp_path).pending is not None
    rounds.end(GOOD)
    again = RoundsFile(tmp_path)
    assert again.pending is None
    assert again.results == [GOOD]
    (plan,) = again.plans
    assert plan.samples[0].kind is CaptureKind.JUDGE
    assert plan.samples[0].motion.theta == pytest.approx(0.31)
    assert plan.starts[0].motion.x == pytest.approx(0.02)


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    RoundsFile(tmp_path).begin(PLAN)
    whole = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(whole + '{"result": {"number"')
    rounds = RoundsFile(tmp_path)
    assert rounds.pending is not None
    rounds.end(GOOD)
    assert RoundsFile(tmp_path).results == [GOOD]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"plan": 3}\n{"plan": 4}\n')
    with pytest.raises(DatasetError, match=r"rounds\.jsonl:1: damaged"):
        RoundsFile(tmp_path)


def test_a_bound_within_the_tolerance_ends_the_collection() -> None:
    reason = why_stop([GOOD], TOLERANCE, 0.95, 300)
    assert "0.310 mm and 0.120 deg at 95%" in reason
    assert "0.8 mm and 0.6 deg is met" in reason


@pytest.mark.parametrize(
    "worse",
    [
        {"bound_mm": 0.81},
        {"bound_deg": 0.61},
        {"bound_mm": None, "bound_deg": None},
        {"judges": 13, "level": 0.929},
    ],
)
def test_otherwise_it_goes_on_until_there_are_enough(worse: dict[str, float]) -> None:
    result = replace(GOOD, **worse)  # type: ignore[arg-type]
    assert why_stop([result], TOLERANCE, 0.95, 300) == ""
    reason = why_stop([result], TOLERANCE, 0.95, 60)
    assert "captures_max, 60, is reached" in reason
    assert bound_words(result) in reason


def test_without_a_bound_the_words_say_why() -> None:
    words = bound_words(replace(GOOD, bound_mm=None, bound_deg=None, trusted=3))
    assert words == "no bound, 3 of 20 judges are trusted"
