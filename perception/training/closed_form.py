"""What a training does besides the network: seconds, and without TensorFlow.

The last inch and the landmarks are learned in closed form; afterwards the model as a whole is
judged on what was kept back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from pregrasp.perception.features.landmarks import Landmarks
from pregrasp.perception.last_inch import LastInch, Level, Pyramid
from pregrasp.perception.model import NEAR, Model
from pregrasp.perception.model_estimator import ModelEstimator
from pregrasp.perception.shape import Shape
from pregrasp.perception.training.calibration import (
    DEMANDED,
    DEMANDED_OF_MARKED,
    DEMANDED_OF_PATCHES,
    DEMANDED_OF_REPEATS,
    Calibration,
    calibrate,
    find_aliases,
)
from pregrasp.perception.training.features import FEWEST_FEATURES, find_landmarks
from pregrasp.perception.training.impostors import impostors
from pregrasp.perception.training.last_inch import Labelled, fit_levels
from pregrasp.perception.training.marks import find_marks
from pregrasp.perception.training.preparation import Prepared
from pregrasp.perception.training.telling import weigh_by_mirror, weigh_by_repeats
from pregrasp.perception.training.trained import Progress

LESS_ALIKE = 0.06
"""A part that repeats itself may look less like the taught one by so much. Shadow, glare, wear and
lamps that are twice as bright cost 0.03."""

LESS_ALIKE_UNMARKED = 0.014
"""The same without marks to know it by: other parts with the same pattern, but round pads for
square ones, look less alike by 0.01 to 0.04."""

MOST_LANDMARKS = 600
"""More do not find the part any better."""


def labelled_captures(prepared: Prepared) -> list[Labelled]:
    """Every capture with its motion command, in the order of `Prepared.records`."""
    label, image = prepared.alignment.label, prepared.dataset.image
    return [Labelled(image(record), label(record)) for record in prepared.records]


def fit_last_inch(
    prepared: Prepared,
    labelled: Sequence[Labelled],
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[Level, ...]:
    """The local predictors.

    Raises:
        TrainingError: The part shows too little structure.
    """
    progress("last inch", 0.0, "")
    levels = fit_levels(
        [labelled[i] for i in prepared.chosen],
        prepared.alignment.image_map,
        prepared.alignment.taught,
        prepared.mask,
        rng,
    )
    progress("last inch", 1.0, f"{levels[-1].error * 1e3:.3f} mm a patch")
    return levels


def choose_landmarks(prepared: Prepared, progress: Progress) -> Landmarks | None:
    """The features that are found again most often; None where they are too few to help."""
    landmarks = find_landmarks(prepared, progress).strongest(MOST_LANDMARKS)
    return landmarks if len(landmarks.points) >= FEWEST_FEATURES else None


def take_shape(prepared: Prepared, labelled: Sequence[Labelled]) -> Shape:
    """The shape by which the part is found, turned as far as any capture shows it."""
    turns = max(abs(capture.motion.theta) for capture in labelled)
    return Shape.of(prepared.alignment.taught, prepared.mask, turns)


def judge(
    model: Model,
    prepared: Prepared,
    labelled: Sequence[Labelled],
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[Model, Calibration]:
    """Find out where the part looks like itself, and how far to trust the model.

    Returns:
        The model with its aliases and marks, with what its patches tell and how far to trust it,
        and what this rests on.

    Raises:
        NotLearnedError: The model does not find the part on the captures that were kept back.
    """
    kept = [labelled[i] for i in prepared.held_out]
    progress("calibrate", 0.0, f"{len(kept)} captures")
    taught, mask = prepared.alignment.taught, prepared.mask
    aliases = find_aliases(model, taught)
    close = [labelled[i] for i in prepared.chosen if labelled[i].motion.distance <= NEAR]
    marks = find_marks(taught, mask, model.image_map, aliases, close)
    model = replace(model, aliases=aliases, marks=marks)
    seen = [labelled[i] for i in prepared.chosen]
    if aliases:
        model = replace(model, levels=weigh_by_repeats(model, seen))
    elif model.levels:
        model = replace(model, levels=weigh_by_mirror(model, [each.image for each in seen]))
    false = impostors(prepared.dataset, [capture.image for capture in kept], rng)
    unmarked = bool(aliases) and marks is None
    most = DEMANDED_OF_PATCHES if model.levels else DEMANDED
    if aliases:
        most = DEMANDED_OF_MARKED if marks else DEMANDED_OF_REPEATS
    calibration = calibrate(ModelEstimator(model), kept, () if aliases else list(false), most=most)
    trust = calibration.trust
    if model.aliases:
        near = [capture for capture in kept if capture.motion.distance <= NEAR] or kept
        less = LESS_ALIKE_UNMARKED if unmarked else LESS_ALIKE
        trust = replace(trust, likeness=round(_likeness(model, near) - less, 3))
    progress("calibrate", 1.0, "")
    return replace(model, trust=trust), calibration


def findings(model: Model, calibration: Calibration) -> dict[str, Any]:
    """What a model's card says about what was found in closed form."""
    return {
        "landmarks": len(model.landmarks.points) if model.landmarks else 0,
        "repeats": len(model.aliases),
        "marks": len(model.marks.centres) if model.marks else 0,
        "held_out": asdict(calibration.errors),
    }


def _likeness(model: Model, captures: Sequence[Labelled]) -> float:
    """What half of some captures reach, seen from where the part truly is."""
    last_inch = LastInch(model.levels, model.image_map)
    looks = [last_inch.refine(Pyramid(each.image), each.motion).likeness for each in captures]
    return float(np.median(looks))
