"""The question every estimator answers: by how much should the tool move?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from pregrasp.frames import MotionCommand

Image = npt.NDArray[np.uint8]
"""A grey picture, uint8 (height, width)."""


@dataclass(frozen=True, slots=True)
class Votes:
    """Where the picture agrees with the taught one, for people who debug.

    All arrays have one row per vote.
    """

    points: npt.NDArray[np.float32]
    """Place of the vote in the picture, float32 (N, 2) [px]."""
    weights: npt.NDArray[np.float32]
    """How much it counted, float32 (N,), 0 to 1."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An answer, and how far it can be trusted."""

    motion: MotionCommand
    """The motion command v: ``T_tool_pregrasp`` at the time of the picture."""
    confidence: float
    """Share of the part that agrees with the answer, 0 to 1."""
    trusted: bool
    """Whether the robot may move by it."""
    reason: str = ""
    """Why it is not trusted; empty when it is."""
    bound_translation: float = float("inf")
    """The translation is off by at most this, at the level the model was calibrated for [m]."""
    bound_rotation: float = float("inf")
    """The same for the rotation [rad]."""
    bound_level: float = 0.0
    """Share of answers whose error is within the bounds; 0 for an estimator without any."""
    compute_time: float = 0.0
    """From picture to answer [s]."""
    votes: Votes | None = field(default=None, repr=False)
    """What the answer rests on."""


@runtime_checkable
class Estimator(Protocol):
    """Picture in, motion command and its confidence out."""

    def estimate(self, image: Image) -> Estimate:
        """Answer for one picture.

        Args:
            image: uint8 (height, width), of the size the estimator was made for.

        Raises:
            ImageError: The picture has another size or type.
        """
