"""What a network sees of a camera picture.

The picture is averaged down to a fixed small size, then every pixel is set against its
neighbourhood (local contrast normalisation, Jarrett et al. 2009). Gain, offset and slow
ramps of the light disappear before the network has to learn about them.

The paper's own network sees what the paper says: 1600 x 1200 averaged down to 400 x 300, and
224 x 224 cut out of the middle. Which of the two a network wants is told by its input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.perception.errors import ImageError
from pregrasp.perception.estimator import Image

Singles = npt.NDArray[np.float32]

WIDTH, HEIGHT = 160, 120
"""Size of the network's input [px]."""

PAPER_WIDTH = 400
PAPER_SIDE = 224
"""The paper reduces a picture to this width and cuts out a square of this side [px]."""

NEIGHBOURHOOD = 31
"""Side of the square that a pixel is compared with [px]."""


def reduce(image: Image, width: int = WIDTH) -> Image:
    """A camera picture averaged down to ``width`` pixels, uint8."""
    height = width * HEIGHT // WIDTH
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def normalise_contrast(reduced: npt.NDArray[np.uint8] | Singles) -> Singles:
    """Every pixel against its neighbourhood, float32 (HEIGHT, WIDTH)."""
    values = reduced.astype(np.float32)
    window = (NEIGHBOURHOOD, NEIGHBOURHOOD)
    mean = cv2.blur(values, window, borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(values * values, window, borderType=cv2.BORDER_REFLECT)
    # The constant keeps the noise of a blank table from being blown up.
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0) + 16.0)
    return np.asarray((values - mean) / spread, np.float32)


def paper_crop(image: Image) -> Singles:
    """The paper's input: the middle of the reduced picture, float32 (224, 224), -1 to 1."""
    reduced = reduce(image, PAPER_WIDTH)
    top, left = ((n - PAPER_SIDE) // 2 for n in reduced.shape)
    middle = reduced[top : top + PAPER_SIDE, left : left + PAPER_SIDE]
    return np.asarray(middle, np.float32) / np.float32(127.5) - np.float32(1.0)


def _local_contrast(image: Image) -> Singles:
    return normalise_contrast(reduce(image))


INPUTS: Mapping[tuple[int, ...], Callable[[Image], Singles]] = {
    (HEIGHT, WIDTH): _local_contrast,
    (PAPER_SIDE, PAPER_SIDE): paper_crop,
}
"""How the input of a network is made of a camera picture, by its height and width."""


def check_image(image: Image, size: tuple[int, int]) -> None:
    """Make sure that a picture fits.

    Args:
        image: The picture.
        size: Width and height that are expected [px].

    Raises:
        ImageError: It does not.
    """
    width, height = size
    if image.dtype != np.uint8 or image.shape != (height, width):
        raise ImageError(
            f"the picture is {image.dtype} {'x'.join(str(n) for n in image.shape[::-1])}, "
            f"the model expects uint8 {width}x{height}. Was the camera or its format changed?"
        )
