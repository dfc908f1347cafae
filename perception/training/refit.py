"""Everything about a model but its network, fitted again: seconds, and without TensorFlow.

What changes in a cell from month to month, light, dirt, a lens that was touched, changes how
the part looks from near. The network only has to find the part roughly, and its answer is
checked against the picture; so the last inch and the limits of trust are what must be renewed.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from pregrasp.perception.dataset import Dataset
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.model import Model, Trust
from pregrasp.perception.model_folder import model_hash, read_description
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.sampling import Workspace
from pregrasp.perception.training.closed_form import (
    choose_landmarks,
    findings,
    fit_last_inch,
    judge,
    labelled_captures,
    take_shape,
)
from pregrasp.perception.training.features import train_features
from pregrasp.perception.training.preparation import prepare
from pregrasp.perception.training.trained import Progress, Trained

FEWEST = 24
"""Fewest captures for the map of the image and the predictors."""


def refit(
    dataset: Dataset,
    base: Path,
    network: Network,
    workspace: Workspace,
    first_new: int,
    progress: Progress,
) -> Trained:
    """Make a model with the network of another one.

    Args:
        dataset: Old and new captures.
        base: Folder of the model whose network is taken over.
        network: What the task wants; a model of ``features`` is made anew from all captures.
        workspace: Where servos begin.
        first_new: Number of the first new capture; every other one from there on is kept back
            and says how far to trust the model.
        progress: Told how far it is.

    Raises:
        ModelError: The base is missing or damaged, or has no last inch.
        TrainingError: The captures cannot be learned from; the message says why.
        DatasetError: A picture is missing or damaged.
    """
    began = time.monotonic()
    name = model_hash(base)
    if read_description(base).get("architecture") == Architecture.FEATURES.value:
        trained = train_features(dataset, network, workspace, progress, first_new)
        return replace(trained, model=trained.model.with_made({"refreshed_from": name}))
    old = Model.load(base, dataset.card.task)
    if not old.levels:
        raise TrainingError(
            f"{base}: this model has no last inch, so its network is all that could be renewed. "
            "Train the task again with `pregrasp deploy`."
        )
    prepared = prepare(dataset, FEWEST, progress, first_new)
    labelled = labelled_captures(prepared)
    rng = np.random.default_rng(network.seed)
    levels = fit_last_inch(prepared, labelled, rng, progress)
    model = replace(
        old,
        image_map=prepared.alignment.image_map,
        levels=levels,
        landmarks=old.landmarks and choose_landmarks(prepared, progress),
        shape=old.shape and take_shape(prepared, labelled),
        trust=Trust(),
        aliases=(),
        marks=None,
    )
    model, calibration = judge(model, prepared, labelled, rng, progress)
    minutes = round((time.monotonic() - began) / 60.0, 2)
    made = {
        **old.made,
        **prepared.made(),
        "training_minutes": minutes,
        **findings(model, calibration),
        "refreshed_from": name,
    }
    report = {
        "curve": {"steps": [], "loss": [], "translation_mm": [], "rotation_deg": []},
        "held_out": calibration.samples,
        "captures": prepared.sampled(),
        "last_inch_error_mm": [round(level.error * 1e3, 4) for level in levels],
        "minutes": minutes,
    }
    return Trained(replace(model, made=made), report)
