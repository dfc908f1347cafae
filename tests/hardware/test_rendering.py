from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mujoco
import numpy as np
import pytest

from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.simulation import gl, table
from pregrasp.hardware.simulation.rendering import PictureMaker

SIZE = (160, 120)


class Corner:
    """A table with one red ball on it, seen from above."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.generation = 0
        self.build([1.0, 0.0, 0.0, 1.0])

    def build(self, colour: list[float]) -> None:
        spec = mujoco.MjSpec()
        table.add_table(spec, 0)
        spec.worldbody.add_light(pos=[0, 0, 1], dir=[0, 0, -1], castshadow=False)
        spec.worldbody.add_geom(
            size=[0.02, 0, 0],
            pos=[0.05, 0.03, 0.02],
            rgba=colour,
            type=mujoco.mjtGeom.mjGEOM_SPHERE,
        )
        spec.worldbody.add_camera(name="above", pos=[0, 0, 0.3], fovy=40)
        self.model: Any = spec.compile()
        self.data: Any = mujoco.MjData(self.model)
        mujoco.mj_forward(self.model, self.data)


@pytest.fixture
def corner() -> Corner:
    return Corner()


@pytest.fixture
def maker(corner: Corner) -> Iterator[PictureMaker]:
    maker = PictureMaker(corner)
    yield maker
    maker.close()


def test_rows_start_at_the_bottom_and_columns_at_the_left(maker: PictureMaker) -> None:
    shot = maker.picture("above", SIZE)
    red = shot.rgb[..., 0].astype(int) - shot.rgb[..., 1]
    row, column = (places.mean() for places in np.nonzero(red > 60))
    assert row > 70  # the ball lies at positive y: up, which OpenGL delivers last
    assert column > 90
    assert shot.camera_position == pytest.approx([0, 0, 0.3])


def test_any_thread_may_ask(maker: PictureMaker) -> None:
    with ThreadPoolExecutor(4) as pool:
        shots = list(pool.map(lambda _: maker.picture("above", SIZE), range(8)))
    assert all(np.array_equal(shots[0].rgb, shot.rgb) for shot in shots)


def test_a_repainted_table_shows_after_it_was_uploaded(corner: Corner, maker: PictureMaker) -> None:
    before = maker.picture("above", SIZE).rgb
    with corner.lock:
        upload = table.repaint(corner.model, 3)
    assert np.array_equal(before, maker.picture("above", SIZE).rgb)
    maker.upload(upload)
    after = maker.picture("above", SIZE).rgb
    assert np.abs(before.astype(int) - after).mean() > 5


def test_a_new_model_is_noticed(corner: Corner, maker: PictureMaker) -> None:
    maker.picture("above", SIZE)
    with corner.lock:
        corner.build([0.0, 0.0, 1.0, 1.0])
        corner.generation += 1
    blue = maker.picture("above", SIZE).rgb.astype(int)
    assert (blue[..., 2] - blue[..., 0]).max() > 60


def test_an_error_while_drawing_reaches_the_caller_and_the_next_picture_is_fine(
    maker: PictureMaker,
) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        maker.picture("nowhere", SIZE)
    assert maker.picture("above", SIZE).rgb.max() > 0


def test_a_closed_renderer_says_so(maker: PictureMaker) -> None:
    maker.close()
    maker.close()
    with pytest.raises(DeviceUnavailableError, match="closed"):
        maker.picture("above", SIZE)


def test_without_any_opengl_the_packages_to_install_are_named(
    monkeypatch: pytest.MonkeyPatch, corner: Corner
) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(gl, "LIBRARIES", {"egl": (("libNoSuch.so.1",),)})
    with pytest.raises(DeviceUnavailableError, match="libegl1 libgl1"):
        PictureMaker(corner)


def test_egl_is_preferred_and_osmesa_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    here, missing = (("libc.so.6",),), (("libNoSuch.so.1",),)
    monkeypatch.setattr(gl, "LIBRARIES", {"egl": here, "osmesa": here})
    assert gl.find_backend() == "egl"
    monkeypatch.setattr(gl, "LIBRARIES", {"egl": missing, "osmesa": here})
    assert gl.find_backend() == "osmesa"


def test_the_users_choice_of_opengl_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    here, missing = (("libc.so.6",),), (("libNoSuch.so.1",),)
    monkeypatch.setattr(gl, "LIBRARIES", {"egl": here, "osmesa": missing})
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    with pytest.raises(DeviceUnavailableError, match="MUJOCO_GL=osmesa"):
        gl.find_backend()
    monkeypatch.setenv("MUJOCO_GL", "off")
    with pytest.raises(DeviceUnavailableError, match="Unset MUJOCO_GL"):
        gl.find_backend()
