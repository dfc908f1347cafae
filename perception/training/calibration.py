"""How far to trust a model: measured on captures that nothing was trained on.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018): with n held-out captures the
ceil((n + 1)(1 - alpha))-th smallest error bounds the error of the next one with probability
1 - alpha, whatever its distribution, as long as the next picture is like the held-out ones.
Captures are counted, not crops of them: warped copies of one picture are not independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import NotLearnedError
from pregrasp.perception.estimator import Estimator, Image
from pregrasp.perception.last_inch import LastInch, Pyramid
from pregrasp.perception.model import NEAR, Model, Trust
from pregrasp.perception.training.last_inch import Labelled

LEVEL = 0.95
"""Wanted confidence of the bounds; 19 held-out captures are the fewest for it."""

DEMANDED = 0.5
"""The gate is at most this share of the confidence that half of the held-out captures reach."""

DEMANDED_OF_PATCHES = 0.7
"""The same for a last inch: siblings of a plain part were seen at 0.39 ..."""

DEMANDED_OF_MARKED = 0.5
"""... and for one whose part has marks, by which it is known."""

ABOVE_IMPOSTORS = 2.2
"""The odds that are demanded are so many times those of the best picture without the part ..."""

LEAST_AGREEING = 0.2
"""... and the confidence is never less than this."""

DEMANDED_OF_REPEATS = 0.85
"""The gate of a part that repeats itself and has no marks: another part with the same pattern
agrees with more than half of it, and differs in edges only."""

ALIAS_RANGE = 12 * MM
ALIAS_STEP = 1.5 * MM
"""Where repeats of the part's pattern are looked for, along x and y [m]."""

SAME_PLACE = 2.0
"""What settles so near the truth is the truth, not well settled [mm plus deg]."""

ALIAS_AGREES = 0.4
"""A place with this share of the truth's agreement may be confused with it."""

MOST_ALIASES = 8
"""The likeliest repeats; each costs about a millisecond a picture."""

ENOUGH_BELIEVED = 0.8
"""A model that passes its own gate on fewer held-out captures has learned nothing."""


@dataclass(frozen=True)
class Errors:
    """Errors on held-out captures, one look each."""

    captures: int
    near_captures: int
    near_translation_mm_median: float
    near_translation_mm_p95: float
    near_rotation_deg_median: float
    near_rotation_deg_p95: float
    far_translation_mm_median: float
    far_translation_mm_p95: float
    far_rotation_deg_median: float
    far_rotation_deg_p95: float


@dataclass(frozen=True)
class Calibration:
    """Limits of trust and what they rest on."""

    trust: Trust
    errors: Errors
    samples: list[dict[str, Any]]
    """One row a held-out capture, for plots."""


def calibrate(
    estimator: Estimator,
    held_out: Sequence[Labelled],
    impostors: Sequence[Image] = (),
    *,
    most: float = DEMANDED,
) -> Calibration:
    """Measure an estimator on held-out captures.

    Args:
        estimator: What has been trained.
        held_out: Captures that nothing was trained on.
        impostors: Pictures in which the part is not. What the estimator finds in them all the
            same is what it must do better than to be trusted; without any, it must do half as
            well as it usually does.
        most: The gate is at most this share of what it usually reaches.

    Raises:
        NotLearnedError: It does not find the part on captures like those it was trained on.
    """
    rows = []
    for capture in held_out:
        estimate = estimator.estimate(capture.image)
        # What is left to move after moving by the estimate.
        off = estimate.motion.inverse() @ capture.motion
        rows.append(
            (
                capture.motion.distance,
                off.translation / MM,
                off.rotation / DEG,
                estimate.confidence,
            )
        )
    table = np.array(rows)
    typical = float(np.median(table[:, 3]))
    agreeing = most * typical
    if impostors:
        fooled = max(estimator.estimate(image).confidence for image in impostors)
        agreeing = min(agreeing, max(_with_odds(fooled, ABOVE_IMPOSTORS), LEAST_AGREEING))
    believed = table[table[:, 3] >= agreeing]
    if len(believed) < ENOUGH_BELIEVED * len(table):
        raise NotLearnedError(
            f"the model finds the part in only {len(believed)} of {len(table)} captures that "
            "were kept back: it has not learned it. Collect more captures, or train longer."
        )
    table = believed
    near = table[table[:, 0] <= NEAR]
    if len(near) < 5:
        near = table[np.argsort(table[:, 0])[: max(5, len(table) // 4)]]
    far = table[table[:, 0] > NEAR]
    far = far if len(far) else table
    bound_mm, level = conformal(near[:, 1])
    bound_deg, _ = conformal(near[:, 2])
    if bound_mm > 5.0 or bound_deg > 5.0:
        raise NotLearnedError(
            f"on captures kept back, the model is off by up to {bound_mm:.1f} mm and "
            f"{bound_deg:.1f} deg: it has not learned this part. Collect more captures, or "
            "train longer."
        )
    growth = np.maximum(far[:, 1] / bound_mm, far[:, 2] / bound_deg) / far[:, 0]
    trust = Trust(
        agreeing=round(agreeing, 3),
        typical=round(typical, 3),
        level=level,
        bound_translation_mm=round(bound_mm, 4),
        bound_rotation_deg=round(bound_deg, 4),
        bound_growth=round(conformal(growth)[0], 4),
    )
    errors = Errors(len(table), len(near), *_quantiles(near), *_quantiles(far))
    samples = [
        {
            "distance": round(row[0], 3),
            "translation_mm": round(row[1], 4),
            "rotation_deg": round(row[2], 4),
            "confidence": round(row[3], 3),
        }
        for row in rows
    ]
    return Calibration(trust, errors, samples)


def _with_odds(share: float, times: float) -> float:
    """The share whose odds are so many times as high."""
    return times * share / (1.0 + (times - 1.0) * share)


def find_aliases(model: Model, taught: Image) -> tuple[MotionCommand, ...]:
    """Where the part looks much like itself, found on the taught picture.

    Starts all around the truth are refined; what they settle on, beside the truth, with at
    least `ALIAS_AGREES` of the agreement that the truth has, are places that a look from
    further away may confuse with it.
    """
    if not model.levels:
        return ()
    last_inch = LastInch(model.levels, model.image_map)
    pyramid = Pyramid(taught)
    truth = last_inch.refine(pyramid, MotionCommand())
    found: list[tuple[float, MotionCommand]] = []
    steps = np.arange(-ALIAS_RANGE, ALIAS_RANGE + 1e-9, ALIAS_STEP)
    for x in steps:
        for y in steps:
            refined = last_inch.refine(pyramid, MotionCommand(float(x), float(y)))
            # On the way to the truth much agrees already; only what stays there is a repeat.
            refined = last_inch.refine(pyramid, refined.motion)
            off = truth.motion.inverse() @ refined.motion
            if refined.agreeing < ALIAS_AGREES * truth.agreeing or off.distance < SAME_PLACE:
                continue
            if all((off.inverse() @ other).distance > 0.5 for _, other in found):
                found.append((refined.agreeing, off))
    found.sort(key=lambda pair: -pair[0])
    return tuple(motion for _, motion in found[:MOST_ALIASES])


def conformal(errors: Sequence[float] | np.ndarray[Any, Any]) -> tuple[float, float]:
    """The conformal bound of some errors, and the level that their number allows.

    Example:
        >>> conformal([0.1, 0.4, 0.2])
        (0.4, 0.75)
    """
    count = len(errors)
    rank = min(math.ceil((count + 1) * LEVEL), count)
    level = min(LEVEL, count / (count + 1))
    return float(np.sort(errors)[rank - 1]), round(level, 3)


def _quantiles(rows: np.ndarray[Any, Any]) -> tuple[float, float, float, float]:
    translation, rotation = rows[:, 1], rows[:, 2]
    values = (
        np.median(translation),
        np.quantile(translation, 0.95),
        np.median(rotation),
        np.quantile(rotation, 0.95),
    )
    a, b, c, d = (round(float(value), 4) for value in values)
    return a, b, c, d
