"""Training-free rivals: they see the taught picture and the image map, and nothing else.

Each answers in pixels, how the taught picture lies in this one; the image map makes a motion
command of it, the same way for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import MotionCommand
from pregrasp.perception.estimator import Estimate, Image
from pregrasp.perception.features.matching import SHRINK
from pregrasp.perception.features.model import FeatureEstimator, FeatureModel
from pregrasp.perception.fusion import fit_motion
from pregrasp.perception.image_map import ImageMap

Warp = npt.NDArray[np.float64]
"""Taught pixels to seen pixels, reduced by `SHRINK`, float64 (2, 3)."""


@dataclass(frozen=True)
class Answer:
    """What a rival says to one picture."""

    motion: MotionCommand
    answered: bool
    seconds: float


class Reference:
    """The taught picture, and how a warp of it becomes a motion command."""

    def __init__(self, model: FeatureModel) -> None:
        self.taught, self.mask, self.image_map = model.taught, model.mask, model.image_map
        self.zero = model.zero
        rows, columns = np.nonzero(model.mask > 127)
        chosen = np.linspace(0, len(rows) - 1, 400).astype(int)
        self.points = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float64)

    def motion(self, warp: Warp) -> MotionCommand:
        """v: ``T_tool_pregrasp``."""
        seen = self.points @ warp[:, :2].T + warp[:, 2]
        motion, _ = fit_motion(_plane(self.image_map, self.points), _plane(self.image_map, seen))
        return motion @ self.zero

    def warp(self, motion: MotionCommand) -> Warp:
        """The rigid warp of a motion command."""
        full = (self.points + 0.5) * SHRINK - 0.5
        seen = (self.image_map.seen_at(motion @ self.zero.inverse(), full) + 0.5) / SHRINK - 0.5
        warp, _ = cv2.estimateAffinePartial2D(self.points, seen)
        return np.asarray(warp, np.float64)


def _plane(image_map: ImageMap, half: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return image_map.plane((half + 0.5) * SHRINK - 0.5)


def halved(image: Image) -> Image:
    """The picture as all classical rivals see it."""
    size = (image.shape[1] // SHRINK, image.shape[0] // SHRINK)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def ecc(reference: Reference, half: Image, start: Warp) -> Warp | None:
    """OpenCV's ECC, on the part only, with a rigid warp, coarse to fine."""
    warp = start.astype(np.float32)
    for shrink in (4, 1):
        size = (half.shape[1] // shrink, half.shape[0] // shrink)
        template = cv2.resize(reference.taught, size, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(half, size, interpolation=cv2.INTER_AREA)
        scaled = warp.copy()
        scaled[:, 2] /= shrink
        # OpenCV masks the picture, not the template: take the mask to where it is thought to be.
        mask = cv2.warpAffine(
            cv2.resize(reference.mask, size), scaled, size, flags=cv2.INTER_NEAREST
        )
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-6)
        try:
            cv2.findTransformECC(template, picture, scaled, cv2.MOTION_EUCLIDEAN, criteria, mask, 5)
        except cv2.error:
            return None  # it did not converge
        warp = scaled
        warp[:, 2] *= shrink
    return warp.astype(np.float64)


def ecc_alone(reference: Reference) -> Callable[[Image], Answer]:
    """ECC from where the tool stands."""
    identity = np.eye(2, 3)

    def answer(image: Image) -> Answer:
        began = time.perf_counter()
        return _answer(reference, ecc(reference, halved(image), identity), began)

    return answer


def features_and_ecc(
    reference: Reference, estimator: FeatureEstimator
) -> Callable[[Image], Answer]:
    """ECC from where the features say, whatever it makes of it."""

    def answer(image: Image) -> Answer:
        began = time.perf_counter()
        first = estimator.estimate(image)
        if not first.trusted:
            return Answer(first.motion, False, time.perf_counter() - began)
        return _answer(
            reference, ecc(reference, halved(image), reference.warp(first.motion)), began
        )

    return answer


def orb(reference: Reference) -> Callable[[Image], Answer]:
    """ORB features, ratio test, RANSAC."""
    detector = cv2.ORB.create(nfeatures=3000)
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    taught, descriptors = detector.detectAndCompute(reference.taught, reference.mask)

    def answer(image: Image) -> Answer:
        began = time.perf_counter()
        seen, found = detector.detectAndCompute(halved(image), None)
        if found is None or len(seen) < 2 or descriptors is None:
            return _answer(reference, None, began)
        pairs = matcher.knnMatch(descriptors, found, k=2)
        good = [a for a, b in (p for p in pairs if len(p) == 2) if a.distance < 0.8 * b.distance]
        if len(good) < 8:
            return _answer(reference, None, began)
        start = np.array([taught[m.queryIdx].pt for m in good])
        end = np.array([seen[m.trainIdx].pt for m in good])
        warp, inliers = cv2.estimateAffinePartial2D(
            start, end, method=cv2.RANSAC, ransacReprojThreshold=2.0
        )
        if warp is None or inliers.sum() < 8:
            return _answer(reference, None, began)
        return _answer(reference, np.asarray(warp, np.float64), began)

    return answer


def estimator(look: Callable[[Image], Estimate]) -> Callable[[Image], Answer]:
    """An estimator of the project, with its own gates."""

    def answer(image: Image) -> Answer:
        estimate = look(image)
        return Answer(estimate.motion, estimate.trusted, estimate.compute_time)

    return answer


def _answer(reference: Reference, warp: Warp | None, began: float) -> Answer:
    if warp is None:
        return Answer(MotionCommand(), False, time.perf_counter() - began)
    motion = reference.motion(warp)
    return Answer(motion, True, time.perf_counter() - began)
