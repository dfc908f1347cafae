"""Smaller data sets out of a large one, each a part of the next."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

from pregrasp.perception.dataset import CAPTURES, CARD, IMAGES, CaptureRecord, Dataset
from pregrasp.perception.sampling import CaptureKind, Collection

EXTRA = (CaptureKind.ANCHOR, CaptureKind.EMPTY)
"""Pictures that every placement has besides its captures."""


def choose(records: tuple[CaptureRecord, ...], captures: int) -> list[CaptureRecord]:
    """So many captures, drawn from as many placements as a collection of that size has, from each
    in proportion to what there is, and the extra pictures of these.
    """
    there = sorted({r.placement for r in records})
    places = there[: Collection(captures=captures).places]
    others = [[r for r in records if r.placement == p and r.kind not in EXTRA] for p in places]
    reach = np.cumsum([0, *(len(members) for members in others)])
    ends = captures * reach // max(int(reach[-1]), 1)
    kept = []
    for k, place in enumerate(places):
        order = np.random.default_rng(place).permutation(len(others[k]))
        kept += [r for r in records if r.placement == place and r.kind in EXTRA]
        kept += [others[k][i] for i in order[: ends[k + 1] - ends[k]]]
    return sorted(kept, key=lambda record: record.index)


def write_subset(source: Dataset, folder: Path, captures: int) -> Dataset:
    """A data set with some of the captures of another one; pictures are links, not copies."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / IMAGES).mkdir(parents=True)
    shutil.copy(source.folder / CARD, folder / CARD)
    with (folder / CAPTURES).open("w", encoding="utf-8") as lines:
        for record in choose(source.records, captures):
            os.link(source.image_path(record), folder / IMAGES / source.image_path(record).name)
            lines.write(record.to_json() + "\n")
    return Dataset.open(folder)
