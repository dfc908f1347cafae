"""Weights of a network that a later, short training goes on from.

An export to TensorFlow Lite cannot be trained further, so the rounds of an active collection
keep the weights beside their models.
"""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pregrasp.perception.errors import TrainingError
from pregrasp.perception.training.trained import Weights


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Where weights come from and go to."""

    source: Path | None
    """Weights of the training before; None, or a file that is not there, begins anew."""
    target: Path
    """Where the weights of this training go."""

    def weights(self) -> Weights:
        """The weights to begin with; empty to begin anew.

        Raises:
            TrainingError: The file is damaged.
        """
        if self.source is None or not self.source.exists():
            return ()
        try:
            with np.load(io.BytesIO(self.source.read_bytes())) as archive:
                return tuple(archive[name] for name in archive.files)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise TrainingError(
                f"{self.source}: the weights are damaged: {error}. Delete the file to begin anew."
            ) from error

    def keep(self, weights: Weights) -> None:
        """Write the weights, whole or not at all.

        Raises:
            TrainingError: The folder cannot be written.
        """
        stream = io.BytesIO()
        np.savez(stream, *weights)
        part = self.target.with_name(f".{self.target.name}.part")
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(stream.getvalue())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.target)
        except OSError as error:
            raise TrainingError(
                f"{self.target}: the weights cannot be written: {error.strerror}."
            ) from error
