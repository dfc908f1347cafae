"""From a data set to a model, step by step.

1. align the captures (`alignment`), find the part (`mask`);
2. fit the last inch (`last_inch`) in closed form;
3. train the network (`loop`) on captures seen from elsewhere in other light;
4. export it and compare it with the original (`export`);
5. calibrate on captures that nothing was trained on (`calibration`).

TensorFlow is loaded here, so this runs in a process of its own (`pregrasp.perception.training`).
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from pregrasp.perception.cells import cell_places
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.last_inch import Level, Pyramid
from pregrasp.perception.model import Model, Trust
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.network_input import INPUTS
from pregrasp.perception.sampling import Workspace
from pregrasp.perception.training import export
from pregrasp.perception.training.augmentation import Synthesiser
from pregrasp.perception.training.closed_form import (
    choose_landmarks,
    findings,
    fit_last_inch,
    judge,
    labelled_captures,
    take_shape,
)
from pregrasp.perception.training.loop import train_network
from pregrasp.perception.training.paper_loop import PaperExamples, train_paper_network
from pregrasp.perception.training.preparation import prepare
from pregrasp.perception.training.trained import Progress, Trained, Weights

FEWEST = 24
"""Fewest captures to train on."""


def train_model(
    dataset: Dataset,
    network: Network,
    workspace: Workspace,
    progress: Progress,
    start: Weights = (),
) -> Trained:
    """Train a task's model.

    Args:
        dataset: The captures.
        network: What the task wants.
        workspace: Where servos begin.
        progress: Told how far it is.
        start: Weights of a network to go on from; GoogLeNet always begins anew.

    Raises:
        TrainingError: The data set cannot be learned from; the message says why.
        DatasetError: A picture is missing or damaged.
    """
    began = time.monotonic()
    prepared = prepare(dataset, FEWEST, progress)
    alignment, mask = prepared.alignment, prepared.mask
    labelled = labelled_captures(prepared)
    held_out, chosen = prepared.held_out, prepared.chosen
    rng = np.random.default_rng(network.seed)
    levels: tuple[Level, ...] = ()
    landmarks = shape = None
    if network.last_inch:
        levels = fit_last_inch(prepared, labelled, rng, progress)
        if network.architecture is Architecture.VOTES:
            shape = take_shape(prepared, labelled)
            landmarks = choose_landmarks(prepared, progress)

    captures = [(labelled[i].image, labelled[i].motion) for i in chosen]

    def report_network(share: float, words: str) -> None:
        progress("network", share, words)

    card: dict[str, Any] = {}
    try:
        if network.architecture is Architecture.GOOGLENET:
            paper_examples = PaperExamples(captures, alignment.image_map, workspace, rng)
            keras_model, curve, card = train_paper_network(paper_examples, network, report_network)
        else:
            synthesiser = Synthesiser(captures, alignment.image_map, mask, workspace, rng)
            places = cell_places(alignment.image_map)
            keras_model, curve = train_network(synthesiser, network, places, report_network, start)
    except TrainingError as error:
        raise TrainingError(f"{dataset.folder}: {error}") from error
    progress("export", 0.0, "")
    see = INPUTS[keras_model.input_shape[1:3]]
    examples = np.stack([see(Pyramid(labelled[i].image).at(2)) for i in held_out[:16]])
    content = export.export(keras_model, examples[..., None])
    progress("export", 1.0, f"{len(content) / 1e6:.2f} MB")

    model = Model(
        task=dataset.card.task,
        network=content,
        image_map=alignment.image_map,
        levels=levels,
        landmarks=landmarks,
        shape=shape,
        trust=Trust(),
        aliases=(),
        marks=None,
        made={},
    )
    model, calibration = judge(model, prepared, labelled, rng, progress)
    minutes = (time.monotonic() - began) / 60.0
    made = {
        "architecture": network.architecture.value,
        **prepared.made(),
        "training_minutes": round(minutes, 2),
        "network_parameters": int(keras_model.count_params()),
        **card,
        **findings(model, calibration),
        "seed": network.seed,
    }
    report = {
        "curve": asdict(curve),
        "held_out": calibration.samples,
        "captures": prepared.sampled(),
        "last_inch_error_mm": [round(level.error * 1e3, 4) for level in levels],
        "minutes": made["training_minutes"],
    }
    return Trained(replace(model, made=made), report, tuple(keras_model.get_weights()))
