"""The picture decides: landmarks help a lost network, repeats are told apart or refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.features.landmarks import Landmarks
from pregrasp.perception.features.matching import SHRINK, find_features
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import LastInch, Pyramid
from pregrasp.perception.model import Model, Trust
from pregrasp.perception.model_estimator import ModelEstimator
from pregrasp.perception.shape import Shape
from pregrasp.perception.training.calibration import find_aliases
from pregrasp.perception.training.impostors import shuffled
from pregrasp.perception.training.last_inch import Labelled, LevelPlan, fit_levels
from pregrasp.task import library

PLANS = (
    LevelPlan(shrink=4, side=12, patches=24, range=3.0, near=100.0, examples=900),
    LevelPlan(shrink=1, side=16, patches=32, range=0.6, near=100.0, examples=900),
)
FAR = MotionCommand(14 * MM, -9 * MM, 25 * DEG)


def repeating(camera: Any) -> Any:
    """The same camera over a part that repeats itself every 25 pixels, 10 mm."""
    other = copy.copy(camera)
    tile = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 160, (25, 25)), (0, 0), 1.6)
    other._part = np.tile(120 + 2 * tile, (40, 48)).astype(np.float32)
    return other


def trained(camera: Any, image_map: ImageMap) -> Model:
    """A model whose network is another part's, so that its proposals are worth nothing."""
    rng = np.random.default_rng(1)
    rows = rng.uniform(-1, 1, (40, 3)) * (4 * MM, 4 * MM, 6 * DEG)
    motions = [MotionCommand(float(x), float(y), float(theta)) for x, y, theta in rows]
    captures = [Labelled(camera.take(m, seed=i), m) for i, m in enumerate(motions)]
    taught = camera.take(MotionCommand())
    mask = np.zeros(camera.size[::-1], np.uint8)
    mask[104:256, 124:356] = 255
    levels = fit_levels(captures, image_map, taught, mask, rng, PLANS)
    features = find_features(Pyramid(taught).at(SHRINK))
    columns, rows_ = features.pixels.round().astype(int).T
    on_part = mask[rows_, columns] > 0
    landmarks = Landmarks(
        image_map.plane(features.pixels[on_part]),
        features.descriptors[on_part],
        np.ones(int(on_part.sum())),
    )
    network = (library()["circuit_board"] / "model" / "network.tflite").read_bytes()
    trust = Trust(agreeing=0.2, typical=0.8)
    model = Model("flat", network, image_map, levels, landmarks, None, trust, (), None, {})
    return replace(model, aliases=find_aliases(model, taught))


@pytest.fixture(scope="module")
def model(camera: Any, image_map: ImageMap) -> Model:
    return trained(camera, image_map)


def half_hidden(camera: Any, motion: MotionCommand) -> Image:
    image = camera.take(motion)
    sheet = np.array([[100.0, 80.0], [235.0, 80.0], [235.0, 280.0], [100.0, 280.0]])
    cv2.fillPoly(image, [camera.seen(motion, sheet).round().astype(np.int32)], 200)
    return np.asarray(image, np.uint8)


@pytest.mark.slow
def test_landmarks_find_a_half_hidden_part_that_the_network_lost(camera: Any, model: Model) -> None:
    image = half_hidden(camera, FAR)
    found = ModelEstimator(model).estimate(image)
    off = found.motion.inverse() @ FAR
    assert found.trusted
    assert off.translation < 0.1 * MM
    assert off.rotation < 0.1 * DEG
    without = replace(model, landmarks=None)
    assert not ModelEstimator(without).estimate(image).trusted


@pytest.mark.slow
def test_edges_find_a_part_that_the_network_lost(camera: Any, model: Model) -> None:
    mask = np.zeros(camera.size[::-1], np.uint8)
    mask[104:256, 124:356] = 255
    shape = Shape.of(camera.take(MotionCommand()), mask, 30 * DEG)
    image = camera.take(FAR)
    found = ModelEstimator(replace(model, landmarks=None, shape=shape)).estimate(image)
    assert found.trusted
    assert (found.motion.inverse() @ FAR).translation < 0.1 * MM
    assert not ModelEstimator(replace(model, landmarks=None)).estimate(image).trusted


@pytest.mark.slow
def test_a_coarsest_level_that_glare_leads_astray_spoils_no_landmarks(
    camera: Any, model: Model
) -> None:
    coarsest, finest = model.levels
    weights = coarsest.weights.copy()
    # The better a patch looks like itself, the surer it is that the part lies 6 mm further on.
    weights[:, 0] += 6 * MM * coarsest.appearance / coarsest.side**2
    astray = replace(model, levels=(replace(coarsest, weights=weights), finest))
    found = ModelEstimator(astray).estimate(half_hidden(camera, FAR))
    assert found.trusted
    assert (found.motion.inverse() @ FAR).translation < 0.1 * MM
    # Without landmarks, it is seen at least that the tool stands at the goal already.
    alone = ModelEstimator(replace(astray, landmarks=None))
    assert alone.estimate(camera.take(MotionCommand(0.2 * MM))).trusted


@pytest.mark.slow
def test_what_is_not_the_part_scores_next_to_nothing(camera: Any, model: Model) -> None:
    estimator = ModelEstimator(model)
    image = camera.take(MotionCommand())
    for other in (
        camera.take(MotionCommand(), empty=True),
        shuffled(image, np.random.default_rng(2), tile=30),
        np.ascontiguousarray(image[:, ::-1]),
    ):
        answer = estimator.estimate(other)
        assert answer.confidence < 0.1
        assert not answer.trusted
        assert "looks like flat" in answer.reason


@pytest.mark.slow
def test_a_repeating_part_is_found_by_its_edges_and_refused_without_them(
    camera: Any, image_map: ImageMap
) -> None:
    camera = repeating(camera)
    grid = trained(camera, image_map)
    assert grid.aliases
    last_inch, pyramid = LastInch(grid.levels, image_map), Pyramid(camera.take(MotionCommand()))
    for alias in grid.aliases:
        # A repeat is where a search ends, and no stop on its way.
        again = last_inch.refine(pyramid, alias).motion
        assert (again.inverse() @ alias).distance < 0.3
    # Features of a pattern that repeats itself are like each other and of no use.
    estimator = ModelEstimator(replace(grid, landmarks=None))
    near = MotionCommand(-1 * MM, 1 * MM, -1 * DEG)
    whole = estimator.estimate(camera.take(near))
    assert whole.trusted, whole.reason
    assert (whole.motion.inverse() @ near).translation < 0.1 * MM
    image = camera.take(near)
    window = np.zeros_like(image)
    inner = np.array([[170.0, 145.0], [310.0, 145.0], [310.0, 215.0], [170.0, 215.0]])
    cv2.fillPoly(window, [camera.seen(near, inner).round().astype(np.int32)], 255)
    hidden = estimator.estimate(np.where(window > 0, image, 90).astype(np.uint8))
    assert not hidden.trusted


def test_shuffling_keeps_every_pixel_and_moves_the_tiles(camera: Any) -> None:
    image = camera.take(MotionCommand())
    mixed = shuffled(image, np.random.default_rng(0))
    assert mixed.shape == image.shape
    np.testing.assert_array_equal(np.sort(mixed, axis=None), np.sort(image, axis=None))
    assert (mixed[:100, :100] != image[:100, :100]).mean() > 0.5


def test_landmarks_are_read_back_and_the_weakest_are_dropped() -> None:
    rng = np.random.default_rng(3)
    landmarks = Landmarks(
        rng.normal(0, 0.01, (6, 2)),
        rng.integers(0, 256, (6, 128), dtype=np.uint8),
        np.array([0.1, 0.9, 0.5, 0.7, 0.2, 0.9]),
    )
    again = Landmarks.unpack(landmarks.pack())
    np.testing.assert_array_equal(again.points, landmarks.points)
    np.testing.assert_array_equal(again.descriptors, landmarks.descriptors)
    np.testing.assert_array_equal(landmarks.strongest(3).weights, [0.9, 0.7, 0.9])
