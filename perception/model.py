"""A trained model on disk, and the estimator that it becomes.

::

    model/
    ├── network.tflite      the motion network
    ├── last_inch.npz       the local predictors
    └── model.json          task, sizes, image map, limits of trust, hashes, how it was made
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.cells import UNIT, Candidate, cell_places, count_votes
from pregrasp.perception.errors import ModelError
from pregrasp.perception.estimator import Estimate, Estimator, Image, Votes
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import LastInch, Level, Pyramid, Refined
from pregrasp.perception.model_folder import (
    DESCRIPTION,
    read_description,
    read_part,
    write_folder,
)
from pregrasp.perception.network import Architecture
from pregrasp.perception.network_input import check_image
from pregrasp.perception.tflite_network import TfliteNetwork

FORMAT = 2
"""Version of the folder's layout."""

NETWORK, PREDICTORS = "network.tflite", "last_inch.npz"

CANDIDATES = 6
"""How many of the network's proposals are looked at, as long as none is sure."""

HOPS = 4
"""How many repeats of its pattern a part is followed back."""

CLEARLY = 0.05
"""Another repeat must agree by so much more to be believed instead."""

SURE = 1.4
"""An answer with this many times the agreement that is needed ends the search for others."""


@dataclass(frozen=True, slots=True)
class Trust:
    """When an answer is good enough to move by; found on held-out captures."""

    agreeing: float = 0.25
    """Least share of patches (or votes, without a last inch) that must agree."""
    level: float = 0.0
    """Share of held-out captures whose error is within the bounds below."""
    bound_translation_mm: float = float("inf")
    """Conformal bound of the translation error close to the goal [mm]."""
    bound_rotation_deg: float = float("inf")
    """Conformal bound of the rotation error close to the goal [deg]."""
    bound_growth: float = 0.0
    """How much the bounds grow per size of the estimated motion."""


@dataclass(frozen=True)
class Model:
    """Everything a trained model is made of."""

    task: str
    """Name of the task it was trained for."""
    network: bytes
    """The ``.tflite`` file."""
    image_map: ImageMap
    """How pixels lie on the part's plane."""
    levels: tuple[Level, ...]
    """The last inch; empty without one."""
    trust: Trust
    """When to believe it."""
    aliases: tuple[MotionCommand, ...]
    """Moves after which the part looks much like itself, as a grid of pads does."""
    made: dict[str, Any]
    """How it was made, for people: counts, errors, times, versions."""

    @property
    def sha256(self) -> str:
        """Of the network and the predictors; `model_folder.model_hash` names a model on disk."""
        digest = hashlib.sha256(self.network)
        digest.update(_pack_levels(self.levels))
        return digest.hexdigest()

    def with_made(self, more: dict[str, Any]) -> Model:
        """The model with more on its card."""
        return replace(self, made={**self.made, **more})

    def save(self, folder: Path) -> int:
        """Write the model, replacing one that is there.

        Returns:
            Size of its files [bytes].

        Raises:
            ModelError: The folder cannot be written.
        """
        predictors = _pack_levels(self.levels)
        description = {
            "format": FORMAT,
            "task": self.task,
            "network_sha256": hashlib.sha256(self.network).hexdigest(),
            "last_inch_sha256": hashlib.sha256(predictors).hexdigest(),
            "image_size_px": list(self.image_map.size),
            "image_map": self.image_map.to_json(),
            "trust": asdict(self.trust),
            "aliases": [
                {"x_mm": a.x / MM, "y_mm": a.y / MM, "theta_deg": a.theta / DEG}
                for a in self.aliases
            ],
            "made": self.made,
        }
        files = {
            NETWORK: self.network,
            PREDICTORS: predictors,
            DESCRIPTION: (json.dumps(description, indent=1) + "\n").encode(),
        }
        write_folder(folder, files)
        return sum(len(content) for content in files.values())

    @classmethod
    def load(cls, folder: Path, task: str | None = None) -> Model:
        """Read a model and check it.

        Args:
            folder: Where `save` put it.
            task: Name of the task it must be for.

        Raises:
            ModelError: It is missing, damaged, or for something else.
        """
        path = folder / DESCRIPTION
        description = read_description(folder)
        network = read_part(folder, NETWORK)
        predictors = read_part(folder, PREDICTORS)
        try:
            return cls._from_files(folder, description, network, predictors, task)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: damaged: {error!r}. Train the task again.") from error

    @classmethod
    def _from_files(
        cls,
        folder: Path,
        description: dict[str, Any],
        network: bytes,
        predictors: bytes,
        task: str | None,
    ) -> Model:
        if description["format"] != FORMAT:
            raise ModelError(
                f"{folder}: the model has format {description['format']}, this version reads "
                f"{FORMAT}. Train the task again."
            )
        if task is not None and description["task"] != task:
            raise ModelError(
                f"{folder}: the model was trained for {description['task']!r}, "
                f"the task is {task!r}."
            )
        for name, content, key in (
            (NETWORK, network, "network_sha256"),
            (PREDICTORS, predictors, "last_inch_sha256"),
        ):
            if hashlib.sha256(content).hexdigest() != description[key]:
                raise ModelError(
                    f"{folder / name}: damaged: it is not the file that {DESCRIPTION} "
                    "describes. Restore it, or train the task again."
                )
        image_map = ImageMap.from_json(description["image_size_px"], description["image_map"])
        return cls(
            str(description["task"]),
            network,
            image_map,
            _unpack_levels(predictors),
            Trust(**description["trust"]),
            tuple(
                MotionCommand(a["x_mm"] * MM, a["y_mm"] * MM, a["theta_deg"] * DEG)
                for a in description["aliases"]
            ),
            dict(description["made"]),
        )


class ModelEstimator:
    """The estimator that a model becomes: network first, then the last inch.

    Args:
        model: The trained model.
        threads: Threads for the network.
        folder: Where the model is, for messages.
    """

    def __init__(self, model: Model, threads: int = 1, folder: Path = Path()) -> None:
        self.model = model
        self._network = TfliteNetwork(model.network, threads, str(folder / NETWORK))
        self._places = cell_places(model.image_map)
        self._last_inch = LastInch(model.levels, model.image_map) if model.levels else None

    def estimate(self, image: Image) -> Estimate:
        """Answer for one picture.

        Raises:
            ImageError: The picture does not fit the model.
        """
        began = time.perf_counter()
        check_image(image, self.model.image_map.size)
        pyramid = Pyramid(image)
        candidates = self._candidates(pyramid)
        refined: Refined | None = None
        if self._last_inch is not None:
            refined = self._refine(self._last_inch, pyramid, candidates)
            motion, confidence = refined.motion, refined.agreeing
        else:
            likeliest = next(candidates)
            motion, confidence = likeliest.motion, likeliest.share
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
            votes=_votes(refined) if refined else None,
        )

    def _candidates(self, pyramid: Pyramid) -> Iterator[Candidate]:
        """What the network proposes, the likeliest first; at least one."""
        answer = self._network.answer(self._network.prepare(pyramid.at(2)))
        if answer.cells is None:
            x, y, theta, share = (float(value) for value in answer.motion)
            yield Candidate(MotionCommand(x * UNIT, y * UNIT, theta), share)
            return
        yield from count_votes(answer.cells, self._places, CANDIDATES)
        # The tool may stand at the goal already: then the picture itself will say so.
        yield Candidate(MotionCommand(), 0.0)

    def _refine(
        self, last_inch: LastInch, pyramid: Pyramid, candidates: Iterator[Candidate]
    ) -> Refined:
        """The candidate that the picture itself agrees with most, refined."""
        best = last_inch.refine(pyramid, next(candidates).motion)
        while best.agreeing < SURE * self.model.trust.agreeing:
            candidate = next(candidates, None)
            if candidate is None:
                break
            refined = last_inch.refine(pyramid, candidate.motion)
            if refined.agreeing > best.agreeing:
                best = refined
        return self._best_repeat(last_inch, pyramid, best)

    def _best_repeat(self, last_inch: LastInch, pyramid: Pyramid, found: Refined) -> Refined:
        """Out of all places where a part that repeats itself may lie, the one that fits best."""
        for _ in range(HOPS if self.model.aliases else 0):
            others = [
                last_inch.look_closely(pyramid, found.motion @ alias)
                for alias in self.model.aliases
            ]
            better = max(others, key=lambda refined: refined.agreeing)
            if better.agreeing < found.agreeing + CLEARLY:
                break
            # The coarser levels may have been what led to the wrong repeat.
            found = last_inch.look_closely(pyramid, better.motion)
        return found

    def _doubt(self, confidence: float) -> str:
        """Why the answer is not to be trusted; empty when it is."""
        trust = self.model.trust
        if not confidence >= trust.agreeing:
            return (
                f"only {confidence:.0%} of what is in view looks like {self.model.task} at the "
                f"estimated place, expected at least {trust.agreeing:.0%}. Is the part in view, "
                "uncovered and lit?"
            )
        return ""


def load_estimator(folder: Path, task: str, threads: int = 1) -> Estimator:
    """The estimator of a task's model, whatever its architecture.

    Raises:
        ModelError: The model is missing, damaged, or made for another task.
    """
    if read_description(folder).get("architecture") == Architecture.FEATURES.value:
        # Features know this module's trust; only here is it the other way round.
        from pregrasp.perception.features.model import FeatureEstimator, FeatureModel

        return FeatureEstimator(FeatureModel.load(folder, task), threads)
    return ModelEstimator(Model.load(folder, task), threads, folder)


def _votes(refined: Refined) -> Votes:
    return Votes(refined.points.astype(np.float32), refined.weights.astype(np.float32))


_ARRAYS = ("centres", "weights", "precision", "appearance")
_SCALARS = ("shrink", "spacing", "reach", "side", "error")


def _pack_levels(levels: tuple[Level, ...]) -> bytes:
    """The levels as one ``.npz`` file, the large arrays in half precision."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for i, level in enumerate(levels):
        for name in _ARRAYS:
            array = getattr(level, name)
            # Predictors answer in metres, far below what half precision can hold.
            scaled = array / MM if name == "weights" else array
            arrays[f"{i}_{name}"] = (
                scaled.astype(np.float16) if array.dtype == np.float32 else scaled
            )
        for name in _SCALARS:
            arrays[f"{i}_{name}"] = np.array(getattr(level, name))
    arrays["count"] = np.array(len(levels))
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _unpack_levels(content: bytes) -> tuple[Level, ...]:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        levels = []
        for i in range(int(arrays["count"])):
            level = Level(
                shrink=int(arrays[f"{i}_shrink"]),
                spacing=float(arrays[f"{i}_spacing"]),
                reach=float(arrays[f"{i}_reach"]),
                side=int(arrays[f"{i}_side"]),
                centres=arrays[f"{i}_centres"].astype(np.float64),
                weights=arrays[f"{i}_weights"].astype(np.float32),
                precision=arrays[f"{i}_precision"].astype(np.float64),
                error=float(arrays[f"{i}_error"]),
                appearance=arrays[f"{i}_appearance"].astype(np.float32),
            )
            levels.append(replace(level, weights=level.weights * np.float32(MM)))
        return tuple(levels)
