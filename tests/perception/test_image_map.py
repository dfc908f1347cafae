"""The calibration that nobody has to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.image_map import DEGREE, ImageMap, Observation

PIXELS = np.random.default_rng(5).uniform((20, 20), (460, 340), (50, 2))


def test_the_map_is_the_cameras_true_geometry(camera: Any, image_map: ImageMap) -> None:
    np.testing.assert_allclose(image_map.plane(PIXELS), camera.plane(PIXELS), atol=1e-9)
    assert image_map.scale == pytest.approx(camera.pixel)


def test_pixels_and_plane_are_each_others_inverse(image_map: ImageMap) -> None:
    np.testing.assert_allclose(image_map.pixels(image_map.plane(PIXELS)), PIXELS, atol=1e-6)


def test_a_point_is_predicted_in_another_view(camera: Any, image_map: ImageMap) -> None:
    motion = MotionCommand(12 * MM, -7 * MM, 15 * DEG)
    np.testing.assert_allclose(
        image_map.seen_at(motion, PIXELS), camera.seen(motion, PIXELS), atol=1e-5
    )


def test_lens_distortion_is_part_of_the_map(camera: Any) -> None:
    def bent(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        off = (pixels - (np.array(camera.size) - 1) / 2) / 240.0
        shift: np.ndarray[Any, Any] = 240.0 * off * (off**2).sum(axis=1, keepdims=True)
        return pixels - 0.03 * shift

    rng = np.random.default_rng(1)
    flat = rng.uniform((60, 60), (420, 300), (80, 2))
    observations = []
    for _ in range(20):
        x, y = (float(value) for value in rng.uniform(-0.015, 0.015, 2))
        motion = MotionCommand(x, y, float(rng.normal(0, 0.2)))
        observations.append(Observation(motion, bent(flat), bent(camera.seen(motion, flat))))
    errors = []
    for degree in (1, DEGREE):
        fitted = ImageMap.fit(camera.size, observations, degree)
        off = [fitted.seen_at(o.motion, o.taught) - o.seen for o in observations]
        errors.append(float(np.median(np.abs(np.concatenate(off)))))
    assert errors[1] < 0.15
    assert errors[1] < 0.25 * errors[0]


def test_captures_that_never_turn_do_not_determine_the_map(camera: Any) -> None:
    observations = []
    for x in (0.001, 0.002, 0.003):
        motion = MotionCommand(x, 0.0, 0.0)
        observations.append(Observation(motion, PIXELS, camera.seen(motion, PIXELS)))
    with pytest.raises(TrainingError, match="must differ in x, in y and in rotation"):
        ImageMap.fit(camera.size, observations, 1)


def test_labels_of_another_camera_are_noticed(camera: Any) -> None:
    observations = []
    rng = np.random.default_rng(3)
    for _ in range(8):
        x, y, theta = (float(value) for value in rng.uniform(-0.01, 0.01, 3))
        motion = MotionCommand(x, y, theta)
        # The picture moves, but a hundred thousand times as far as the labels say.
        told = MotionCommand(x * 1e-5, y * 1e-5, theta)
        observations.append(Observation(told, PIXELS, camera.seen(motion, PIXELS)))
    with pytest.raises(TrainingError, match="labels do not fit the pictures"):
        ImageMap.fit(camera.size, observations, 1)
