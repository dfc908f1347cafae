"""Data sets and models that cannot be used say why, name a file, and tell what to do."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.perception.conftest import texture
from tests.perception.test_alignment import bent

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.dataset import Card, Dataset
from pregrasp.perception.errors import DatasetError, ModelError, TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.model import Model, load_estimator
from pregrasp.perception.sampling import CaptureKind, Collection, Sample, Workspace, plan
from pregrasp.perception.training.preparation import held_out_at_random, prepare
from pregrasp.task import library

SPACE = Workspace(x=12 * MM, y=12 * MM, theta=25 * DEG)
PREGRASP = Pose(0.4, 0.0, 0.2, 0.0)
GOLDEN = Path(__file__).parent / "golden"
SHIPPED = library()["circuit_board"] / "model"

Change = Callable[[int, Sample, Image], tuple[Image, MotionCommand]]


def collected(folder: Path, camera: Any, change: Change, captures: int = 34) -> Dataset:
    """A data set of which some pictures or poses were changed."""
    width, height = camera.size
    card = Card(task="tile", cell="flat", image_width=width, image_height=height)
    dataset = Dataset.create(folder, card)
    wanted = Collection(captures=captures, placements=1, anchors=2, fine_share=0.4)
    for index, sample in enumerate(plan(wanted, SPACE)):
        image = camera.take(sample.motion.inverse(), seed=index)
        image, told = change(index, sample, image)
        add(dataset, image, PREGRASP @ told, sample.kind)
    empty = camera.take(MotionCommand(), empty=True)
    add(dataset, empty, PREGRASP, CaptureKind.EMPTY)
    return dataset


def add(dataset: Dataset, image: Image, tool: Pose, kind: CaptureKind) -> None:
    dataset.append(
        image,
        kind=kind,
        group=0,
        placement=0,
        T_base_tool=tool,
        T_base_pregrasp=PREGRASP,
        time=0.0,
    )


def refusal(dataset: Dataset) -> str:
    with pytest.raises(TrainingError) as caught:
        prepare(dataset, 24, lambda stage, share, words: None)
    message = str(caught.value)
    assert message.startswith(str(dataset.folder))
    return message


def test_captures_that_fit_together_are_accepted(camera: Any, tmp_path: Path) -> None:
    dataset = collected(tmp_path / "d", camera, lambda i, s, image: (image, s.motion))
    prepared = prepare(dataset, 24, lambda stage, share, words: None)
    assert len(prepared.chosen) + len(prepared.held_out) == 36
    assert prepared.made()["camera_angle_deg"] == pytest.approx(camera.turn / DEG, abs=0.05)


def test_the_map_is_that_of_the_part_and_not_of_the_table(camera: Any, tmp_path: Path) -> None:
    camera = copy.copy(camera)
    camera._part = texture(1, 14.0)

    def over_a_low_table(index: int, sample: Any, image: Image) -> tuple[Image, MotionCommand]:
        away = sample.motion.inverse()
        table = MotionCommand(0.96 * away.x, 0.96 * away.y, away.theta)
        return camera.take(away, table=table, seed=index), sample.motion

    dataset = collected(tmp_path / "d", camera, over_a_low_table)
    prepared = prepare(dataset, 24, lambda stage, share, words: None)
    assert bent(prepared.alignment.image_map, camera) < 0.25


def test_captures_are_held_out_at_random_and_stay_so_when_more_come() -> None:
    few, many = held_out_at_random(100), held_out_at_random(1000)
    assert many[: len(few)] == few
    assert [place // 5 for place in many] == list(range(200))
    assert set(np.bincount([place % 5 for place in many]) > 20) == {True}


def test_too_few_captures(camera: Any, tmp_path: Path) -> None:
    dataset = collected(tmp_path / "d", camera, lambda i, s, image: (image, s.motion), captures=8)
    assert "found 10 captures, expected at least 24" in refusal(dataset)
    assert "pregrasp collect" in refusal(dataset)


def test_all_captures_at_one_pose(camera: Any, tmp_path: Path) -> None:
    still = camera.take(MotionCommand())
    dataset = collected(tmp_path / "d", camera, lambda i, s, image: (still, MotionCommand()))
    message = refusal(dataset)
    assert "all captures were taken at one x" in message
    assert "check that the arm moves" in message


def test_an_arm_that_never_turned(camera: Any, tmp_path: Path) -> None:
    def straight(index: int, sample: Sample, image: Image) -> tuple[Image, MotionCommand]:
        motion = replace(sample.motion, theta=0.0)
        return camera.take(motion.inverse(), seed=index), motion

    assert "at one theta" in refusal(collected(tmp_path / "d", camera, straight))


def test_captures_of_two_objects(camera: Any, tmp_path: Path) -> None:
    other = type(camera)()
    other._part = np.ascontiguousarray(camera._part[::-1, ::-1])

    def mixed(index: int, sample: Sample, image: Image) -> tuple[Image, MotionCommand]:
        if index < 2 or index % 5 < 3:
            return image, sample.motion
        return other.take(sample.motion.inverse(), seed=index), sample.motion

    message = refusal(collected(tmp_path / "d", camera, mixed))
    assert "two objects" in message
    assert "images/0000" in message


def test_light_that_was_switched_in_the_middle(camera: Any, tmp_path: Path) -> None:
    def darker(index: int, sample: Sample, image: Image) -> tuple[Image, MotionCommand]:
        return (image // 2 if index >= 20 else image), sample.motion

    message = refusal(collected(tmp_path / "d", camera, darker))
    assert "the light changes by a factor of 0.5" in message
    assert "images/000020.png" in message


def test_a_flicker_of_the_light_is_no_switch(camera: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def flicker(index: int, sample: Sample, image: Image) -> tuple[Image, MotionCommand]:
        return (image * rng.uniform(0.6, 1.0)).astype(np.uint8), sample.motion

    dataset = collected(tmp_path / "d", camera, flicker)
    prepare(dataset, 24, lambda stage, share, words: None)


def test_labels_of_another_camera_mounting(camera: Any, tmp_path: Path) -> None:
    """From some capture on the camera sits turned and nearer: the labels do not tell."""
    warp = cv2.getRotationMatrix2D((239.5, 179.5), 2.0, 1.02)

    def moved(index: int, sample: Sample, image: Image) -> tuple[Image, MotionCommand]:
        if index >= 20:
            image = np.asarray(cv2.warpAffine(image, warp, camera.size), np.uint8)
        return image, sample.motion

    message = refusal(collected(tmp_path / "d", camera, moved))
    assert "another camera mounting" in message
    assert "turned by" in message
    assert "collect again" in message


def test_a_picture_that_is_missing(camera: Any, tmp_path: Path) -> None:
    dataset = collected(tmp_path / "d", camera, lambda i, s, image: (image, s.motion))
    dataset.image_path(dataset.records[5]).unlink()
    with pytest.raises(DatasetError, match=r"images/000005\.png"):
        prepare(dataset, 24, lambda stage, share, words: None)


def with_network(folder: Path, content: bytes) -> Path:
    shutil.copytree(SHIPPED, folder)
    replace(Model.load(folder), network=content).save(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("other_input", r"\(1, 64, 64, 1\).*expected a single one of \(1, 120, 160, 1\)"),
        ("other_operations", "not a network that LiteRT can run"),
    ],
)
def test_a_network_file_of_another_kind(name: str, expected: str, tmp_path: Path) -> None:
    folder = with_network(tmp_path / "model", (GOLDEN / f"{name}.tflite").read_bytes())
    with pytest.raises(ModelError, match=expected) as caught:
        load_estimator(folder, "circuit_board")
    assert str(folder / "network.tflite") in str(caught.value)
    assert "rain the task again" in str(caught.value)


NAN = """
import sys
import numpy as np
from pregrasp.frames import MotionCommand
from pregrasp.perception.cells import COLUMNS, ROWS
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.network import Network
from pregrasp.perception.training.augmentation import Example
from pregrasp.perception.training.loop import train_network

class Broken:
    def example(self, **_):
        picture = np.full((120, 160), np.nan, np.float32)
        return Example(picture, MotionCommand(), np.zeros((120, 160), np.float32))

places = np.zeros((ROWS * COLUMNS, 2), np.float32)
try:
    train_network(Broken(), Network(steps=1, batch=1), places, lambda *_: None)
except TrainingError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_loss_that_is_no_number() -> None:
    ended = subprocess.run([sys.executable, "-c", NAN], capture_output=True, text=True, check=False)
    assert "the loss became nan at step 1" in ended.stdout, ended.stderr[-2000:]
    assert "damaged pictures or labels" in ended.stdout
