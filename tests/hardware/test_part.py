from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import mujoco
import numpy as np
import numpy.typing as npt
import pytest

from pregrasp.frames import MM
from pregrasp.hardware.simulation.part import (
    PART_BODY,
    PART_BOX,
    PART_LOOK,
    add_part,
    repaint_part,
)
from pregrasp.hardware.simulation.rendering import PictureMaker
from pregrasp.hardware.simulation.specification import Component, Generator, Part, Texture

SIZE = (800, 600)
HEIGHT = 0.3
HALF_HEIGHT = math.tan(math.radians(15.0))

PHOTOGRAPHED = Part(
    length=100 * MM,
    width=60 * MM,
    thickness=10 * MM,
    texture=Texture(image=Path("top.png")),
    components=(
        Component(x=25 * MM, y=-12 * MM, length=10 * MM, width=6 * MM, height=9 * MM, grey=0.5),
    ),
)


class Stage:
    """A part under a camera 300 mm above its underside."""

    def __init__(self, part: Part, folder: Path) -> None:
        self.lock = threading.RLock()
        self.generation = 0
        spec = mujoco.MjSpec()
        spec.visual.headlight.ambient = [1.0, 1.0, 1.0]
        spec.visual.headlight.diffuse = [0.0, 0.0, 0.0]
        spec.visual.headlight.specular = [0.0, 0.0, 0.0]
        add_part(spec, part, folder=folder)
        spec.worldbody.add_camera(name="above", pos=[0, 0, HEIGHT], fovy=30.0)
        self.model: Any = spec.compile()
        self.data: Any = mujoco.MjData(self.model)
        mujoco.mj_forward(self.model, self.data)
        self.maker = PictureMaker(self)

    def picture(self) -> npt.NDArray[np.uint8]:
        return self.maker.picture("above", SIZE).rgb[::-1]


def pixel(x: float, y: float, z: float) -> tuple[float, float]:
    """Column and row at which a point of the part frame [m] is seen."""
    scale = 0.5 * SIZE[1] / HALF_HEIGHT / (HEIGHT - z)
    return 0.5 * SIZE[0] - 0.5 + scale * x, 0.5 * SIZE[1] - 0.5 - scale * y


def centre_of(picture: npt.NDArray[np.uint8], channel: int) -> tuple[float, float]:
    """Column and row of the middle of what is brightest in one colour."""
    others = [index for index in range(3) if index != channel]
    excess = picture[..., channel].astype(int) - picture[..., others].max(axis=2)
    rows, columns = np.nonzero(excess > 60)
    return float(columns.mean()), float(rows.mean())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photo of 10 px a millimetre: grey, a red, a green and a blue disc."""
    photo = np.full((600, 1000, 3), 90, np.uint8)
    for place, colour in (((150, 100), 2), ((850, 120), 1), ((750, 420), 0)):
        paint = [0, 0, 0]
        paint[colour] = 255
        cv2.circle(photo, place, 25, paint, -1, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "top.png"), photo)
    return tmp_path


@pytest.fixture
def stage(folder: Path) -> Iterator[Stage]:
    stage = Stage(PHOTOGRAPHED, folder)
    yield stage
    stage.maker.close()


def test_the_texture_lies_exactly_on_the_part(stage: Stage) -> None:
    picture = stage.picture()
    for channel, x, y in ((0, -35.0, 20.0), (1, 35.0, 18.0)):
        assert centre_of(picture, channel) == pytest.approx(pixel(x * MM, y * MM, 10 * MM), abs=0.6)


def test_what_stands_on_the_part_carries_its_piece_of_the_texture(stage: Stage) -> None:
    # The blue disc lies on top of the component, nearer to the camera: parallax.
    raised = pixel(25 * MM, -12 * MM, 19 * MM)
    assert centre_of(stage.picture(), 2) == pytest.approx(raised, abs=0.6)


def test_the_physics_knows_a_plain_box_of_the_right_mass(stage: Stage) -> None:
    model = stage.model
    box, look = model.geom(PART_BOX), model.geom(PART_LOOK)
    assert box.size == pytest.approx([50 * MM, 30 * MM, 5 * MM])
    assert box.pos == pytest.approx([0.0, 0.0, 5 * MM])
    assert model.body_mass[model.body(PART_BODY).id] == pytest.approx(PHOTOGRAPHED.mass)
    assert int(look.contype[0]) == int(look.conaffinity[0]) == 0


def test_the_underside_looks_different(stage: Stage) -> None:
    top = stage.picture()
    stage.data.joint(PART_BODY).qpos[:] = [0, 0, 0.01, 0, 1, 0, 0]
    mujoco.mj_forward(stage.model, stage.data)
    middle = (slice(200, 400), slice(250, 550))
    bottom = stage.picture()[middle]
    assert bottom.mean() < 0.95 * top[middle].mean()
    assert (bottom[..., 0].astype(int) - bottom[..., 1]).max() < 60


def test_another_part_of_the_same_size_needs_no_new_model(stage: Stage, folder: Path) -> None:
    before = stage.picture()
    board = dataclasses.replace(
        PHOTOGRAPHED, texture=Texture(generator=Generator.CIRCUIT_BOARD, seed=2), components=()
    )
    for part in (board, PHOTOGRAPHED):
        with stage.lock:
            upload = repaint_part(stage.model, part, folder=folder)
        stage.maker.upload(upload)
        changed = np.abs(stage.picture().astype(int) - before).mean()
        assert (changed > 5) == (part is board)
        fresh = Stage(part, folder)
        assert np.abs(fresh.picture().astype(int) - stage.picture()).mean() < 0.05
        fresh.maker.close()


def test_a_part_of_another_size_is_refused(stage: Stage, folder: Path) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        repaint_part(stage.model, dataclasses.replace(PHOTOGRAPHED, length=90 * MM), folder=folder)
