"""JSON files that jobs leave behind: written whole or not at all, with units in the keys."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.jobs.errors import ResultFileError


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the values of a sample lie; every number is None for an empty sample."""

    median: float | None
    p95: float | None
    p99: float | None
    max: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of a sample, in its own unit.

        Example:
            >>> Spread.of([1.0, 2.0, 3.0]).median
            2.0
        """
        if not values:
            return cls(None, None, None, None)
        median, p95, p99 = (float(np.percentile(values, share)) for share in (50, 95, 99))
        return cls(median, p95, p99, float(max(values)))

    def to_json(self, digits: int, *keys: str) -> dict[str, float | None]:
        """The numbers that are wanted, rounded."""
        chosen = keys or ("median", "p95", "p99", "max")
        return {key: rounded(getattr(self, key), digits) for key in chosen}


def rounded(value: float | None, digits: int) -> float | None:
    """A number with so many digits after the point, or None if there is none."""
    return None if value is None or not math.isfinite(value) else round(value, digits)


def motion_to_json(motion: MotionCommand) -> dict[str, float]:
    """A planar move in millimetres and degrees."""
    return {
        "x_mm": round(motion.x / MM, 4),
        "y_mm": round(motion.y / MM, 4),
        "theta_deg": round(motion.theta / DEG, 4),
    }


def pose_to_json(pose: Pose) -> dict[str, float]:
    """A pose in millimetres and degrees."""
    return {**motion_to_json(pose.planar), "z_mm": round(pose.z / MM, 4)}


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a result file.

    Raises:
        ResultFileError: The folder cannot be written, or the disk is full.
    """
    write_text(path, json.dumps(values, indent=2, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all.

    Raises:
        ResultFileError: The folder cannot be written, or the disk is full.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        ResultFileError: The folder cannot be written, or the disk is full.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise ResultFileError(
            path, f"cannot be written: {error.strerror}.", "Choose another place."
        ) from error
