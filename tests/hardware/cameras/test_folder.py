from pathlib import Path

import cv2
import numpy as np
import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware.cameras.configuration import FolderConfiguration
from pregrasp.hardware.cameras.folder import FolderCamera
from pregrasp.hardware.errors import CaptureError, DeviceUnavailableError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in (("b.png", 20), ("a.png", 10), ("c.bmp", 30)):
        cv2.imwrite(str(tmp_path / name), np.full((48, 64), grey, np.uint8))
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def greys(camera: FolderCamera, number: int) -> list[int]:
    return [int(camera.capture(CancelToken())[0, 0]) for _ in range(number)]


def test_pictures_come_in_the_order_of_their_names_until_there_are_none(folder: Path) -> None:
    camera = FolderCamera(FolderConfiguration(folder=folder))
    assert camera.size == (64, 48)
    assert greys(camera, 3) == [10, 20, 30]
    with pytest.raises(CaptureError, match="all 3 pictures have been shown"):
        camera.capture(CancelToken())


def test_they_can_be_repeated(folder: Path) -> None:
    camera = FolderCamera(FolderConfiguration(folder=folder, repeat=True))
    assert greys(camera, 5) == [10, 20, 30, 10, 20]


def test_a_torn_picture_and_one_of_another_size_are_named(folder: Path) -> None:
    (folder / "b.png").write_bytes(b"torn")
    cv2.imwrite(str(folder / "c.bmp"), np.zeros((10, 10), np.uint8))
    camera = FolderCamera(FolderConfiguration(folder=folder))
    camera.capture(CancelToken())
    for words in ("b.png: cannot be read", r"c.bmp: 10 x 10 px.*64 x 48 px"):
        with pytest.raises(CaptureError, match=words):
            camera.capture(CancelToken())


def test_a_folder_without_pictures_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(DeviceUnavailableError, match="no pictures"):
        FolderCamera(FolderConfiguration(folder=tmp_path))
    with pytest.raises(DeviceUnavailableError, match="missing"):
        FolderCamera(FolderConfiguration(folder=tmp_path / "missing"))


def test_a_cancelled_capture_uses_up_no_picture(folder: Path) -> None:
    camera = FolderCamera(FolderConfiguration(folder=folder))
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        camera.capture(token)
    assert greys(camera, 1) == [10]


def test_a_closed_camera_says_so(folder: Path) -> None:
    camera = FolderCamera(FolderConfiguration(folder=folder))
    camera.close()
    camera.close()
    with pytest.raises(DeviceUnavailableError, match="closed"):
        camera.capture(CancelToken())
