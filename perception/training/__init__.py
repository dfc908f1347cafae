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
from pregrasp.perception.network import Network
from pregrasp.perception.sampling import Workspace

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
) -> TrainingSummary:
    """Train a task's model and write it to a folder.

    Args:
        dataset: Folder of the captures; its card names the task.
        network: What the task wants.
        workspace: Where servos begin.
        out: Folder for the model; an older one is replaced when the new one is complete.
        report_progress: Told stage, done, total and a few words.
        token: Cancelling it ends the training at its next step.

    Raises:
        DatasetError: The data set is missing or damaged.
        TrainingError: It cannot be learned from.
        CancelledError: The token was cancelled.
    """
    # TensorFlow must not be loaded by looking at this package.
    from pregrasp.perception.training.pipeline import train_model

    def progress(stage: str, share: float, words: str) -> None:
        token.raise_if_cancelled()
        report_progress(stage, share, 1.0, words)

    trained = train_model(Dataset.open(dataset), network, workspace, progress)
    size = trained.model.save(out)
    (out / REPORT).write_text(json.dumps(trained.report) + "\n", encoding="utf-8")
    return TrainingSummary(size, trained.model.made, asdict(trained.model.trust))
