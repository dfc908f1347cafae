"""Local predictors find back from a few millimetres to a hundredth of one."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.image_map import ImageMap, move_points
from pregrasp.perception.last_inch import (
    SILENT,
    LastInch,
    Pyramid,
    Refined,
    flatten,
    patch_grid,
    sample_patches,
)
from pregrasp.perception.training.last_inch import Labelled, LevelPlan, fit_levels

PLANS = (
    LevelPlan(shrink=4, side=12, patches=24, range=3.0, near=100.0, examples=900),
    LevelPlan(shrink=1, side=16, patches=32, range=0.6, near=100.0, examples=900, blind=2),
)


def motions(count: int, seed: int) -> list[MotionCommand]:
    rng = np.random.default_rng(seed)
    rows = rng.uniform(-1, 1, (count, 3)) * (4 * MM, 4 * MM, 6 * DEG)
    return [MotionCommand(float(x), float(y), float(theta)) for x, y, theta in rows]


@pytest.fixture(scope="module")
def mask(camera: Any) -> Any:
    inside = np.zeros(camera.size[::-1], np.uint8)
    inside[100:260, 120:360] = 255
    return inside


@pytest.fixture(scope="module")
def last_inch(camera: Any, image_map: Any, mask: Any) -> LastInch:
    captures = [Labelled(camera.take(m, seed=i), m) for i, m in enumerate(motions(40, 1))]
    taught = camera.take(MotionCommand())
    levels = fit_levels(captures, image_map, taught, mask, np.random.default_rng(0), PLANS)
    return LastInch(levels, image_map)


def off_after(last_inch: LastInch, image: Any, true: MotionCommand) -> tuple[float, float, float]:
    refined = last_inch.refine(Pyramid(image), true @ MotionCommand(2 * MM, -2 * MM, 2 * DEG))
    off = refined.motion.inverse() @ true
    return off.translation / MM, off.rotation / DEG, refined.agreeing


@pytest.mark.slow
def test_it_finds_back_from_three_millimetres(camera: Any, last_inch: LastInch) -> None:
    for i, motion in enumerate(motions(8, 2)):
        translation, rotation, agreeing = off_after(last_inch, camera.take(motion, seed=i), motion)
        assert translation < 0.03
        assert rotation < 0.1
        assert agreeing > 0.6


def test_patches_are_in_view_as_long_as_all_of_their_pixels_are(
    camera: Any, image_map: ImageMap
) -> None:
    rng = np.random.default_rng(4)
    width, height = camera.size
    motion = MotionCommand(2 * MM, -1 * MM, 25 * DEG)
    # Where they are seen: on both sides of the left and the lower edge.
    seen_at = np.concatenate(
        [
            rng.uniform((-2, 40), (14, height - 40), (100, 2)),
            rng.uniform((40, height - 14), (width - 40, height + 2), (100, 2)),
        ]
    )
    centres = move_points(motion.inverse(), image_map.plane(seen_at))
    grid = patch_grid(12, image_map.scale)
    pyramid = Pyramid(np.full((height, width), 90, np.uint8))
    _, _, inside = sample_patches(pyramid, image_map, 1, centres, grid, motion)
    for centre, whole in zip(centres, inside, strict=True):
        seen = image_map.pixels(move_points(motion, centre + grid.T))
        margin = float(np.minimum(seen, (width - 1, height - 1) - seen).min())
        # Within a hundredth of a pixel, either is right.
        assert abs(margin) < 0.01 or whole == (margin > 0)
    assert 50 < inside.sum() < 150


@pytest.mark.slow
def test_another_table_changes_nothing(camera: Any, last_inch: LastInch) -> None:
    motion = motions(1, 3)[0]
    image = camera.take(motion, table_seed=77, seed=5)
    translation, _, agreeing = off_after(last_inch, image, motion)
    assert translation < 0.03
    assert agreeing > 0.6


@pytest.mark.slow
def test_half_of_the_light_changes_little(camera: Any, last_inch: LastInch) -> None:
    motion = motions(1, 4)[0]
    image = (camera.take(motion, seed=5) * 0.5).astype(np.uint8)
    assert off_after(last_inch, image, motion)[0] < 0.05


@pytest.mark.slow
def test_a_covered_half_is_not_heard(camera: Any, last_inch: LastInch) -> None:
    motion = motions(1, 5)[0]
    image = camera.take(motion, seed=5)
    covered = image.copy()
    covered[:, 250:] = camera.take(motion, empty=True, table_seed=8)[:, 250:]
    whole = off_after(last_inch, image, motion)
    translation, _, agreeing = off_after(last_inch, covered, motion)
    assert translation < 0.1
    assert 0.2 < agreeing < 0.8 * whole[2]


@pytest.mark.slow
def test_an_empty_table_agrees_with_nothing(camera: Any, last_inch: LastInch) -> None:
    image = camera.take(MotionCommand(), empty=True)
    assert off_after(last_inch, image, MotionCommand())[2] < 0.2


@pytest.mark.slow
def test_a_few_heavy_patches_alone_are_no_place(
    camera: Any, last_inch: LastInch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pregrasp.perception.last_inch.LEAST_MATCHING", 2.0)
    coarse, level = last_inch.levels
    pixels = last_inch.look_closely(Pyramid(camera.take(MotionCommand())), MotionCommand()).points
    few = np.argsort(pixels.sum(axis=1))[:3]
    image, shown = camera.take(MotionCommand(), empty=True), camera.take(MotionCommand())
    for u, v in pixels[few].round().astype(int):
        around = (slice(v - level.side, v + level.side), slice(u - level.side, u + level.side))
        image[around] = shown[around]
    precision = level.precision.copy()
    precision[few] = 50.0
    heavy = dataclasses.replace(level, precision=precision)
    seen = LastInch((coarse, heavy), last_inch._image_map)
    assert seen.look_closely(Pyramid(image), MotionCommand()).agreeing == 0.0
    monkeypatch.setattr("pregrasp.perception.last_inch.MATCHING_SHARE", 0.0)
    alone = seen.look_closely(Pyramid(image), MotionCommand())
    assert alone.agreeing > 0.7
    assert 2.0 < alone.weights.sum() < len(pixels) / 6


def test_light_that_falls_off_and_bends_over_a_patch_leaves_nothing_of_itself() -> None:
    rng = np.random.default_rng(0)
    patches = rng.uniform(0, 200, (3, 256)).astype(np.float32)
    y, x = np.mgrid[-1:1:16j, -1:1:16j]
    slope = (30 * x - 20 * y + 40).ravel().astype(np.float32)
    bend = (25 * x * x - 15 * x * y).ravel().astype(np.float32)
    np.testing.assert_allclose(flatten(patches + slope, 1)[0], flatten(patches, 1)[0], atol=1e-4)
    np.testing.assert_allclose(
        flatten(patches + slope + bend, 2)[0], flatten(patches, 2)[0], atol=1e-4
    )
    assert np.abs(flatten(patches + bend, 1)[0] - flatten(patches, 1)[0]).max() > 0.01
    assert np.abs(flatten(patches + slope, 0)[0] - flatten(patches, 0)[0]).max() > 0.01


def test_the_contrast_of_a_patch_is_told_in_grey_values() -> None:
    stripes = np.tile(np.array([100, 120], np.float32), (1, 128))
    assert flatten(stripes)[1] == pytest.approx(np.sqrt(10.0**2 + 4.0))


@pytest.mark.slow
def test_a_lamp_that_mirrors_in_the_part_changes_little(camera: Any, last_inch: LastInch) -> None:
    motion = motions(1, 6)[0]
    rows, columns = np.mgrid[0 : camera.size[1], 0 : camera.size[0]]
    spot = 150.0 * np.exp(-((columns - 230.0) ** 2 + (rows - 170.0) ** 2) / (2 * 45.0**2))
    image = np.clip(camera.take(motion, seed=5) * 0.4 + spot, 0, 255).astype(np.uint8)
    translation, rotation, agreeing = off_after(last_inch, image, motion)
    assert translation < 0.03
    assert rotation < 0.06
    assert agreeing > 0.6


@pytest.mark.slow
def test_another_part_contradicts_and_a_sheet_is_silent(camera: Any, last_inch: LastInch) -> None:
    image = camera.take(MotionCommand(), seed=5)
    other, sheet = image.copy(), image.copy()
    other[:, 240:] = image[::-1, 240:]
    sheet[:, 240:] = 128
    looks = [last_inch.refine(Pyramid(each), MotionCommand()) for each in (image, other, sheet)]
    whole, half_other, half_hidden = looks
    assert whole.contradicting < 0.05
    assert half_other.contradicting > 0.3
    assert half_hidden.contradicting < 0.1
    assert whole.confidence > half_hidden.confidence > half_other.confidence + 0.1


@pytest.mark.slow
def test_half_of_the_light_makes_nobody_silent(camera: Any, last_inch: LastInch) -> None:
    """Another part is another part in the dark, too."""
    image = camera.take(MotionCommand(), seed=5)
    other = image.copy()
    other[:, 240:] = image[::-1, 240:]
    dark = (other * 0.35).astype(np.uint8)
    assert last_inch.refine(Pyramid(dark), MotionCommand()).contradicting > 0.3


def test_confidence_counts_what_is_said_and_a_little_of_what_is_not() -> None:
    def look(agreeing: float, contradicting: float) -> Refined:
        nothing = np.empty(0)
        return Refined(MotionCommand(), agreeing, 0.0, contradicting, 1.0, nothing, nothing)

    assert look(1.0, 0.0).confidence == 1.0
    assert look(0.0, 0.0).confidence == 0.0
    assert look(0.5, 0.5).confidence == 0.5
    assert look(0.5, 0.0).confidence == pytest.approx(0.5 / (0.5 + SILENT * 0.5))


@pytest.mark.slow
def test_the_finest_level_is_asked_near_the_goal_only(
    camera: Any, image_map: Any, mask: Any
) -> None:
    captures = [Labelled(camera.take(m, seed=i), m) for i, m in enumerate(motions(40, 1))]
    taught = camera.take(MotionCommand())
    plans = (PLANS[0], dataclasses.replace(PLANS[1], within=3.0))
    levels = fit_levels(captures, image_map, taught, mask, np.random.default_rng(0), plans)
    assert [level.within for level in levels] == [math.inf, 3.0]
    refining = LastInch(levels, image_map)
    near, far = MotionCommand(1 * MM, 0.0, 0.0), MotionCommand(4 * MM, 0.0, 4 * DEG)
    assert len(refining.refine(Pyramid(camera.take(near)), near).weights) == len(levels[1].centres)
    assert len(refining.refine(Pyramid(camera.take(far)), far).weights) == len(levels[0].centres)
    assert len(refining.look_closely(Pyramid(taught), far).weights) == len(levels[0].centres)


def test_a_part_without_structure_is_refused(camera: Any, image_map: Any, mask: Any) -> None:
    blank = np.full(camera.size[::-1], 128, np.uint8)
    with pytest.raises(TrainingError, match="too little structure"):
        fit_levels(
            [Labelled(blank, MotionCommand())] * 20,
            image_map,
            blank,
            mask,
            np.random.default_rng(0),
            PLANS,
        )
