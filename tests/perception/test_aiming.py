"""Rounds of an active collection have judges of their own and go where there is trouble."""

from __future__ import annotations

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.aiming import (
    Trouble,
    first_round,
    next_round,
    servo_starts,
    take_aim,
    words,
)
from pregrasp.perception.sampling import CaptureKind, Collection, Rounds, Sample, Workspace

SPACE = Workspace(x=40 * MM, y=30 * MM, theta=20 * DEG)
WANTED = Collection(anchors=2, rounds=Rounds(captures_first=40, judge_share=0.35))


def corner_trouble(seed: int = 1) -> list[Trouble]:
    """Captures all over the workspace, hard only where x and y are large."""
    rng = np.random.default_rng(seed)
    motions = [
        MotionCommand(*(float(v) for v in rng.uniform(-1, 1, 3) * (SPACE.x, SPACE.y, SPACE.theta)))
        for _ in range(120)
    ]
    return [Trouble(m, 2.0 if m.x > 20 * MM and m.y > 10 * MM else 0.05) for m in motions]


def count(samples: list[Sample], kind: CaptureKind) -> int:
    return sum(sample.kind is kind for sample in samples)


def test_the_first_round_has_two_placements_and_judges_in_both() -> None:
    samples = first_round(WANTED, SPACE)
    assert len(samples) == 44
    assert [count([s for s in samples if s.placement == p], CaptureKind.JUDGE) for p in (0, 1)] == [
        9,
        5,
    ]
    assert count(samples, CaptureKind.ANCHOR) == 4
    assert count(samples, CaptureKind.AIMED) == 0


def test_judges_are_drawn_as_a_whole_collection_is() -> None:
    rounds = Rounds(captures_first=600, judge_share=0.5, captures_max=600)
    judges = [
        s.motion
        for s in first_round(Collection(rounds=rounds, fine_share=0.4), SPACE)
        if s.kind is CaptureKind.JUDGE
    ]
    near = [m for m in judges if abs(m.x) <= 2 * MM and abs(m.y) <= 2 * MM]
    assert len(near) / len(judges) == pytest.approx(0.4, abs=0.03)
    far = np.array([(m.x, m.y, m.theta) for m in judges if m not in near])
    assert np.all(np.abs(far).max(axis=0) > 0.9 * np.array([SPACE.x, SPACE.y, SPACE.theta]))


def test_pictures_go_where_there_was_trouble_and_judges_do_not() -> None:
    aim = take_aim(np.random.default_rng(0), SPACE, corner_trouble())
    samples = next_round(WANTED, SPACE, 1, aim, 60)
    aimed = [s.motion for s in samples if s.kind is CaptureKind.AIMED]
    judges = [s.motion for s in samples if s.kind is CaptureKind.JUDGE]
    assert len(aimed) + len(judges) == 60 - round((60 - len(judges)) * 0.25)

    def in_corner(motions: list[MotionCommand]) -> float:
        return float(np.mean([m.x > 10 * MM and m.y > 5 * MM for m in motions]))

    assert in_corner(aimed) > 0.6
    assert in_corner(judges) < 0.4
    assert aim.worst.x > 15 * MM
    assert aim.worst.y > 5 * MM


def test_servo_runs_begin_in_the_worst_places() -> None:
    aim = take_aim(np.random.default_rng(0), SPACE, corner_trouble())
    starts = servo_starts(WANTED, 1, aim)
    assert len({s.motion for s in starts}) == 2
    for start in starts:
        assert start.kind is CaptureKind.SERVO
        assert start.placement == 0
        assert start.motion.x > 10 * MM


def test_a_place_without_captures_is_worth_a_look() -> None:
    """Everything is easy, but nobody has been where x is positive."""
    seen = [t for t in corner_trouble() if t.motion.x < 0]
    easy = [Trouble(t.motion, 0.5 if k % 8 == 0 else 0.05) for k, t in enumerate(seen)]
    aim = take_aim(np.random.default_rng(0), SPACE, easy)
    beyond = [e for m, e in zip(aim.candidates, aim.expected, strict=True) if m.x > 30 * MM]
    known = [e for m, e in zip(aim.candidates, aim.expected, strict=True) if m.x < -10 * MM]
    assert np.median(beyond) > 2 * np.median(known)


def test_with_nothing_known_all_places_are_alike() -> None:
    aim = take_aim(np.random.default_rng(0), SPACE, [])
    samples = next_round(WANTED, SPACE, 1, aim, 20)
    aimed = np.array([s.motion.x for s in samples if s.kind is CaptureKind.AIMED])
    assert np.ptp(aimed) > SPACE.x


def test_the_same_troubles_lead_to_the_same_round() -> None:
    rounds = [
        next_round(WANTED, SPACE, 3, take_aim(np.random.default_rng(5), SPACE, corner_trouble()), 9)
        for _ in range(2)
    ]
    assert rounds[0] == rounds[1]
    assert {sample.placement for sample in rounds[0]} == {4}


def test_a_last_round_may_have_a_single_picture() -> None:
    aim = take_aim(np.random.default_rng(0), SPACE, [])
    assert len(next_round(WANTED, SPACE, 1, aim, 1)) == 3


def test_places_are_told_in_units_that_people_use() -> None:
    assert words(MotionCommand(31 * MM, -12 * MM, -20 * DEG)) == "+31, -12 mm, -20 deg"


@pytest.mark.parametrize(
    "wrong",
    [
        {"captures_first": 10},
        {"captures_each": 0},
        {"steps": 0},
        {"captures_max": 30},
        {"servo_runs": -1},
        {"judge_share": 1.0},
        {"judge_share": 0.0},
        {"explore_share": 1.2},
    ],
)
def test_impossible_rounds_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Rounds(**wrong)  # type: ignore[arg-type]
