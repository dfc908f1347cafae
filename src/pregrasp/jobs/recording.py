"""A cell and an estimator that note what they saw, without the tree knowing.

The error of an episode is the tool's true deviation **when the deciding picture was taken**:
the arm is at rest then, and a servo that accepts does not move again before the approach.
Watching the devices instead of the tree keeps this true for any tree a task may name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MotionCommand
from pregrasp.hardware.capabilities import Arm, Camera, Cell, Clock, Gripper, Image
from pregrasp.perception.estimator import Estimate, Estimator

KEPT_WIDTH = 640
"""Of the pictures that are kept [px]: hundreds of them stay in memory until a report is made."""


@dataclass(frozen=True, slots=True)
class Look:
    """One picture, what the estimator made of it, and what was true."""

    error: MotionCommand
    """Where the tool truly was: ``T_pregrasp_tool``, relative to the part."""
    estimate: Estimate | None
    """The answer for this picture; None if none was asked for."""
    image: Image | None
    """uint8 (height, width), at most `KEPT_WIDTH` wide, if pictures are kept."""


class RecordingCamera:
    """A camera that passes on its pictures and tells when it took one."""

    def __init__(self, camera: Camera, on_picture: Callable[[Image], None]) -> None:
        self._camera = camera
        self._on_picture = on_picture
        self.name = camera.name

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""
        return self._camera.size

    def capture(self, token: CancelToken) -> Image:
        """Take one picture.

        Raises:
            CaptureError: As the camera raises it.
        """
        image = self._camera.capture(token)
        self._on_picture(image)
        return image


class RecordingCell:
    """A cell whose camera is watched.

    Args:
        cell: The cell that does the work.
        true_error: Measures ``T_pregrasp_tool`` now; only simulated cells can.
        keep_images: Whether to keep the pictures, for reports.
    """

    def __init__(
        self,
        cell: Cell,
        true_error: Callable[[], MotionCommand],
        *,
        keep_images: bool = False,
    ) -> None:
        self._cell = cell
        self._true_error = true_error
        self._keep_images = keep_images
        self._camera = RecordingCamera(cell.camera, self._on_picture)
        self._looks: list[Look] = []
        self.name = cell.name

    @property
    def clock(self) -> Clock:
        """The cell's time."""
        return self._cell.clock

    @property
    def arm(self) -> Arm:
        """The robot arm."""
        return self._cell.arm

    @property
    def gripper(self) -> Gripper:
        """The gripper on the arm."""
        return self._cell.gripper

    @property
    def camera(self) -> Camera:
        """The camera on the arm, watched."""
        return self._camera

    @property
    def looks(self) -> tuple[Look, ...]:
        """Every picture so far that was estimated on, in order."""
        return tuple(look for look in self._looks if look.estimate is not None)

    def stop(self) -> None:
        """Bring everything that moves to rest."""
        self._cell.stop()

    def close(self) -> None:
        """Release the devices."""
        self._cell.close()

    def watch(self, estimator: Estimator) -> Estimator:
        """The estimator, with its answers noted beside the latest picture."""
        return _RecordingEstimator(estimator, self._on_estimate)

    def _on_picture(self, image: Image) -> None:
        kept = _small(image) if self._keep_images else None
        self._looks.append(Look(self._true_error(), None, kept))

    def _on_estimate(self, estimate: Estimate) -> None:
        if self._looks:
            latest = self._looks[-1]
            self._looks[-1] = Look(latest.error, estimate, latest.image)


class _RecordingEstimator:
    def __init__(self, estimator: Estimator, on_estimate: Callable[[Estimate], None]) -> None:
        self._estimator = estimator
        self._on_estimate = on_estimate

    def estimate(self, image: Image) -> Estimate:
        """Answer for one picture.

        Raises:
            ImageError: As the estimator raises it.
        """
        answer = self._estimator.estimate(image)
        self._on_estimate(answer)
        return answer


def _small(image: Image) -> Image:
    height, width = image.shape
    if width <= KEPT_WIDTH:
        return image
    size = (KEPT_WIDTH, round(height * KEPT_WIDTH / width))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
