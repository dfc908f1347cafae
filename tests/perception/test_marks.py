"""A part that repeats itself is known by the places where it breaks its own pattern."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import Pyramid
from pregrasp.perception.marks import Look, Marks
from pregrasp.perception.training.last_inch import Labelled
from pregrasp.perception.training.marks import find_marks

TILE = 25
"""The pattern repeats after so many pixels."""
AWAY = MotionCommand(1 * MM, 0.5 * MM, 1 * DEG)


def patterned(camera: Any, *breaks: tuple[int, int]) -> Any:
    """The same camera over a part with a pattern, which is blank where it is broken [px]."""
    other = copy.copy(camera)
    tile = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 160, (TILE, TILE)), (0, 0), 1.6)
    other._part = np.tile(120 + 2 * tile, (40, 48)).astype(np.float32)
    for u, v in breaks:
        column, row = (u + 240) // TILE * TILE, (v + 240) // TILE * TILE
        other._part[row : row + TILE, column : column + TILE] = 120.0
    return other


def repeats(camera: Any) -> list[MotionCommand]:
    steps = camera.plane(np.array([[0.0, 0.0], [TILE, 0.0], [0.0, TILE]]))
    return [MotionCommand(float(x), float(y)) for x, y in (steps[1:] - steps[0])]


def learned(camera: Any, image_map: ImageMap, shown: Any = None) -> Marks | None:
    """What is found on one camera's taught picture and recognised in another's captures."""
    mask = np.zeros(camera.size[::-1], np.uint8)
    mask[104:256, 124:356] = 255
    motions = [MotionCommand(i * MM, -i * MM, i * DEG) for i in range(-3, 4)]
    captures = [Labelled((shown or camera).take(m, seed=i), m) for i, m in enumerate(motions)]
    taught = camera.take(MotionCommand())
    return find_marks(taught, mask, image_map, repeats(camera), captures)


@pytest.fixture(scope="module")
def own(camera: Any) -> Any:
    return patterned(camera, (220, 180), (300, 130))


@pytest.fixture(scope="module")
def marks(own: Any, image_map: ImageMap) -> Marks:
    found = learned(own, image_map)
    assert found is not None
    return found


def look(marks: Marks, image_map: ImageMap, image: Image) -> Look:
    return marks.look(Pyramid(image), image_map, AWAY)


def test_marks_lie_where_the_pattern_is_broken(marks: Marks, image_map: ImageMap) -> None:
    breaks = np.array([[222.5, 172.5], [297.5, 122.5]])
    away = np.linalg.norm(image_map.pixels(marks.centres)[:, None] - breaks, axis=2)
    assert (away.min(axis=1) < TILE).all(), "each is at a break"
    assert (away.min(axis=0) < TILE).all(), "each break has one"


def test_the_part_shows_its_marks_from_elsewhere(
    own: Any, marks: Marks, image_map: ImageMap
) -> None:
    seen = look(marks, image_map, own.take(AWAY, table_seed=5))
    assert seen == Look(total=len(marks.centres), shown=len(marks.centres), contradicted=0)


def test_a_sibling_shows_the_pattern_where_the_part_breaks_it(
    camera: Any, marks: Marks, image_map: ImageMap
) -> None:
    sibling = patterned(camera, (160, 230), (330, 210))
    seen = look(marks, image_map, sibling.take(AWAY))
    assert seen.contradicted > 0.8 * seen.total
    assert seen.shown < 0.2 * seen.total


def test_a_covered_mark_says_nothing(own: Any, marks: Marks, image_map: ImageMap) -> None:
    image = own.take(AWAY)
    sheet = np.array([[190.0, 90.0], [370.0, 90.0], [370.0, 270.0], [190.0, 270.0]])
    cv2.fillPoly(image, [own.seen(AWAY, sheet).round().astype(np.int32)], 200)
    seen = look(marks, image_map, image)
    assert (seen.shown, seen.contradicted) == (0, 0)


def test_a_pattern_without_a_break_has_no_marks(camera: Any, image_map: ImageMap) -> None:
    assert learned(patterned(camera), image_map) is None


def test_a_part_that_does_not_repeat_itself_has_no_marks(own: Any, image_map: ImageMap) -> None:
    mask = np.full(own.size[::-1], 255, np.uint8)
    assert find_marks(own.take(MotionCommand()), mask, image_map, [], []) is None


def test_what_only_the_taught_picture_shows_is_no_mark(
    camera: Any, own: Any, image_map: ImageMap
) -> None:
    """A reflection at the moment of teaching breaks the pattern, but only then."""
    assert learned(own, image_map, shown=patterned(camera)) is None


def test_marks_are_kept_to_half_precision(own: Any, marks: Marks, image_map: ImageMap) -> None:
    again = Marks.unpack(marks.pack())
    assert again.spacing == marks.spacing
    assert again.shrink == marks.shrink
    np.testing.assert_array_equal(again.centres, marks.centres)
    np.testing.assert_allclose(again.own, marks.own, atol=2e-3)
    image = own.take(AWAY)
    assert look(again, image_map, image) == look(marks, image_map, image)


def test_only_the_part_with_its_marks_is_trusted(
    camera: Any, own: Any, marks: Marks, image_map: ImageMap
) -> None:
    from tests.perception.test_model_estimator import trained

    from pregrasp.perception.model_estimator import ModelEstimator

    estimator = ModelEstimator(replace(trained(own, image_map), marks=marks, landmarks=None))
    places = [AWAY @ MotionCommand(n * 0.3 * MM, -n * 0.2 * MM) for n in range(4)]
    assert all(estimator.estimate(own.take(place)).trusted for place in places)
    sibling = patterned(camera, (160, 230), (330, 210))
    # One mark that is missing is enough: print is in the same place on all boards of a family.
    cousin = patterned(camera, (220, 180), (330, 210))
    for other in (sibling, cousin):
        refused = [estimator.estimate(other.take(place)) for place in places]
        assert not any(answer.trusted for answer in refused)
        # Where the network led to another repeat, it is that which is said.
        told = f"of the {len(marks.centres)} places where flat breaks it"
        assert any(told in answer.reason for answer in refused)
    without = ModelEstimator(replace(estimator.model, marks=None, aliases=()))
    assert without.estimate(sibling.take(AWAY)).trusted, "without marks nobody could tell"
