"""Pictures out of a folder, one after the other: for replays and for trying a model."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.cameras.configuration import FolderConfiguration
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.errors import CaptureError, DeviceUnavailableError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})


class FolderCamera:
    """A camera that shows the pictures of a folder in the order of their names.

    Args:
        configuration: Which folder.
        name: For messages.

    Raises:
        DeviceUnavailableError: There are no pictures, or the first cannot be read.
    """

    def __init__(self, configuration: FolderConfiguration, *, name: str = "camera") -> None:
        self.name = name
        self._folder = configuration.folder
        self._repeat = configuration.repeat
        self._lock = threading.Lock()
        self._next = 0
        self._closed = False
        try:
            self._files = sorted(
                file for file in self._folder.iterdir() if file.suffix.lower() in SUFFIXES
            )
        except OSError as error:
            raise DeviceUnavailableError(
                name, f"{self._folder}: {error.strerror}.", "Name a folder with pictures."
            ) from error
        if not self._files:
            kinds = ", ".join(sorted(SUFFIXES))
            raise DeviceUnavailableError(
                name, f"{self._folder}: there are no pictures in it.", f"It needs {kinds} files."
            )
        try:
            height, width = self._read(self._files[0]).shape
        except CaptureError as error:
            raise DeviceUnavailableError(name, error.found, error.remedy) from error
        self._size = (width, height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures [px]."""
        return self._size

    def capture(self, token: CancelToken) -> Image:
        """The next picture of the folder.

        Returns:
            uint8 (height, width), owned by the caller.

        Raises:
            CaptureError: There is none left, or it cannot be read, or has another size.
            DeviceUnavailableError: The camera was closed.
            CancelledError: The token was cancelled.
        """
        token.raise_if_cancelled()
        with self._lock:
            if self._closed:
                raise DeviceUnavailableError(self.name, "was closed.", "Open the cell again.")
            if self._next >= len(self._files):
                raise CaptureError(
                    self.name,
                    f"{self._folder}: all {len(self._files)} pictures have been shown.",
                    "Set repeat to true to begin again.",
                )
            file = self._files[self._next]
            self._next += 1
            if self._repeat:
                self._next %= len(self._files)
        image = self._read(file)
        if image.shape != self._size[::-1]:
            height, width = image.shape
            raise CaptureError(
                self.name,
                f"{file}: {width} x {height} px, the first picture has "
                f"{self._size[0]} x {self._size[1]} px.",
                "All pictures of a camera have one size.",
            )
        return image

    def close(self) -> None:
        """Show no more pictures; calling it again changes nothing."""
        self._closed = True

    def _read(self, file: Path) -> Image:
        image = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise CaptureError(self.name, f"{file}: cannot be read as a picture.", "Remove it.")
        return np.asarray(image, np.uint8)
