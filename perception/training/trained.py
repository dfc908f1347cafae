"""What a training gives, whatever the architecture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from pregrasp.perception.model import Trust

Weights = tuple[npt.NDArray[Any], ...]
"""Of every layer of a network, in Keras' order."""

Progress = Callable[[str, float, str], None]
"""Told the stage, the share of it that is done (0 to 1), and a few words."""


class SavedModel(Protocol):
    """A model that can be put into a folder."""

    @property
    def trust(self) -> Trust:
        """When to believe it."""

    @property
    def made(self) -> dict[str, Any]:
        """How it was made, for people."""

    def with_made(self, more: dict[str, Any]) -> SavedModel:
        """The model with more on its card."""

    def save(self, folder: Path) -> int:
        """Write the model, replacing one that is there; gives its size [bytes]."""


@dataclass(frozen=True)
class Trained:
    """What training gives."""

    model: SavedModel
    """The model, calibrated."""
    report: dict[str, Any]
    """Curves and figures for the report, as plain JSON values."""
    weights: Weights = ()
    """Of the network, for a training that goes on from here; empty where there is none."""
