"""How much each patch tells: found where the part is not.

The edges of a plate are those of every plate of its size, so that half of the patches agree with
the wrong one, too. What breaks the symmetry, holes and labels, agrees with none but the right one.
A part in the mirror has the same edges and the same texture: it stands for all the other parts that
nobody has shown.

In a part that repeats itself everything is found again in the mirror. There the question is which
repeat this is: a patch that agrees one repeat further on, too, says nothing about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pregrasp.perception.estimator import Image
from pregrasp.perception.last_inch import LastInch, Level, Pyramid
from pregrasp.perception.model import Model
from pregrasp.perception.model_estimator import ModelEstimator
from pregrasp.perception.training.impostors import mirrored
from pregrasp.perception.training.last_inch import Labelled

EXAMPLES = 32
"""Pictures that are asked."""

FOOLED = 0.05
"""With less confidence than this nothing was found in the mirror, and nothing is learned."""

FEWEST_FOOLED = 8
"""Fewer say little: patches count as if there had been so many."""

LEAST = 0.1
"""No patch is worth less than this share of another one."""


def weigh_by_mirror(model: Model, captures: Sequence[Image]) -> tuple[Level, ...]:
    """The levels of a model, every patch with how much it tells whether this is the part.

    Args:
        model: As far as it goes without limits of trust.
        captures: Pictures of the part.
    """
    estimator = ModelEstimator(model)
    last_inch = LastInch(model.levels, model.image_map)
    agreed = [np.zeros(len(level.centres)) for level in model.levels]
    fooled = 0
    for image in captures[:: max(1, len(captures) // EXAMPLES)]:
        other = mirrored(image)
        estimate = estimator.estimate(other)
        if estimate.confidence < FOOLED:
            continue
        fooled += 1
        for total, weights in zip(
            agreed, last_inch.believed(Pyramid(other), estimate.motion), strict=True
        ):
            total += weights
    return tuple(
        replace(level, telling=np.clip(1.0 - total / max(fooled, FEWEST_FOOLED), LEAST, 1.0))
        for level, total in zip(model.levels, agreed, strict=True)
    )


def weigh_by_repeats(model: Model, captures: Sequence[Labelled]) -> tuple[Level, ...]:
    """The levels of a model, every patch with how much it tells which repeat this is.

    Args:
        model: Of a part that repeats itself.
        captures: Pictures of the part.
    """
    last_inch = LastInch(model.levels, model.image_map)
    agreed = [np.zeros(len(level.centres)) for level in model.levels]
    steps = (*model.aliases, *(alias.inverse() for alias in model.aliases))
    for capture in captures[:: max(1, len(captures) // EXAMPLES)]:
        pyramid = Pyramid(capture.image)
        for step in steps:
            believed = last_inch.believed(pyramid, capture.motion @ step)
            for total, weights in zip(agreed, believed, strict=True):
                total += weights
    return tuple(
        replace(level, placing=np.clip(1.0 - total / max(total.max(), 1e-9), LEAST, 1.0))
        for level, total in zip(model.levels, agreed, strict=True)
    )
