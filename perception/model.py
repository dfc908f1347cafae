"""A trained model and the folder that it is kept in.

::

    model/
    ├── network.tflite      the motion network
    ├── last_inch.npz       the local predictors
    ├── landmarks.npz       features of the part, if it has enough of them
    ├── shape.npz           a small picture of the part, to find it by its edges
    ├── marks.npz           where it breaks its own pattern, if it repeats itself
    └── model.json          task, sizes, image map, limits of trust, hashes, how it was made
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import ModelError
from pregrasp.perception.estimator import Estimator
from pregrasp.perception.features.landmarks import Landmarks
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import Level
from pregrasp.perception.marks import Marks
from pregrasp.perception.model_folder import (
    DESCRIPTION,
    check_kind,
    read_checked,
    read_description,
    write_folder,
)
from pregrasp.perception.network import Architecture
from pregrasp.perception.shape import Shape

FORMAT = 6
"""Version of the folder's layout."""

NETWORK, PREDICTORS = "network.tflite", "last_inch.npz"
LANDMARKS, SHAPE, MARKS = "landmarks.npz", "shape.npz", "marks.npz"

NEAR = 6.0
"""Looks up to this far from the goal are like those that a servo ends on [mm plus deg]."""


@dataclass(frozen=True, slots=True)
class Trust:
    """When an answer is good enough to move by; found on held-out captures."""

    agreeing: float = 0.25
    """Least confidence: how much of what the patches (or votes, without a last inch) say must
    agree."""
    typical: float = 0.5
    """What half of the held-out captures reach."""
    likeness: float = 0.0
    """How much the matching patches must look as they did in training, as a correlation; asked
    of looks near the goal, since from the side everything looks a little different."""
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
    landmarks: Landmarks | None
    """Features that find the part where the network fails; None where it has too few."""
    shape: Shape | None
    """Its edges, which find it where the network fails, too; None without a last inch."""
    trust: Trust
    """When to believe it."""
    aliases: tuple[MotionCommand, ...]
    """Moves after which the part looks much like itself, as a grid of pads does."""
    marks: Marks | None
    """Where it then shows something else; None where it does not, or does not repeat itself."""
    made: dict[str, Any]
    """How it was made, for people: counts, errors, times, versions."""

    @property
    def sha256(self) -> str:
        """Of all that decides its answers; `model_folder.model_hash` names a model on disk."""
        digest = hashlib.sha256()
        for part in self._parts().values():
            digest.update(part)
        return digest.hexdigest()

    def _parts(self) -> dict[str, bytes]:
        parts = {NETWORK: self.network, PREDICTORS: _pack_levels(self.levels)}
        if self.landmarks is not None:
            parts[LANDMARKS] = self.landmarks.pack()
        if self.shape is not None:
            parts[SHAPE] = self.shape.pack()
        if self.marks is not None:
            parts[MARKS] = self.marks.pack()
        return parts

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
        parts = self._parts()
        description = {
            "format": FORMAT,
            "task": self.task,
            "sha256": {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()},
            "image_size_px": list(self.image_map.size),
            "image_map": self.image_map.to_json(),
            "trust": asdict(self.trust),
            "aliases": [
                {"x_mm": a.x / MM, "y_mm": a.y / MM, "theta_deg": a.theta / DEG}
                for a in self.aliases
            ],
            "made": self.made,
        }
        files = {**parts, DESCRIPTION: (json.dumps(description, indent=1) + "\n").encode()}
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
        try:
            return cls._read(folder, description, task)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: damaged: {error!r}. Train the task again.") from error

    @classmethod
    def _read(cls, folder: Path, description: dict[str, Any], task: str | None) -> Model:
        check_kind(folder, description, FORMAT, task)
        parts = {
            name: read_checked(folder, name, sha256)
            for name, sha256 in description["sha256"].items()
        }
        image_map = ImageMap.from_json(description["image_size_px"], description["image_map"])
        return cls(
            str(description["task"]),
            parts[NETWORK],
            image_map,
            _unpack_levels(parts[PREDICTORS]),
            Landmarks.unpack(parts[LANDMARKS]) if LANDMARKS in parts else None,
            Shape.unpack(parts[SHAPE]) if SHAPE in parts else None,
            Trust(**description["trust"]),
            tuple(
                MotionCommand(a["x_mm"] * MM, a["y_mm"] * MM, a["theta_deg"] * DEG)
                for a in description["aliases"]
            ),
            Marks.unpack(parts[MARKS]) if MARKS in parts else None,
            dict(description["made"]),
        )


def load_estimator(folder: Path, task: str, threads: int = 1) -> Estimator:
    """The estimator of a task's model, whatever its architecture.

    Raises:
        ModelError: The model is missing, damaged, or made for another task.
    """
    # Estimators know the models; only here is it the other way round.
    if read_description(folder).get("architecture") == Architecture.FEATURES.value:
        from pregrasp.perception.features.model import FeatureEstimator, FeatureModel

        return FeatureEstimator(FeatureModel.load(folder, task), threads)
    from pregrasp.perception.model_estimator import ModelEstimator

    return ModelEstimator(Model.load(folder, task), threads, folder)


_ARRAYS = ("centres", "weights", "precision", "appearance", "contrast", "telling", "placing")
_SCALARS = ("shrink", "spacing", "reach", "side", "error", "blind", "within")


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
                blind=int(arrays[f"{i}_blind"]),
                within=float(arrays[f"{i}_within"]),
                appearance=arrays[f"{i}_appearance"].astype(np.float32),
                contrast=arrays[f"{i}_contrast"].astype(np.float32),
                telling=arrays[f"{i}_telling"].astype(np.float64),
                placing=arrays[f"{i}_placing"].astype(np.float64),
            )
            levels.append(replace(level, weights=level.weights * np.float32(MM)))
        return tuple(levels)
