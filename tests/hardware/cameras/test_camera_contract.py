"""What every camera must keep, whatever it is made of.

The simulated camera, and those of whole cells, keep the same in tests/hardware/test_contract.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware.cameras.configuration import FolderConfiguration
from pregrasp.hardware.cameras.folder import FolderCamera
from pregrasp.hardware.cameras.grabbing import GrabbingCamera
from pregrasp.hardware.capabilities import Camera
from pregrasp.hardware.errors import DeviceUnavailableError

AnyCamera = FolderCamera | GrabbingCamera


@pytest.fixture
def folder(tmp_path: Path) -> FolderCamera:
    for grey in (10, 20, 30):
        cv2.imwrite(str(tmp_path / f"{grey}.png"), np.full((240, 320), grey, np.uint8))
    return FolderCamera(FolderConfiguration(folder=tmp_path, repeat=True))


@pytest.fixture
def aravis(opened: Callable[..., GrabbingCamera]) -> GrabbingCamera:
    return opened()


@pytest.fixture(params=["folder", pytest.param("aravis", marks=pytest.mark.slow)])
def camera(request: pytest.FixtureRequest) -> AnyCamera:
    made: Any = request.getfixturevalue(request.param)
    assert isinstance(made, (FolderCamera, GrabbingCamera))
    return made


def test_it_has_the_capability_and_a_name(camera: AnyCamera) -> None:
    assert isinstance(camera, Camera)
    assert camera.name


def test_pictures_are_fresh_owned_and_of_the_promised_size(camera: AnyCamera) -> None:
    first, second = (camera.capture(CancelToken()) for _ in range(2))
    for image in (first, second):
        assert image.shape == camera.size[::-1]
        assert image.dtype == np.uint8
        assert image.flags.writeable
    assert not np.shares_memory(first, second)
    assert (first != second).any()


def test_a_cancelled_token_takes_no_picture(camera: AnyCamera) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        camera.capture(token)


def test_pictures_can_be_taken_from_any_thread(camera: AnyCamera) -> None:
    images: list[Any] = []
    workers = [
        threading.Thread(target=lambda: images.append(camera.capture(CancelToken())))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(images) == 3


def test_a_closed_camera_says_so_and_may_be_closed_again(camera: AnyCamera) -> None:
    camera.close()
    camera.close()
    with pytest.raises(DeviceUnavailableError, match="closed"):
        camera.capture(CancelToken())
