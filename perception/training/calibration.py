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

from pregrasp.frames import DEG, MM
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.model import Model, ModelEstimator, Trust
from pregrasp.perception.training.alignment import distance
from pregrasp.perception.training.last_inch import Labelled

LEVEL = 0.95
"""Wanted confidence of the bounds; 19 held-out captures are the fewest for it."""

NEAR = 6.0
"""Captures up to this far from the goal are like those that the servo ends on [mm, deg]."""

AGREEING_SHARE = 0.4
"""The gate is this share of what half of the held-out captures reach."""

LEAST_AGREEING = 0.15
"""The gate is never lower than this."""

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


def calibrate(model: Model, held_out: Sequence[Labelled]) -> Calibration:
    """Measure a model on held-out captures.

    Raises:
        TrainingError: It does not find the part on captures like those it was trained on.
    """
    estimator = ModelEstimator(model)
    rows = []
    for capture in held_out:
        estimate = estimator.estimate(capture.image)
        # What is left to move after moving by the estimate.
        off = estimate.motion.inverse() @ capture.motion
        rows.append(
            (
                distance(capture.motion),
                off.translation / MM,
                off.rotation / DEG,
                estimate.confidence,
            )
        )
    table = np.array(rows)
    agreeing = max(AGREEING_SHARE * float(np.median(table[:, 3])), LEAST_AGREEING)
    believed = table[table[:, 3] >= agreeing]
    if len(believed) < ENOUGH_BELIEVED * len(table):
        raise TrainingError(
            f"the model finds the part in only {len(believed)} of {len(table)} captures that "
            "were kept back: it has not learned it. Collect more captures, or train longer."
        )
    table = believed
    near = table[table[:, 0] <= NEAR]
    if len(near) < 5:
        near = table[np.argsort(table[:, 0])[: max(5, len(table) // 4)]]
    far = table[table[:, 0] > NEAR]
    far = far if len(far) else table
    bound_mm, level = _conformal(near[:, 1])
    bound_deg, _ = _conformal(near[:, 2])
    if bound_mm > 5.0 or bound_deg > 5.0:
        raise TrainingError(
            f"on captures kept back, the model is off by up to {bound_mm:.1f} mm and "
            f"{bound_deg:.1f} deg: it has not learned this part. Collect more captures, or "
            "train longer."
        )
    growth = np.maximum(far[:, 1] / bound_mm, far[:, 2] / bound_deg) / far[:, 0]
    trust = Trust(
        agreeing=round(agreeing, 3),
        level=level,
        bound_translation_mm=round(bound_mm, 4),
        bound_rotation_deg=round(bound_deg, 4),
        bound_growth=round(_conformal(growth)[0], 4),
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


def _conformal(errors: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The conformal bound of some errors, and the level that their number allows."""
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
