"""A model without a network: the taught picture's features, and how far to trust them.

::

    model/
    ├── features.npz        places, histograms and weights of the features, the taught picture
    └── model.json          as of every model, with ``"architecture": "features"``
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import ModelError
from pregrasp.perception.estimator import Estimate, Image, Votes
from pregrasp.perception.features.matching import SHRINK, Matcher, Matches, find_features
from pregrasp.perception.features.polish import Polish
from pregrasp.perception.image_map import Floats, ImageMap, move_points
from pregrasp.perception.last_inch import Pyramid
from pregrasp.perception.model import Trust
from pregrasp.perception.model_folder import (
    DESCRIPTION,
    check_kind,
    read_checked,
    read_description,
    write_folder,
)
from pregrasp.perception.network import Architecture
from pregrasp.perception.network_input import check_image

FORMAT = 1
"""Version of the folder's layout."""

FEATURES = "features.npz"

LEAST_IN_VIEW = 0.12
"""With less of the part in the picture than this, nothing is said about it."""


@dataclass(frozen=True)
class FeatureModel:
    """Everything that the geometric estimator knows about a part."""

    task: str
    """Name of the task it was made for."""
    image_map: ImageMap
    """How pixels lie on the part's plane."""
    points: Floats
    """Features in the pregrasp frame, float64 (N, 2) [m]."""
    descriptors: npt.NDArray[np.uint8]
    """Their SIFT histograms, uint8 (N, 128)."""
    weights: Floats
    """How often each was found in the captures that show it, float64 (N,), 0 to 1."""
    taught: Image
    """The taught picture, reduced by `SHRINK`, uint8."""
    mask: Image
    """Where the part is in it, uint8, 255 inside."""
    zero: MotionCommand
    """What the answers were off by, on average over the captures near the goal: the few
    anchors behind the taught picture scatter with the arm, many captures scatter less."""
    polish: bool
    """Whether pixels are compared after the features."""
    trust: Trust
    """When to believe it."""
    made: dict[str, Any]
    """How it was made, for people."""

    def with_made(self, more: dict[str, Any]) -> FeatureModel:
        """The model with more on its card."""
        return replace(self, made={**self.made, **more})

    def save(self, folder: Path) -> int:
        """Write the model, replacing one that is there.

        Returns:
            Size of its files [bytes].

        Raises:
            ModelError: The folder cannot be written.
        """
        packed = self._pack()
        description = {
            "format": FORMAT,
            "architecture": Architecture.FEATURES.value,
            "task": self.task,
            "features_sha256": hashlib.sha256(packed).hexdigest(),
            "image_size_px": list(self.image_map.size),
            "image_map": self.image_map.to_json(),
            "zero": {
                "x_mm": self.zero.x / MM,
                "y_mm": self.zero.y / MM,
                "theta_deg": self.zero.theta / DEG,
            },
            "polish": self.polish,
            "trust": asdict(self.trust),
            "made": self.made,
        }
        files = {FEATURES: packed, DESCRIPTION: (json.dumps(description, indent=1) + "\n").encode()}
        write_folder(folder, files)
        return sum(len(content) for content in files.values())

    @classmethod
    def load(cls, folder: Path, task: str | None = None) -> FeatureModel:
        """Read a model and check it.

        Args:
            folder: Where `save` put it.
            task: Name of the task it must be for.

        Raises:
            ModelError: It is missing, damaged, or for something else.
        """
        description = read_description(folder)
        try:
            check_kind(folder, description, FORMAT, task)
            packed = read_checked(folder, FEATURES, description["features_sha256"])
            zero = description["zero"]
            with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
                return cls(
                    task=str(description["task"]),
                    image_map=ImageMap.from_json(
                        description["image_size_px"], description["image_map"]
                    ),
                    points=arrays["points"].astype(np.float64),
                    descriptors=arrays["descriptors"].astype(np.uint8),
                    weights=arrays["weights"].astype(np.float64),
                    taught=_decoded(arrays["taught"]),
                    mask=_decoded(arrays["mask"]),
                    zero=MotionCommand(
                        zero["x_mm"] * MM, zero["y_mm"] * MM, zero["theta_deg"] * DEG
                    ),
                    polish=bool(description["polish"]),
                    trust=Trust(**description["trust"]),
                    made=dict(description["made"]),
                )
        except (KeyError, TypeError, ValueError, cv2.error) as error:
            path = folder / DESCRIPTION
            raise ModelError(f"{path}: damaged: {error!r}. Train the task again.") from error

    def _pack(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(
            buffer,
            allow_pickle=False,
            points=self.points,
            descriptors=self.descriptors,
            weights=self.weights,
            taught=np.frombuffer(cv2.imencode(".png", self.taught)[1].tobytes(), np.uint8),
            mask=np.frombuffer(cv2.imencode(".png", self.mask)[1].tobytes(), np.uint8),
        )
        return buffer.getvalue()


class FeatureEstimator:
    """The estimator that a feature model becomes.

    Args:
        model: The model.
        threads: Unused: OpenCV takes what it is given by ``cv2.setNumThreads``.
    """

    def __init__(self, model: FeatureModel, threads: int = 1) -> None:
        self.model = model
        self._matcher = Matcher(model.points, model.descriptors, model.image_map)
        self._polish = Polish(model.taught, model.mask, model.image_map) if model.polish else None

    def estimate(self, image: Image) -> Estimate:
        """Answer for one picture.

        Raises:
            ImageError: The picture does not fit the model.
        """
        began = time.perf_counter()
        check_image(image, self.model.image_map.size)
        pyramid = Pyramid(image)
        found = self._matcher.match(find_features(pyramid.at(SHRINK)))
        if found is None:
            return Estimate(
                motion=MotionCommand(),
                confidence=0.0,
                trusted=False,
                reason=f"no place in the picture has the features of {self.model.task}. Is the "
                "part in view, uncovered and lit?",
                compute_time=time.perf_counter() - began,
            )
        motion = found.motion
        if self._polish is not None:
            motion = self._polish.refine(pyramid, motion).motion
        motion = motion @ self.model.zero
        confidence = self._confidence(found)
        reason = self._doubt(confidence)
        trust = self.model.trust
        growth = 1.0 + trust.bound_growth * (motion.translation / MM + motion.rotation / DEG)
        return Estimate(
            motion=motion,
            confidence=confidence,
            trusted=not reason,
            reason=reason,
            bound_translation=trust.bound_translation_mm * MM * growth,
            bound_rotation=trust.bound_rotation_deg * DEG * growth,
            compute_time=time.perf_counter() - began,
            votes=self._votes(found),
        )

    def _confidence(self, found: Matches) -> float:
        """Share of the features that should be seen which are, by how reliable each is."""
        weights = self.model.weights
        expected = float(weights[self._in_view(found.motion)].sum())
        if expected < LEAST_IN_VIEW * float(weights.sum()):
            return 0.0
        return min(float(weights[found.agreeing].sum()) / expected, 1.0)

    def _in_view(self, motion: MotionCommand) -> npt.NDArray[np.bool_]:
        image_map = self.model.image_map
        pixels = image_map.pixels(move_points(motion, self.model.points))
        inside: npt.NDArray[np.bool_] = np.all(
            (pixels >= 8) & (pixels < np.array(image_map.size) - 8), axis=1
        )
        return inside

    def _doubt(self, confidence: float) -> str:
        """Why the answer is not to be trusted; empty when it is."""
        least = self.model.trust.agreeing
        if confidence >= least:
            return ""
        return (
            f"only {confidence:.0%} of the features of {self.model.task} are at the estimated "
            f"place, expected at least {least:.0%}. Is the part in view, uncovered and lit?"
        )

    def _votes(self, found: Matches) -> Votes:
        weights = self.model.weights[found.agreeing]
        return Votes(found.seen.astype(np.float32), weights.astype(np.float32))


def with_trust(model: FeatureModel, trust: Trust, made: dict[str, Any]) -> FeatureModel:
    """The model once it is known how far to trust it."""
    return replace(model, trust=trust, made=made)


def _decoded(png: npt.NDArray[np.uint8]) -> Image:
    picture = cv2.imdecode(png, cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ValueError("a picture in it cannot be decoded")
    return np.asarray(picture, np.uint8)
