"""A flat, textured part on a table, photographed by warping: no renderer, no noise but ours."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pregrasp.frames import MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import Floats, ImageMap, Observation, move_points

Array = npt.NDArray[Any]


class FlatCamera:
    """A stand-in for a camera over a flat scene, whose true geometry is known."""

    size = (480, 360)
    pixel = 0.4 * MM
    mount = np.array([0.004, -0.03])
    """Where the picture's centre lies in the tool frame [m]."""
    turn = 0.02
    """How far the camera is turned about its axis [rad]."""
    outline = np.array([[120.0, 100.0], [360.0, 100.0], [360.0, 260.0], [120.0, 260.0]])
    """The part in the taught picture [px]."""

    def __init__(self) -> None:
        self._middle = (np.array(self.size) - 1) / 2
        self._part = texture(1, 28.0)
        c, s = np.cos(self.turn), np.sin(self.turn)
        self._rotation = np.array([[c, -s], [s, c]])

    def plane(self, pixels: Floats) -> Floats:
        """Pixels (N, 2) to the tool frame (N, 2) [m]."""
        centred = (pixels - self._middle) * self.pixel * (1.0, -1.0)
        return np.asarray(centred @ self._rotation.T + self.mount)

    def seen(self, motion: MotionCommand, taught: Floats) -> Floats:
        """Where points of the taught picture appear from elsewhere [px]."""
        moved = move_points(motion, self.plane(taught)) - self.mount
        return np.asarray(moved @ self._rotation / (self.pixel * np.array((1, -1))) + self._middle)

    def take(
        self,
        motion: MotionCommand,
        *,
        table: MotionCommand | None = None,
        table_seed: int = 2,
        empty: bool = False,
        seed: int = 0,
    ) -> Image:
        """A picture; ``table`` is how the table moved, if not with the part."""
        values = self._warped(texture(table_seed, 9.0), table or motion)
        if not empty:
            outline = np.zeros(self.size[::-1], np.uint8)
            corners = np.round(self.seen(motion, self.outline)).astype(np.int32)
            cv2.fillPoly(outline, [corners], 1)
            values = np.where(outline > 0, self._warped(self._part, motion), values)
        values = cv2.GaussianBlur(values, (0, 0), 0.7)
        values = values + np.random.default_rng(seed).normal(0, 1.5, values.shape)
        return np.clip(values, 0, 255).round().astype(np.uint8)

    def _warped(self, surface: Array, motion: MotionCommand) -> Array:
        square = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
        there = self.seen(motion, square).astype(np.float32)
        warp = cv2.getAffineTransform((square + 240.0).astype(np.float32), there)
        return np.asarray(cv2.warpAffine(surface, warp, self.size, flags=cv2.INTER_CUBIC))


@functools.cache
def texture(seed: int, contrast: float) -> Array:
    """Grey values of a surface, float32 (960, 1200), of some contrast."""
    rng = np.random.default_rng(seed)
    values = np.zeros((960, 1200), np.float32)
    for cell in (40, 16, 7):
        grain = rng.standard_normal((960 // cell + 2, 1200 // cell + 2)).astype(np.float32)
        values += cv2.resize(grain, (1200, 960), interpolation=cv2.INTER_CUBIC)
    return np.asarray(120 + contrast * values, np.float32)


@pytest.fixture(scope="session")
def camera() -> FlatCamera:
    """The stand-in camera."""
    return FlatCamera()


def fitted_map(camera: FlatCamera, times: int = 1) -> ImageMap:
    """The map of a camera's enlarged pictures, fitted to perfect observations."""
    rng = np.random.default_rng(0)
    taught = rng.uniform((60, 60), (420, 300), (60, 2))
    observations = []
    for _ in range(12):
        x, y = (float(value) for value in rng.uniform(-0.01, 0.01, 2))
        motion = MotionCommand(x, y, float(rng.normal(0, 0.1)))
        there, here = (enlarged(p, times) for p in (taught, camera.seen(motion, taught)))
        observations.append(Observation(motion, there, here))
    width, height = camera.size
    return ImageMap.fit((width * times, height * times), observations, 1)


def enlarged(pixels: Floats, times: int) -> Floats:
    """Where pixels lie in a picture that was enlarged so much."""
    return (pixels + 0.5) * times - 0.5


@pytest.fixture(scope="session")
def image_map(camera: FlatCamera) -> ImageMap:
    """The map of the stand-in camera."""
    return fitted_map(camera)
