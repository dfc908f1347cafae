"""Captures are aligned with the taught picture without being told anything about the camera."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
import pytest
from tests.perception.conftest import texture

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.dataset import CaptureRecord
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.sampling import CaptureKind, Collection, Workspace, plan
from pregrasp.perception.training.alignment import align, align_roughly
from pregrasp.perception.training.mask import Before, find_mask

EVERYWHERE = np.full((360, 480), 255, np.uint8)
SPACE = Workspace(x=12 * MM, y=12 * MM, theta=25 * DEG)
PREGRASP = Pose(0.4, 0.0, 0.2, 0.0)
SLIP = MotionCommand(0.4 * MM, -0.3 * MM, 0.5 * DEG)
"""How far the arm put the part beside the place that it believes in."""


@pytest.fixture(scope="module")
def collection(camera: Any) -> tuple[list[CaptureRecord], dict[int, Image]]:
    """Two placements; in the second the part lies elsewhere than the arm believes."""
    records, images = [], {}
    wanted = Collection(captures=60, placements=2, anchors=2, fine_share=0.4)
    for index, sample in enumerate(plan(wanted, SPACE)):
        believed = PREGRASP if sample.placement == 0 else Pose(0.42, 0.03, 0.2, 2.0)
        tool = believed @ sample.motion
        true = believed if sample.placement == 0 else believed @ SLIP
        motion = (tool.inverse() @ true).planar
        table = motion @ MotionCommand(0.02, 0.03, 2.0) if sample.placement else motion
        images[index] = camera.take(motion, table=table, seed=index)
        records.append(
            CaptureRecord(index, sample.kind, sample.placement, sample.placement, tool, believed, 0)
        )
    return records, images


def bent(image_map: ImageMap, camera: Any) -> float:
    """How far a map is off on the part [mm], but for a shift: that moves every label alike."""
    pixels = np.random.default_rng(0).uniform((120, 100), (360, 260), (40, 2))
    off = image_map.plane(pixels) - camera.plane(pixels)
    return float(np.abs(off - off.mean(axis=0)).max() / MM)


@pytest.mark.slow
def test_the_map_and_the_slip_are_found(
    camera: Any, collection: tuple[list[CaptureRecord], dict[int, Image]]
) -> None:
    records, images = collection
    alignment = align(records, lambda record: images[record.index], EVERYWHERE)
    assert bent(alignment.image_map, camera) < 0.05
    slip = (Pose(0.42, 0.03, 0.2, 2.0).inverse() @ alignment.T_base_pregrasp[1]).planar
    assert (slip.inverse() @ SLIP).translation < 0.04 * MM
    assert (slip.inverse() @ SLIP).rotation < 0.05 * DEG


@pytest.mark.slow
def test_a_table_that_is_further_away_does_not_bend_the_map(camera: Any) -> None:
    """Most that can be tracked may lie below the part's top."""
    camera = copy.copy(camera)
    camera._part = texture(1, 14.0)
    records, images = [], {}
    for index, sample in enumerate(plan(Collection(captures=60, placements=1, anchors=2), SPACE)):
        record = CaptureRecord(index, sample.kind, 0, 0, PREGRASP @ sample.motion, PREGRASP, 0)
        away = record.label
        table = MotionCommand(0.96 * away.x, 0.96 * away.y, away.theta)
        images[index] = camera.take(away, table=table, seed=index)
        records.append(record)
    (left, top), (right, bottom) = camera.outline[0].astype(int), camera.outline[2].astype(int)
    part = np.zeros((360, 480), np.uint8)
    part[top:bottom, left:right] = 255
    roughly = align_roughly(records, lambda record: images[record.index])
    assert bent(roughly.image_map, camera) > 0.4
    alignment = align(records, lambda record: images[record.index], part)
    assert bent(alignment.image_map, camera) < 0.2


@pytest.mark.slow
def test_a_first_session_of_a_single_capture_is_no_hindrance(
    collection: tuple[list[CaptureRecord], dict[int, Image]],
) -> None:
    """The collection was stopped after its first picture, and went on with the part unmoved."""
    records, images = collection
    resumed = [records[0]] + [dataclasses.replace(r, group=r.group + 1) for r in records[1:]]
    alignment = align(resumed, lambda record: images[record.index], EVERYWHERE)
    assert alignment.T_base_pregrasp[1] == PREGRASP
    again = (PREGRASP.inverse() @ alignment.T_base_pregrasp[0]).planar
    assert again.translation < 0.04 * MM
    slip = (Pose(0.42, 0.03, 0.2, 2.0).inverse() @ alignment.T_base_pregrasp[2]).planar
    assert (slip.inverse() @ SLIP).translation < 0.04 * MM


@pytest.mark.slow
def test_an_arm_that_scatters_at_the_anchors_spoils_no_label(camera: Any) -> None:
    """The anchors of a placement are few; all pictures near the goal say where it lies."""
    records, images = [], {}
    rng = np.random.default_rng(4)
    wanted = Collection(captures=90, placements=2, anchors=2, fine_share=0.7)
    for index, sample in enumerate(plan(wanted, SPACE)):
        believed = PREGRASP if sample.placement == 0 else Pose(0.42, 0.03, 0.2, 2.0)
        true = believed if sample.placement == 0 else believed @ SLIP
        x, y = rng.normal(0.0, 0.03 * MM, 2)
        if sample.kind is CaptureKind.ANCHOR:
            x = y = 0.1 * MM if sample.placement else -0.1 * MM
        tool = believed @ sample.motion
        arrived = tool @ MotionCommand(float(x), float(y), 0.0)
        images[index] = camera.take((arrived.inverse() @ true).planar, seed=index)
        records.append(
            CaptureRecord(index, sample.kind, sample.placement, sample.placement, tool, believed, 0)
        )
    alignment = align(records, lambda record: images[record.index], EVERYWHERE)
    slip = (Pose(0.42, 0.03, 0.2, 2.0).inverse() @ alignment.T_base_pregrasp[1]).planar
    assert (slip.inverse() @ SLIP).translation < 0.03 * MM


@pytest.mark.slow
def test_captures_of_another_object_are_not_mixed_in(
    camera: Any, collection: tuple[list[CaptureRecord], dict[int, Image]]
) -> None:
    records, images = collection
    rng = np.random.default_rng(0)
    other = rng.integers(0, 255, (36, 48)).astype(np.uint8).repeat(10, 0).repeat(10, 1)
    mixed = {r.index: other if r.group == 1 else images[r.index] for r in records}
    with pytest.raises(TrainingError, match="captures of two objects"):
        align(records, lambda record: mixed[record.index], EVERYWHERE)


def test_too_few_captures_are_refused(
    collection: tuple[list[CaptureRecord], dict[int, Image]],
) -> None:
    records, images = collection
    with pytest.raises(TrainingError, match="found 5 captures"):
        align(records[:5], lambda record: images[record.index], EVERYWHERE)


def test_a_blank_picture_is_refused(
    collection: tuple[list[CaptureRecord], dict[int, Image]],
) -> None:
    records, _ = collection
    with pytest.raises(TrainingError, match="too little structure"):
        align(records, lambda _: np.full((360, 480), 90, np.uint8), EVERYWHERE)


def test_the_part_is_what_leaves_with_it(camera: Any, image_map: Any) -> None:
    motion = MotionCommand(2 * MM, 1 * MM, 3 * DEG)
    pair = Before(camera.take(motion), camera.take(motion, empty=True, seed=9), motion)
    mask = find_mask([pair], image_map)
    (left, top), (right, bottom) = camera.outline[0], camera.outline[2]
    truth = np.zeros(mask.shape, bool)
    truth[int(top) : int(bottom), int(left) : int(right)] = True
    agree = (mask > 0) & truth
    assert agree.sum() / ((mask > 0) | truth).sum() > 0.93


def test_without_an_empty_view_the_whole_picture_is_the_part(image_map: Any) -> None:
    assert find_mask([], image_map).min() == 255


def test_anchors_are_needed(collection: tuple[list[CaptureRecord], dict[int, Image]]) -> None:
    records, images = collection
    without = [record for record in records if record.kind is not CaptureKind.ANCHOR]
    with pytest.raises(TrainingError, match="with 0 at the pregrasp pose"):
        align(without, lambda record: images[record.index], EVERYWHERE)


def test_a_collection_without_captures_near_the_goal_is_aligned_by_features(camera: Any) -> None:
    """As `distribution: uniform` gives: nothing to grow the map from but the view itself."""
    rng = np.random.default_rng(5)
    records, images = [], {}
    for index in range(20):
        away = MotionCommand()
        if index:
            x, y = (float(v) for v in rng.choice([-1, 1], 2) * rng.uniform(7, 12, 2) * MM)
            away = MotionCommand(x, y, float(rng.choice([-1, 1]) * rng.uniform(10, 25)) * DEG)
        kind = CaptureKind.COARSE if index else CaptureKind.ANCHOR
        record = CaptureRecord(index, kind, 0, 0, PREGRASP @ away, PREGRASP, float(index))
        records.append(record)
        images[index] = camera.take(record.label, seed=index)
    alignment = align(records, lambda record: images[record.index], EVERYWHERE)
    assert alignment.residual < 0.3
    assert alignment.image_map.scale == pytest.approx(camera.pixel, rel=2e-3)
