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
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from pregrasp.frames import MotionCommand
from pregrasp.perception.cells import cell_places
from pregrasp.perception.dataset import CaptureRecord, Dataset
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.last_inch import Level
from pregrasp.perception.model import Model, Trust
from pregrasp.perception.network import Network
from pregrasp.perception.network_input import normalise_contrast, reduce
from pregrasp.perception.sampling import CaptureKind, Workspace
from pregrasp.perception.training import export
from pregrasp.perception.training.alignment import Alignment, align, distance
from pregrasp.perception.training.augmentation import Synthesiser
from pregrasp.perception.training.calibration import calibrate, find_aliases
from pregrasp.perception.training.last_inch import Labelled, fit_levels
from pregrasp.perception.training.loop import train_network
from pregrasp.perception.training.mask import Before, find_mask

Progress = Callable[[str, float, str], None]
"""Told the stage, the share of it that is done (0 to 1), and a few words."""

HELD_OUT = 5
"""Every so many-th capture is kept for calibration."""

FEWEST = 24
"""Fewest captures to train on."""


@dataclass(frozen=True)
class Trained:
    """What training gives."""

    model: Model
    """The model, calibrated."""
    report: dict[str, Any]
    """Curves and figures for the report, as plain JSON values."""


def train_model(
    dataset: Dataset, network: Network, workspace: Workspace, progress: Progress
) -> Trained:
    """Train a task's model.

    Raises:
        TrainingError: The data set cannot be learned from; the message says why.
        DatasetError: A picture is missing or damaged.
    """
    began = time.monotonic()
    records = [r for r in dataset.records if r.kind is not CaptureKind.EMPTY]
    if len(records) < FEWEST:
        raise TrainingError(
            f"{dataset.folder}: found {len(records)} captures, expected at least {FEWEST}. "
            "Collect more with `pregrasp collect`."
        )
    progress("align", 0.0, f"{len(records)} captures")
    alignment = align(records, dataset.image)
    mask = find_mask(_before(dataset, alignment), alignment.image_map)
    progress("align", 1.0, f"{alignment.residual:.2f} px")

    labelled = [Labelled(dataset.image(r), alignment.label(r)) for r in records]
    held_out = [i for i in range(len(records)) if i % HELD_OUT == HELD_OUT - 1]
    chosen = [i for i in range(len(records)) if i % HELD_OUT != HELD_OUT - 1]
    rng = np.random.default_rng(network.seed)
    levels: tuple[Level, ...] = ()
    if network.last_inch:
        progress("last inch", 0.0, "")
        levels = fit_levels(
            [labelled[i] for i in chosen], alignment.image_map, alignment.taught, mask, rng
        )
        progress("last inch", 1.0, f"{levels[-1].error * 1e3:.3f} mm a patch")

    captures = [(labelled[i].image, labelled[i].motion) for i in chosen]
    synthesiser = Synthesiser(captures, alignment.image_map, mask, workspace, rng)
    places = cell_places(alignment.image_map)
    keras_model, curve = train_network(
        synthesiser, network, places, lambda share, words: progress("network", share, words)
    )
    progress("export", 0.0, "")
    examples = np.stack([normalise_contrast(reduce(labelled[i].image)) for i in held_out[:16]])
    content = export.export(keras_model, examples[..., None])
    progress("export", 1.0, f"{len(content) / 1e6:.2f} MB")

    progress("calibrate", 0.0, f"{len(held_out)} captures")
    model = Model(dataset.card.task, content, alignment.image_map, levels, Trust(), (), {})
    model = replace(model, aliases=find_aliases(model, alignment.taught))
    calibration = calibrate(model, [labelled[i] for i in held_out])
    progress("calibrate", 1.0, "")
    minutes = (time.monotonic() - began) / 60.0
    made = {
        "architecture": network.architecture.value,
        "captures": len(records),
        "placements": len({r.placement for r in records}),
        "training_minutes": round(minutes, 2),
        "network_parameters": int(keras_model.count_params()),
        "alignment_residual_px": round(alignment.residual, 3),
        "pixel_mm": round(alignment.image_map.scale * 1e3, 4),
        "part_share_of_picture": round(float((mask > 0).mean()), 3),
        "repeats": len(model.aliases),
        "held_out": asdict(calibration.errors),
        "cell": dataset.card.cell,
        "collected": dataset.card.created,
        "pregrasp_version": dataset.card.pregrasp_version,
        "seed": network.seed,
    }
    report = {
        "curve": asdict(curve),
        "held_out": calibration.samples,
        "captures": [_sampled(r, alignment) for r in records],
        "last_inch_error_mm": [round(level.error * 1e3, 4) for level in levels],
        "minutes": made["training_minutes"],
    }
    return Trained(replace(model, trust=calibration.trust, made=made), report)


def _before(dataset: Dataset, alignment: Alignment) -> list[Before]:
    """Every empty view with the picture of the part that was taken nearest to it."""
    pairs = []
    for empty in (r for r in dataset.records if r.kind is CaptureKind.EMPTY):
        members = [
            r for r in dataset.records if r.group == empty.group and r.kind is not CaptureKind.EMPTY
        ]
        if empty.group not in alignment.T_base_pregrasp or not members:
            continue
        nearest = min(members, key=lambda r: _between(r, empty))
        if _between(nearest, empty) < 0.5:
            pairs.append(
                Before(dataset.image(nearest), dataset.image(empty), alignment.label(nearest))
            )
    return pairs


def _between(one: CaptureRecord, other: CaptureRecord) -> float:
    return distance((one.T_base_tool.inverse() @ other.T_base_tool).planar)


def _sampled(record: CaptureRecord, alignment: Alignment) -> dict[str, Any]:
    away: MotionCommand = alignment.label(record).inverse()
    return {
        "kind": record.kind.value,
        "placement": record.placement,
        "x_mm": round(away.x * 1e3, 3),
        "y_mm": round(away.y * 1e3, 3),
        "theta_deg": round(float(np.rad2deg(away.theta)), 3),
    }
