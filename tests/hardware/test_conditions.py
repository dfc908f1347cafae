from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from pregrasp.frames import MM, MotionCommand
from pregrasp.hardware.simulation.conditions import Condition, Scene, draw_scene, start_offset
from pregrasp.hardware.simulation.light_field import (
    MirroredLamp,
    Ramp,
    look_at_plane,
    mirrored_light,
    ramp_light,
)
from pregrasp.hardware.simulation.specification import Generator, Part, Texture

PART = Part(
    length=80 * MM,
    width=60 * MM,
    thickness=4 * MM,
    texture=Texture(generator=Generator.CIRCUIT_BOARD, seed=7),
)
DOWN = np.eye(3)
"""Axes of a camera that looks straight down."""


def draw(condition: Condition, seed: int = 0) -> Scene:
    return draw_scene(condition, PART, np.random.default_rng(seed))


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_is_described_and_reproducible(condition: Condition) -> None:
    assert condition.description
    assert draw(condition, 5) == draw(condition, 5)
    assert draw(condition).condition is condition


@pytest.mark.parametrize("condition", set(Condition) - {Condition.LENS_COVERED})
def test_the_strength_differs_from_episode_to_episode(condition: Condition) -> None:
    assert draw(condition, 1) != draw(condition, 2)


def test_where_there_is_nothing_to_grasp_only_refusing_is_right() -> None:
    hopeless = {condition for condition in Condition if not condition.graspable}
    assert hopeless == {
        Condition.NO_OBJECT, Condition.WRONG_OBJECT, Condition.UPSIDE_DOWN, Condition.LENS_COVERED,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "share"), [(Condition.OCCLUDED_30, 0.3), (Condition.OCCLUDED_60, 0.6)]
)
def test_occluders_hide_the_share_that_they_are_named_after(
    condition: Condition, share: float
) -> None:
    shares = []
    for seed in range(12):
        canvas = np.zeros((600, 800), np.uint8)
        for thing in draw(condition, seed).things:
            corners = (
                0.5 * np.array([thing.length, thing.width]) * [(-1, -1), (1, -1), (1, 1), (-1, 1)]
            )
            c, s = math.cos(thing.angle), math.sin(thing.angle)
            placed = corners @ np.array([[c, s], [-s, c]]) + [thing.x, thing.y]
            pixels = np.round(placed * 1e4 + [400, 300]).astype(np.int32)
            cv2.fillPoly(canvas, [pixels], 255)
        shares.append((canvas > 0).mean())
    assert np.mean(shares) == pytest.approx(share, abs=0.04)
    assert np.ptp(shares) < 0.2


def test_a_partial_view_shows_the_share_that_was_asked_for() -> None:
    for seed in range(10):
        start = start_offset(0.4, PART, np.random.default_rng(seed))
        across = max(0.0, 40 * MM + min(40 * MM, 112 * MM - abs(start.x)))
        along = max(0.0, 30 * MM + min(30 * MM, 84 * MM - abs(start.y)))
        assert across * along / (PART.length * PART.width) == pytest.approx(0.4, abs=0.01)


def test_a_part_on_its_face_rests_on_the_table() -> None:
    position, quaternion = draw(Condition.UPSIDE_DOWN).resting_pose(
        PART, MotionCommand(0.37, 0.02, 0.5)
    )
    w, x, y, z = quaternion
    assert 1.0 - 2.0 * (x * x + y * y) == pytest.approx(-1.0)  # its z axis points down
    assert np.linalg.norm([w, x, y, z]) == pytest.approx(1.0)
    assert position[2] == pytest.approx(PART.thickness)


def test_the_part_of_an_empty_table_lies_out_of_sight() -> None:
    position, _ = draw(Condition.NO_OBJECT).resting_pose(PART, MotionCommand(0.37, 0.0, 0.0))
    assert np.hypot(position[0] - 0.37, position[1]) > 0.3


def test_a_wrong_object_has_the_size_of_the_right_one_and_another_look() -> None:
    for seed in range(20):
        other = draw(Condition.WRONG_OBJECT, seed).shown(PART)
        assert (other.length, other.width, other.thickness) == (
            PART.length, PART.width, PART.thickness,
        )  # fmt: skip
        assert other.texture != PART.texture


def test_clutter_keeps_clear_of_the_part() -> None:
    for seed in range(10):
        for thing in draw(Condition.CLUTTER, seed).things:
            reach = 0.5 * max(thing.length, thing.width)
            away = math.hypot(thing.x, thing.y)
            assert away > 50 * MM or reach < away - 30 * MM


def test_a_ramp_stays_in_the_cell_when_the_camera_moves() -> None:
    start = MotionCommand(0.37, 0.0, math.pi / 2).matrix()
    ramp = Ramp(slope_x=5.0, slope_y=0.0)  # along the part's x, which is the base's y
    for x, y in ((0.37, 0.0), (0.40, 0.03)):
        view = look_at_plane(np.array([x, y, 0.26]), DOWN, 0.32, 0.0)
        light = ramp_light(view, ramp, start)
        at = np.unravel_index(
            np.argmin(np.abs(view.points - [0.37, 0.05]).sum(axis=2)), light.shape
        )
        assert light[at] == pytest.approx(1.25, abs=0.01)


def test_a_mirrored_lamp_wanders_with_the_camera_and_shows_on_the_part() -> None:
    start = MotionCommand(0.37, 0.0, 0.0).matrix()
    outline = np.array([[0.33, -0.03], [0.41, -0.03], [0.41, 0.03], [0.33, 0.03]])
    lamp = MirroredLamp(x=0.0, y=0.0, height=1.04, radius=0.008, strength=200.0)
    places = []
    for x in (0.37, 0.39):
        view = look_at_plane(np.array([x, 0.0, 0.264]), DOWN, 0.32, 0.004)
        added = mirrored_light(view, (lamp,), start, outline, 1.0)
        row, column = np.unravel_index(np.argmax(added), added.shape)
        places.append(view.points[row, column])
        assert added.max() > 150
    assert places[1][0] - places[0][0] == pytest.approx(0.02 * (1.0 - 0.26 / 1.296), abs=2 * MM)
