"""A part is found by its edges, from elsewhere, half covered, on tables of any brightness."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from tests.perception.conftest import enlarged, fitted_map

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import Pyramid
from pregrasp.perception.shape import SHRINK, Shape, ShapeSearch, edge_directions

TIMES = 4
"""The stand-in camera's pictures are enlarged so much."""
TURNS = 30 * DEG
FAR = MotionCommand(22 * MM, -14 * MM, 25 * DEG)


def picture(image: Image) -> Image:
    size = (image.shape[1] * TIMES, image.shape[0] * TIMES)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def plate(camera: Any, motion: MotionCommand, *, table: float, part: float = 120.0) -> Image:
    """A blank part with three holes, in one piece with nothing but its outline to go by."""
    image = np.full(camera.size[::-1], table, np.uint8)
    corners = camera.seen(motion, camera.outline).round().astype(np.int32)
    cv2.fillPoly(image, [corners], part)
    for hole in camera.seen(motion, np.array([[150.0, 130.0], [210.0, 150.0], [330.0, 240.0]])):
        cv2.circle(image, [round(float(v)) for v in hole], 7, 20, -1)
    return picture(np.asarray(image, np.uint8))


@pytest.fixture(scope="module")
def large_map(camera: Any) -> ImageMap:
    return fitted_map(camera, TIMES)


@pytest.fixture(scope="module")
def shape(camera: Any) -> Shape:
    mask = np.zeros(camera.size[::-1], np.uint8)
    mask[100:260, 120:360] = 255
    return Shape.of(plate(camera, MotionCommand(), table=60), picture(mask), TURNS)


def places(shape: Shape, image_map: ImageMap, image: Image) -> list[MotionCommand]:
    return ShapeSearch(shape, image_map).find(Pyramid(image).at(SHRINK), 6)


def near(found: MotionCommand, true: MotionCommand) -> bool:
    off = found.inverse() @ true
    return off.translation < 4 * MM and off.rotation < 4 * DEG


@pytest.mark.parametrize("table", [60.0, 200.0])
@pytest.mark.parametrize("motion", [MotionCommand(), FAR, MotionCommand(-30 * MM, 9 * MM, -0.5)])
def test_it_is_found_on_a_dark_and_on_a_bright_table(
    camera: Any, shape: Shape, large_map: ImageMap, motion: MotionCommand, table: float
) -> None:
    found = places(shape, large_map, plate(camera, motion, table=table))
    assert near(found[0], motion), found[0]


def test_it_is_found_under_a_sheet_with_lines_on_it(
    camera: Any, shape: Shape, large_map: ImageMap
) -> None:
    image = plate(camera, FAR, table=60)
    sheet = np.full_like(image, 230)
    sheet[::40] = sheet[1::40] = sheet[2::40] = 30
    covered = np.zeros_like(image)
    corners = np.array([[240.0, 80.0], [400.0, 80.0], [400.0, 280.0], [240.0, 280.0]])
    cv2.fillPoly(
        covered, [enlarged(camera.seen(FAR, corners), TIMES).round().astype(np.int32)], 255
    )
    found = places(shape, large_map, np.where(covered > 0, sheet, image).astype(np.uint8))
    assert any(near(place, FAR) for place in found[:3]), found


def test_it_is_found_where_the_picture_ends(camera: Any, shape: Shape, large_map: ImageMap) -> None:
    away = MotionCommand(60 * MM)
    image = plate(camera, away, table=60)
    assert near(places(shape, large_map, image)[0], away)


def test_places_are_apart_and_no_more_than_wanted(
    camera: Any, shape: Shape, large_map: ImageMap
) -> None:
    search = ShapeSearch(shape, large_map)
    small = Pyramid(plate(camera, FAR, table=60)).at(SHRINK)
    found = search.find(small, 6)
    assert len(found) == 6
    assert search.find(small, 2) == found[:2]
    for i, place in enumerate(found):
        assert all((place.inverse() @ other).distance > 5.0 for other in found[:i])


def test_an_edge_has_the_same_direction_from_both_its_sides() -> None:
    step = np.tile(np.repeat(np.array([20, 220], np.uint8), 8), (16, 1))
    there, back = edge_directions(step), edge_directions(255 - step)
    np.testing.assert_allclose(there, back, atol=1e-6)
    cos, sin = there[:, 8, 8]
    assert cos > 0.8
    assert abs(sin) < 1e-6
    assert not edge_directions(np.full((8, 8), 77, np.uint8)).any()


def test_it_is_read_back(shape: Shape) -> None:
    again = Shape.unpack(shape.pack())
    np.testing.assert_array_equal(again.picture, shape.picture)
    np.testing.assert_array_equal(again.mask, shape.mask)
    assert again.turns == pytest.approx(shape.turns)
