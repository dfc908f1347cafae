"""Training: from a data set to a model.

`train` is the way in. It loads TensorFlow, which crashes in one process with the renderer's
GL context, so programs call it in a process of its own (`pregrasp.jobs.train`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.sampling import Workspace
from pregrasp.perception.training.features import train_features
from pregrasp.perception.training.trained import Trained
from pregrasp.perception.training.warm_start import WarmStart

REPORT = "training.json"
"""Curves and figures of the last training, beside the model."""


@dataclass(frozen=True)
class TrainingSummary:
    """What came out of a training."""

    model_bytes: int
    """Size of the model's files [bytes]."""
    made: dict[str, Any]
    """How the model was made and what it reached on held-out captures."""
    trust: dict[str, float]
    """When its answers are believed."""


def train(
    dataset: Path,
    network: Network,
    workspace: Workspace,
    out: Path,
    *,
    report_progress: Callable[[str, float, float, str], None],
    token: CancelToken,
    warm_start: WarmStart | None = None,
) -> TrainingSummary:
    """Train a task's model and write it to a folder.

    Args:
        dataset: Folder of the captures; its card names the task.
        network: What the task wants.
        workspace: Where servos begin.
        out: Folder for the model; an older one is replaced when the new one is complete.
        report_progress: Told stage, done, total and a few words.
        token: Cancelling it ends the training at its next step.
        warm_start: Where the network's weights come from and go to; None to begin anew.

    Raises:
        DatasetError: The data set is missing or damaged.
        TrainingError: It cannot be learned from.
        CancelledError: The token was cancelled.
    """

    def progress(stage: str, share: float, words: str) -> None:
        token.raise_if_cancelled()
        report_progress(stage, share, 1.0, words)

    captures = Dataset.open(dataset)
    if network.architecture is Architecture.FEATURES:
        trained = train_features(captures, network, workspace, progress)
    else:
        # TensorFlow must not be loaded by looking at this package.
        from pregrasp.perception.training.pipeline import train_model

        weights = warm_start.weights() if warm_start else ()
        trained = train_model(captures, network, workspace, progress, weights)
    if warm_start is not None:
        warm_start.keep(trained.weights)
    return save(trained, out)


def save(trained: Trained, folder: Path) -> TrainingSummary:
    """Write a model and its report into a folder.

    Raises:
        ModelError: The folder cannot be written.
    """
    size = trained.model.save(folder)
    part = folder / f".{REPORT}.part"
    part.write_text(json.dumps(trained.report) + "\n", encoding="utf-8")
    part.replace(folder / REPORT)
    return TrainingSummary(size, trained.model.made, asdict(trained.model.trust))
