"""Features of the taught picture and where they are in another picture.

SIFT features (Lowe 2004) are described by the square root of their histograms (Arandjelovic
& Zisserman 2012), compared by the ratio test, and lifted to the part's plane by the
`ImageMap`: there lens and scale are gone, and what is left between the taught picture and
this one is a rigid motion, y = R(theta) x + t. Pairs of matches are drawn, each fixes one
motion, and the motion on which most matches agree is fitted to all that agree with it
(Fischler & Bolles 1981).

OpenCV's SIFT is off by a quarter of a pixel under rotation unless ``enable_precise_upscale``
is set (opencv/opencv issue 23123).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.fusion import fit_motion
from pregrasp.perception.image_map import Floats, ImageMap, move_points

Singles = npt.NDArray[np.float32]

SHRINK = 2
"""Features are sought in the picture reduced by this; finer pixels cost time, not accuracy."""

MOST = 2500
"""Strongest features of a picture that are described."""

CONTRAST = 0.012
"""OpenCV's own 0.04 finds too little on plain and on repeating surfaces."""

EDGE = 15.0
"""Edge response that is tolerated."""

RATIO = 0.85
"""A match must be this much better than the next best (Lowe 2004)."""

DRAWS = 3000
"""Pairs of matches that are drawn."""

TRIED = 300
"""Pairs that are counted at most: those whose two distances agree."""

STRETCH = 0.6 * MM
"""Two matches whose distance differs by more do not belong to one rigid motion."""

APART = 8 * MM
"""Matches nearer to each other than this do not fix an angle."""

AGREES = 0.6 * MM
"""A match this far from where a motion takes it agrees with it."""

FEWEST = 6
"""Matches that must agree before anything is said."""


@dataclass(frozen=True)
class Features:
    """Features of one picture."""

    pixels: Floats
    """Places in the full picture, float64 (N, 2) [px]."""
    descriptors: npt.NDArray[np.uint8]
    """SIFT histograms, uint8 (N, 128)."""


@dataclass(frozen=True)
class Matches:
    """Features of the taught picture that were found, and the motion they agree on."""

    motion: MotionCommand
    """v: ``T_tool_pregrasp``."""
    agreeing: npt.NDArray[np.intp]
    """Which features of the taught picture agree with it."""
    seen: Floats
    """Where these are in the picture, float64 (N, 2) [px]."""


def find_features(half: Image) -> Features:
    """The features of a picture that was reduced by `SHRINK`."""
    sift = cv2.SIFT.create(
        nfeatures=MOST,
        contrastThreshold=CONTRAST,
        edgeThreshold=EDGE,
        enable_precise_upscale=True,
    )
    points, descriptors = sift.detectAndCompute(half, None)
    if descriptors is None:
        return Features(np.empty((0, 2)), np.empty((0, 128), np.uint8))
    pixels = np.array([point.pt for point in points], np.float64)
    return Features((pixels + 0.5) * SHRINK - 0.5, np.asarray(descriptors, np.uint8))


def rooted(descriptors: npt.NDArray[np.uint8]) -> Singles:
    """Unit vectors whose product compares histograms by Hellinger's kernel, float32 (N, 128)."""
    values = descriptors.astype(np.float32)
    values /= np.maximum(values.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(np.sqrt(values), np.float32)


class Matcher:
    """Finds the taught features again.

    Args:
        points: Taught places on the part, in the pregrasp frame, float64 (N, 2) [m].
        descriptors: Their histograms, uint8 (N, 128).
        image_map: How pixels lie on the part's plane.
    """

    def __init__(
        self, points: Floats, descriptors: npt.NDArray[np.uint8], image_map: ImageMap
    ) -> None:
        self.points = points
        self._taught = rooted(descriptors)
        self._image_map = image_map

    def match(self, features: Features) -> Matches | None:
        """The motion on which most features agree; None where too few do."""
        which, found = ratio_test(self._taught, rooted(features.descriptors))
        if len(which) < FEWEST:
            return None
        start, end = self.points[which], self._image_map.plane(features.pixels[found])
        motion = _consensus(start, end)
        if motion is None:
            return None
        for _ in range(2):
            good = _distances(motion, start, end) < AGREES
            if good.sum() < FEWEST:
                return None
            motion, _ = fit_motion(start[good], end[good], floor=0.02 * MM)
        good = _distances(motion, start, end) < AGREES
        return Matches(motion, which[good], features.pixels[found[good]])


def ratio_test(
    taught: Singles, found: Singles
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which features are much more like one other than like any else.

    Args:
        taught: As `rooted` gives them, float32 (N, 128).
        found: The same, float32 (M, 128).

    Returns:
        Rows of the first and of the second, both (K,).
    """
    if not len(taught) or len(found) < 2:
        none = np.empty(0, np.intp)
        return none, none
    likeness = taught @ found.T
    best = np.argmax(likeness, axis=1)
    rows = np.arange(len(best))
    first = likeness[rows, best]
    likeness[rows, best] = -1.0
    second = likeness.max(axis=1)
    # Between unit vectors the squared distance is 2 - 2 times their product.
    good = (1.0 - first) < RATIO**2 * (1.0 - second)
    return rows[good], best[good]


def _consensus(start: Floats, end: Floats) -> MotionCommand | None:
    """The motion, out of those of drawn pairs, with which most matches agree."""
    rng = np.random.default_rng(0)  # the same picture always gets the same answer
    x, y = start[:, 0] + 1j * start[:, 1], end[:, 0] + 1j * end[:, 1]
    a, b = rng.integers(len(x), size=(2, DRAWS))
    taught, seen = x[b] - x[a], y[b] - y[a]
    rigid = (np.abs(taught) > APART) & (np.abs(np.abs(taught) - np.abs(seen)) < STRETCH)
    chosen = np.flatnonzero(rigid)[:TRIED]
    if not len(chosen):
        return None
    turn = seen[chosen] / taught[chosen]
    turn /= np.abs(turn)
    shift = y[a[chosen]] - turn * x[a[chosen]]
    off = np.abs(turn[:, None] * x + shift[:, None] - y)
    # A match that is nearly right counts nearly whole.
    score = np.maximum(1.0 - (off / (2 * AGREES)) ** 2, 0.0).sum(axis=1)
    best = int(np.argmax(score))
    return MotionCommand(
        float(shift[best].real), float(shift[best].imag), float(np.angle(turn[best]))
    )


def _distances(motion: MotionCommand, start: Floats, end: Floats) -> Floats:
    distances: Floats = np.linalg.norm(move_points(motion, start) - end, axis=1)
    return distances
