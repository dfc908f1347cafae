"""What a model is worth: one look each at pictures that no model of the curve has learned from."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rivals.pictures import Picture
from pregrasp.frames import DEG, MM
from pregrasp.perception.model import Model
from pregrasp.perception.model_estimator import ModelEstimator

RINGS = (0.0, 3.0, 25.0, 60.0)
"""Distance from the goal [mm]."""

Row = tuple[float, float, float, bool]
"""Distance from the goal [mm], errors [mm, deg], and whether the answer was trusted."""


def look(folder: Path, task: str, pictures: Sequence[Picture]) -> dict[str, list[Row]]:
    """Answers of the bare network, and of the whole estimator, to every picture."""
    model = Model.load(folder, task)
    estimators = {
        "network": ModelEstimator(replace(model, levels=(), landmarks=None)),
        "whole": ModelEstimator(model),
    }
    found: dict[str, list[Row]] = {name: [] for name in estimators}
    for picture in pictures:
        image = picture.image()
        for name, estimator in estimators.items():
            estimate = estimator.estimate(image)
            off = estimate.motion.inverse() @ picture.motion
            found[name].append(
                (
                    round(picture.motion.translation / MM, 2),
                    round(off.translation / MM, 4),
                    round(off.rotation / DEG, 4),
                    # Nobody asks the bare network whether it is sure.
                    name == "network" or estimate.trusted,
                )
            )
    return found


def ring_by_ring(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Median and p95 of the trusted answers in every ring, and in all of them together."""
    table = np.array(rows, np.float64)
    summary = []
    for inner, outer in [*itertools.pairwise(RINGS), (RINGS[0], RINGS[-1])]:
        ring = table[(table[:, 0] >= inner) & (table[:, 0] < outer)]
        trusted = ring[ring[:, 3] > 0]
        entry: dict[str, Any] = {
            "from_mm": inner, "to_mm": outer, "pictures": len(ring), "trusted": len(trusted),
        }  # fmt: skip
        for column, unit in ((1, "mm"), (2, "deg")):
            for share in (0.5, 0.95):
                value = float(np.quantile(trusted[:, column], share)) if len(trusted) else None
                entry[f"p{share * 100:.0f}_{unit}"] = value and round(value, 4)
        wrong = (trusted[:, 1] > 0.8) | (trusted[:, 2] > 0.6)
        entry["trusted_beyond_0.8mm_0.6deg"] = int(wrong.sum())
        summary.append(entry)
    return summary
