from typing import cast

import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, MotionCommand
from pregrasp.hardware.capabilities import Cell, Image
from pregrasp.jobs.recording import KEPT_WIDTH, RecordingCell
from pregrasp.perception.estimator import Estimate


class StillCamera:
    name = "still"
    size = (1600, 1200)

    def capture(self, token: CancelToken) -> Image:
        return np.zeros((1200, 1600), np.uint8)


class BareCell:
    name = "bare"
    camera = StillCamera()


class Guess:
    def estimate(self, image: Image) -> Estimate:
        return Estimate(MotionCommand(1 * MM), 0.9, trusted=True)


def test_the_error_is_the_one_at_the_picture_and_not_at_the_answer() -> None:
    where = [MotionCommand(5 * MM)]
    cell = RecordingCell(cast("Cell", BareCell()), lambda: where[0])
    image = cell.camera.capture(CancelToken())
    where[0] = MotionCommand()
    cell.watch(Guess()).estimate(image)
    (look,) = cell.looks
    assert look.error == MotionCommand(5 * MM)
    assert look.estimate is not None
    assert look.estimate.motion == MotionCommand(1 * MM)


def test_pictures_that_nobody_asked_about_are_no_looks() -> None:
    cell = RecordingCell(cast("Cell", BareCell()), MotionCommand)
    cell.camera.capture(CancelToken())
    assert cell.looks == ()


def test_kept_pictures_are_small_and_others_are_not_kept() -> None:
    for keep in (True, False):
        cell = RecordingCell(cast("Cell", BareCell()), MotionCommand, keep_images=keep)
        cell.watch(Guess()).estimate(cell.camera.capture(CancelToken()))
        image = cell.looks[0].image
        assert (image is not None) == keep
        assert image is None or image.shape == (480, KEPT_WIDTH)
