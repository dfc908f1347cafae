"""What benchmarks say about samples: shares and quantiles with their confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def wilson(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share.

    Example:
        >>> low, high = wilson(10, 10)
        >>> round(low, 2), round(high, 2)
        (0.72, 1.0)
    """
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, z * z / trials
    middle = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def bootstrap(
    values: Sequence[float], share: float, draws: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """A quantile and its 95 % bootstrap interval; NaN for an empty sample."""
    if not len(values):
        return math.nan, math.nan, math.nan
    sample = np.asarray(values, np.float64)
    rng = np.random.default_rng(seed)
    drawn = np.quantile(rng.choice(sample, (draws, len(sample))), share, axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(np.quantile(sample, share)), float(low), float(high)
