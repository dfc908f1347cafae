from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import mujoco
import numpy as np
import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import MotionCommand
from pregrasp.hardware.capabilities import Camera, Image
from pregrasp.hardware.simulation.camera import (
    CAMERA,
    EXPOSURE,
    READOUT,
    SIZE,
    SimulatedCamera,
    add_camera,
)
from pregrasp.hardware.simulation.conditions import Condition, Scene, draw_scene
from pregrasp.hardware.simulation.lighting import add_lights
from pregrasp.hardware.simulation.part import PART_BODY, add_part
from pregrasp.hardware.simulation.rendering import PictureMaker
from pregrasp.hardware.simulation.specification import Part
from pregrasp.hardware.simulation.table import add_table

pytestmark = pytest.mark.slow
PLACED = MotionCommand(0.374, 0.0, 0.3)
CENTRE = (slice(450, 750), slice(600, 1000))
"""Rows and columns that show nothing but the part."""


class Stand:
    """A part on a table under the camera; counts the time that pictures take."""

    def __init__(self, part: Part, seed: int = 0) -> None:
        self.part = part
        self.lock = threading.RLock()
        self.generation = 0
        self.seconds = 0.0
        spec = mujoco.MjSpec()
        add_table(spec, 0)
        add_lights(spec)
        add_part(spec, part, folder=Path())
        spec.worldbody.add_body(name="tool", pos=[0.374, 0.055, 0.2])
        add_camera(spec, seed=seed)
        self.model: Any = spec.compile()
        self.data: Any = mujoco.MjData(self.model)
        self.maker = PictureMaker(self)
        self.camera = SimulatedCamera(
            self.maker, part, rng=np.random.default_rng(0), clock=self, seed=seed
        )

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    def take(self, scene: Scene | None = None) -> Image:
        scene = scene or Scene()
        with self.lock:
            qpos = self.data.joint(PART_BODY).qpos
            qpos[:3], qpos[3:] = scene.resting_pose(self.part, PLACED)
            mujoco.mj_forward(self.model, self.data)
        self.camera.show(scene, PLACED, np.random.default_rng(1))
        return self.camera.capture(CancelToken())


@pytest.fixture(scope="module")
def make_stand() -> Iterator[Callable[[Part], Stand]]:
    made: dict[Part, Stand] = {}

    def make(part: Part) -> Stand:
        return made.setdefault(part, made.get(part) or Stand(part))

    yield make
    for stand in made.values():
        stand.maker.close()


@pytest.fixture
def stand(plate: Part, make_stand: Callable[[Part], Stand]) -> Stand:
    return make_stand(plate)


def scene(part: Part, condition: Condition, seed: int = 1) -> Scene:
    return draw_scene(condition, part, np.random.default_rng(seed))


def test_it_is_a_camera_of_1600_by_1200(stand: Stand) -> None:
    assert isinstance(stand.camera, Camera)
    picture = stand.take()
    assert picture.shape == (1200, 1600)
    assert picture.dtype == np.uint8
    assert stand.camera.size == SIZE == (1600, 1200)


def test_a_nominal_picture_is_well_exposed(stand: Stand) -> None:
    picture = stand.take()
    assert 80 < picture.mean() < 150
    assert (picture > 250).mean() < 0.005
    assert picture[CENTRE].std() > 25  # the board shows its texture


def test_pictures_of_the_same_thing_differ_by_noise_only(stand: Stand) -> None:
    first = stand.take().astype(float)
    second = stand.camera.capture(CancelToken()).astype(float)
    assert 1.0 < (first - second).std() / np.sqrt(2) < 3.0


def test_a_picture_belongs_to_the_caller(stand: Stand) -> None:
    first = stand.take()
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(stand.take(), kept)


def test_a_pixel_is_about_an_eighth_of_a_millimetre(stand: Stand) -> None:
    before = stand.take().astype(np.float32)
    camera = stand.model.camera(CAMERA).id
    stand.model.cam_pos[camera] += stand.model.cam_mat0[camera].reshape(3, 3)[:, 0] * 0.001
    after = stand.take().astype(np.float32)
    stand.model.cam_pos[camera] -= stand.model.cam_mat0[camera].reshape(3, 3)[:, 0] * 0.001
    window = cv2.createHanningWindow((400, 300), cv2.CV_32F)
    (shift_x, shift_y), _ = cv2.phaseCorrelate(before[CENTRE], after[CENTRE], window)
    assert abs(shift_y) < 0.5
    assert 1.0 / abs(shift_x) == pytest.approx(0.138, abs=0.006)


def test_the_clock_counts_exposure_and_readout(stand: Stand) -> None:
    before = stand.seconds
    stand.take()
    assert stand.seconds - before == pytest.approx(EXPOSURE + READOUT)


def test_a_cancelled_picture_is_not_taken(stand: Stand) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        stand.camera.capture(token)


def test_light_follows_the_condition(stand: Stand) -> None:
    nominal = stand.take().mean()
    assert stand.take(scene(stand.part, Condition.DIM)).mean() < 0.6 * nominal
    assert stand.take(scene(stand.part, Condition.BRIGHT)).mean() > 1.3 * nominal
    assert stand.take(scene(stand.part, Condition.LENS_COVERED)).mean() < 6


def test_a_hard_shadow_darkens_some_of_the_part_and_not_the_rest(stand: Stand) -> None:
    nominal = cv2.blur(stand.take(), (25, 25))[CENTRE].astype(float)
    shadow = cv2.blur(stand.take(scene(stand.part, Condition.HARD_SHADOW)), (25, 25))[CENTRE]
    share = (shadow < 0.75 * nominal).mean()
    assert 0.05 < share < 0.95


def test_glare_adds_bright_spots(stand: Stand) -> None:
    scenes = [scene(stand.part, Condition.GLARE, seed) for seed in range(3)]
    assert all((stand.take(glare) > 250).mean() > 0.003 for glare in scenes)


def test_an_occluder_hides_about_its_share_of_the_part(stand: Stand) -> None:
    nominal = stand.take().astype(int)
    bare = stand.take(scene(stand.part, Condition.NO_OBJECT)).astype(int)
    on_part = cv2.blur(np.abs(nominal - bare).astype(np.float32), (15, 15)) > 8
    changed = []
    for seed in range(4):
        covered = stand.take(scene(stand.part, Condition.OCCLUDED_60, seed)).astype(int)
        different = cv2.blur(np.abs(nominal - covered).astype(np.float32), (15, 15)) > 12
        changed.append(different[on_part].mean())
    assert 0.45 < np.mean(changed) < 0.85  # shadows and perspective come on top


def test_an_empty_table_shows_no_part(stand: Stand) -> None:
    with_part = stand.take()[CENTRE].std()
    assert stand.take(scene(stand.part, Condition.NO_OBJECT))[CENTRE].std() < 0.6 * with_part


def test_defocus_takes_the_edges_away(stand: Stand) -> None:
    def edges(picture: Image) -> float:
        return float(cv2.Laplacian(cv2.GaussianBlur(picture, (0, 0), 1.0), cv2.CV_64F).std())

    soft = stand.take(scene(stand.part, Condition.DEFOCUS))
    assert edges(soft) < 0.5 * edges(stand.take())


def test_mountings_differ_within_their_limits(plate: Part) -> None:
    axes = []
    for seed in range(6):
        spec = mujoco.MjSpec()
        spec.worldbody.add_body(name="tool")
        add_camera(spec, seed=seed)
        model = spec.compile()
        axes.append(model.cam_mat0[0].reshape(3, 3))
    tilts = [np.degrees(np.arccos(axis[2, 2])) for axis in axes]
    turns = [np.degrees(np.arctan2(axis[1, 0], axis[0, 0])) for axis in axes]
    assert max(tilts) <= 1.0
    assert max(map(abs, turns)) <= 1.51
    assert len(set(turns)) == 6
