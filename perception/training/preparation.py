"""What every training begins with: captures that fit together, aligned, and the part found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pregrasp.perception.dataset import CaptureRecord, Dataset
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.sampling import CaptureKind
from pregrasp.perception.training.alignment import Alignment, align, align_roughly
from pregrasp.perception.training.consistency import check_pictures, check_poses
from pregrasp.perception.training.mask import Before, find_mask
from pregrasp.perception.training.trained import Progress

HELD_OUT = 5
"""One of so many captures is kept for calibration."""


def held_out_at_random(count: int) -> list[int]:
    """Which of some captures are kept back: one of every five, at random.

    Captures come in the order in which the arm travels least. Every fifth would lie evenly
    between the others; those that a servo will meet do not. More captures change nothing
    about those there were.

    Args:
        count: How many captures there are.

    Returns:
        Their places, in order.
    """
    rng = np.random.default_rng(HELD_OUT)
    blocks = range(0, count - HELD_OUT + 1, HELD_OUT)
    return [first + int(rng.integers(HELD_OUT)) for first in blocks]


@dataclass(frozen=True)
class Prepared:
    """A data set that can be learned from."""

    dataset: Dataset
    """Where it comes from."""
    records: tuple[CaptureRecord, ...]
    """The captures that show the part."""
    alignment: Alignment
    """How they lie to each other."""
    mask: Image
    """Where the part is in the taught picture, uint8 (height, width), 255 inside."""
    first_new: int | None = None
    """Number of the first capture of a refresh, whose captures judge; None for a training."""

    @property
    def chosen(self) -> list[int]:
        """Captures to learn from: indices of `records`."""
        held_out = set(self.held_out)
        return [i for i in range(len(self.records)) if i not in held_out]

    @property
    def held_out(self) -> list[int]:
        """Captures that nothing is learned from: indices of `records`."""
        judges_of_rounds = [i for i, r in enumerate(self.records) if r.kind is CaptureKind.JUDGE]
        if self.first_new is None:
            return judges_of_rounds or held_out_at_random(len(self.records))
        return [i for i, r in enumerate(self.records) if judges(r.index, self.first_new)]

    def made(self) -> dict[str, Any]:
        """What a model's card says about its captures."""
        card = self.dataset.card
        return {
            "captures": len(self.records),
            "placements": len({r.placement for r in self.records}),
            "alignment_residual_px": round(self.alignment.residual, 3),
            "pixel_mm": round(self.alignment.image_map.scale * 1e3, 4),
            "camera_angle_deg": round(float(np.rad2deg(self.alignment.image_map.turn)), 3),
            "part_share_of_picture": round(float((self.mask > 0).mean()), 3),
            "cell": card.cell,
            "collected": card.created,
            "pregrasp_version": card.pregrasp_version,
        }

    def sampled(self) -> list[dict[str, Any]]:
        """Where every capture was taken, for the report."""
        return [self._sampled(record) for record in self.records]

    def _sampled(self, record: CaptureRecord) -> dict[str, Any]:
        away = self.alignment.label(record).inverse()
        return {
            "kind": record.kind.value,
            "placement": record.placement,
            "x_mm": round(away.x * 1e3, 3),
            "y_mm": round(away.y * 1e3, 3),
            "theta_deg": round(float(np.rad2deg(away.theta)), 3),
        }


def judges(index: int, first_new: int) -> bool:
    """Whether a refresh keeps a capture back: every other one of the new ones.

    Args:
        index: Number of the capture.
        first_new: Number of the first new one.
    """
    return index >= first_new and (index - first_new) % 2 == 1


def prepare(
    dataset: Dataset, fewest: int, progress: Progress, first_new: int | None = None
) -> Prepared:
    """Align the captures of a data set and find the part in them.

    Args:
        dataset: The captures.
        fewest: With fewer the architecture cannot be trained.
        progress: Told how far it is.
        first_new: Number of the first capture of a refresh; None for a training.

    Raises:
        TrainingError: The data set cannot be learned from; the message says why.
        DatasetError: A picture is missing or damaged.
    """
    records = tuple(r for r in dataset.records if r.kind is not CaptureKind.EMPTY)
    if len(records) < fewest:
        raise TrainingError(
            f"{dataset.folder}: found {len(records)} captures, expected at least {fewest}. "
            "Collect more with `pregrasp collect`."
        )
    progress("align", 0.0, f"{len(records)} captures")
    try:
        check_poses(records)
        roughly = align_roughly(records, dataset.image)
        mask = find_mask(_before(dataset, roughly), roughly.image_map)
        alignment = align(records, dataset.image, mask)
        mask = find_mask(_before(dataset, alignment), alignment.image_map)
        check_pictures(records, dataset.image, alignment, mask)
    except TrainingError as error:
        raise TrainingError(f"{dataset.folder}: {error}") from error
    progress("align", 1.0, f"{alignment.residual:.2f} px")
    return Prepared(dataset, records, alignment, mask, first_new)


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
    return (one.T_base_tool.inverse() @ other.T_base_tool).planar.distance
