"""One motion out of many local opinions: weighted Procrustes with robust re-weighting.

Every opinion says that a point x of the taught picture is now at y, both on the part's
plane. The motion v = (t, theta) that minimises sum w |R(theta) x + t - y|^2 is known in
closed form (Horn 1987, in two dimensions):

    theta = atan2(sum w (x' cross y'), sum w (x' . y')),   t = y_mean - R x_mean

with x' and y' relative to their weighted means. Re-weighting by the residual (iteratively
re-weighted least squares with Tukey's biweight) lets an occluder or a shadow speak without
being heard.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pregrasp.frames import MM, MotionCommand

Floats = npt.NDArray[np.float64]

PASSES = 8
"""Robust passes; the weights settle after four or five."""


def fit_motion(
    start: Floats,
    end: Floats,
    weights: Floats | None = None,
    *,
    scale: float | None = None,
    floor: float = 0.01 * MM,
) -> tuple[MotionCommand, Floats]:
    """The motion that takes one set of points to another, in spite of outliers.

    Args:
        start: Points x, float64 (N, 2) [m].
        end: Where they went, float64 (N, 2) [m].
        weights: Prior weights, float64 (N,), or all equal.
        scale: Residual that is still normal [m]; estimated from the residuals if absent.
        floor: Smallest estimated scale [m].

    Returns:
        The motion, and for every point how far it was believed, float64 (N,), 0 to 1.
    """
    prior = np.ones(len(start)) if weights is None else weights
    robust = np.ones(len(start))
    motion = MotionCommand()
    for _ in range(PASSES):
        motion = _closed_form(start, end, prior * robust)
        c, s = math.cos(motion.theta), math.sin(motion.theta)
        moved = start @ np.array([[c, s], [-s, c]]) + np.array([motion.x, motion.y])
        residual = np.linalg.norm(moved - end, axis=1)
        width = scale if scale is not None else max(_weighted_median(residual, prior) * 1.48, floor)
        # Tukey's biweight, its customary constant for 95 % efficiency.
        relative = np.minimum(residual / (4.685 * width), 1.0)
        robust = (1.0 - relative**2) ** 2
        if (prior * robust).sum() <= 1e-12:
            return motion, np.zeros(len(start))
    return motion, robust


def _closed_form(start: Floats, end: Floats, weights: Floats) -> MotionCommand:
    total = weights.sum()
    start_mean = weights @ start / total
    end_mean = weights @ end / total
    x, y = start - start_mean, end - end_mean
    cross = weights @ (x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0])
    dot = weights @ (x[:, 0] * y[:, 0] + x[:, 1] * y[:, 1])
    theta = math.atan2(cross, dot)
    c, s = math.cos(theta), math.sin(theta)
    return MotionCommand(
        float(end_mean[0] - c * start_mean[0] + s * start_mean[1]),
        float(end_mean[1] - s * start_mean[0] - c * start_mean[1]),
        theta,
    )


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, 0.5 * cumulative[-1])])
