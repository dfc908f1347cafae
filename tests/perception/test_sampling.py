"""Sampling plans are complete, repeatable and inside the workspace."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pregrasp.frames import DEG, MM
from pregrasp.perception.sampling import (
    CaptureKind,
    Collection,
    Distribution,
    Sample,
    Workspace,
    draw,
    plan,
)

SPACE = Workspace(x=40 * MM, y=30 * MM, theta=20 * DEG)


@pytest.mark.parametrize("distribution", list(Distribution))
def test_a_plan_has_every_capture_and_its_anchors(distribution: Distribution) -> None:
    wanted = Collection(captures=50, placements=3, anchors=2, distribution=distribution)
    samples = list(plan(wanted, SPACE))
    anchors = [s for s in samples if s.kind is CaptureKind.ANCHOR]
    assert len(anchors) == 6
    assert len(samples) == 56
    assert {s.placement for s in samples} == {0, 1, 2}
    for sample in samples:
        assert abs(sample.motion.x) <= SPACE.x
        assert abs(sample.motion.y) <= SPACE.y
        assert abs(sample.motion.theta) <= SPACE.theta


def test_where_the_part_was_taught_twice_as_many_pictures_are_taken() -> None:
    samples = list(plan(Collection(captures=300, anchors=1), SPACE))
    counts = [sum(s.placement == place for s in samples) - 1 for place in range(6)]
    assert sum(counts) == 300
    assert counts[0] == pytest.approx(2 * 300 / 7, abs=1)
    assert all(count == pytest.approx(300 / 7, abs=1) for count in counts[1:])


@pytest.mark.parametrize(("captures", "places"), [(300, 6), (72, 6), (40, 3), (12, 1), (3, 1)])
def test_few_captures_are_not_spread_over_many_places(captures: int, places: int) -> None:
    samples = plan(Collection(captures=captures), SPACE)
    assert {sample.placement for sample in samples} == set(range(places))


def test_whoever_says_how_many_places_is_obeyed() -> None:
    samples = plan(Collection(captures=8, placements=4), SPACE)
    assert {sample.placement for sample in samples} == {0, 1, 2, 3}


def test_the_same_collection_always_has_the_same_plan() -> None:
    assert list(plan(Collection(captures=30), SPACE)) == list(plan(Collection(captures=30), SPACE))


def test_a_share_of_the_captures_is_fine() -> None:
    samples = list(plan(Collection(captures=100, placements=1, fine_share=0.3), SPACE))
    assert sum(s.kind is CaptureKind.FINE for s in samples) == 30


def test_the_plan_travels_much_less_than_a_random_order() -> None:
    samples = list(plan(Collection(captures=100, placements=1), SPACE))
    shuffled = [samples[i] for i in np.random.default_rng(0).permutation(len(samples))]

    def travelled(order: list[Sample]) -> float:
        steps = itertools.pairwise(order)
        return sum((a.motion.inverse() @ b.motion).translation for a, b in steps)

    assert travelled(samples) < 0.5 * travelled(shuffled)


def test_a_gaussian_is_denser_in_the_middle() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw(rng, SPACE, Distribution.GAUSSIAN).x for _ in range(400)]
    assert np.mean(np.abs(drawn) < 0.5 * SPACE.x) > 0.6


@pytest.mark.parametrize(
    "wrong", [{"captures": 0}, {"placements": 0}, {"anchors": 0}, {"fine_share": 1.5}]
)
def test_impossible_collections_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Collection(**wrong)  # type: ignore[arg-type]


def test_where_a_picture_is_taken_does_not_tell_when() -> None:
    """Both halves of a placement's time cover the whole workspace, fine captures included."""
    samples = [s for s in plan(Collection(captures=400, placements=1), SPACE) if s.motion.x]
    halves = samples[:200], samples[200:]
    for half in halves:
        assert {s.motion.x > 0 for s in half} == {True, False}
        middle = np.mean([(s.motion.x, s.motion.y, s.motion.theta) for s in half], axis=0)
        assert np.all(np.abs(middle) < 0.15 * np.array([SPACE.x, SPACE.y, SPACE.theta]))
        assert 60 <= sum(s.kind is CaptureKind.FINE for s in half) <= 100
