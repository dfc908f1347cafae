"""The geometric estimator: features are found again, pixels refine, doubt is said aloud."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.dataset import Card, Dataset
from pregrasp.perception.errors import ImageError, ModelError, TrainingError
from pregrasp.perception.features.matching import SHRINK, Matcher, find_features
from pregrasp.perception.features.model import FEATURES, FeatureEstimator, FeatureModel
from pregrasp.perception.features.polish import Polish
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import Pyramid
from pregrasp.perception.model import load_estimator
from pregrasp.perception.model_folder import DESCRIPTION
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.sampling import CaptureKind, Collection, Workspace, plan
from pregrasp.perception.training import train

SPACE = Workspace(x=12 * MM, y=12 * MM, theta=25 * DEG)
PREGRASP = Pose(0.4, 0.0, 0.2, 0.0)
LOOK = MotionCommand(6 * MM, -4 * MM, 14 * DEG)


def collected(camera: Any, folder: Path, captures: int = 30) -> Path:
    """A data set of the flat part."""
    width, height = camera.size
    dataset = Dataset.create(
        folder, Card(task="tile", cell="flat", image_width=width, image_height=height)
    )
    wanted = Collection(captures=captures, placements=1, anchors=2, fine_share=0.4)
    for index, sample in enumerate(plan(wanted, SPACE)):
        tool = PREGRASP @ sample.motion
        dataset.append(
            camera.take((tool.inverse() @ PREGRASP).planar, seed=index),
            kind=sample.kind,
            group=0,
            placement=0,
            T_base_tool=tool,
            T_base_pregrasp=PREGRASP,
            time=float(index),
        )
    # What differs from the bare table is the part; without it the table would be learned too.
    dataset.append(
        camera.take(MotionCommand(), empty=True),
        kind=CaptureKind.EMPTY,
        group=0,
        placement=0,
        T_base_tool=PREGRASP,
        T_base_pregrasp=PREGRASP,
        time=99.0,
    )
    return folder


def learn(dataset: Path, out: Path) -> None:
    train(
        dataset,
        Network(architecture=Architecture.FEATURES),
        SPACE,
        out,
        report_progress=lambda stage, done, total, note: None,
        token=CancelToken(),
    )


@pytest.fixture(scope="module")
def model(camera: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A feature model of the flat part, made from 32 captures."""
    folder = tmp_path_factory.mktemp("features")
    learn(collected(camera, folder / "dataset"), folder / "model")
    return folder / "model"


def off_by(found: MotionCommand, true: MotionCommand) -> tuple[float, float]:
    rest = found.inverse() @ true
    return rest.translation / MM, rest.rotation / DEG


def test_thirty_captures_are_enough_for_a_tenth_of_a_pixel(camera: Any, model: Path) -> None:
    estimator = load_estimator(model, "tile")
    estimate = estimator.estimate(camera.take(LOOK, table_seed=9, seed=77))
    translation, rotation = off_by(estimate.motion, LOOK)
    assert estimate.trusted, estimate.reason
    assert translation < 0.1 * camera.pixel / MM
    assert rotation < 0.05
    assert estimate.confidence > 0.4
    assert estimate.bound_translation < 1 * MM
    assert estimate.votes is not None
    assert len(estimate.votes.points) == len(estimate.votes.weights) > 6


def test_a_part_that_is_half_hidden_lowers_the_confidence(camera: Any, model: Path) -> None:
    estimator = load_estimator(model, "tile")
    image = camera.take(LOOK, seed=5)
    whole = estimator.estimate(image).confidence
    image[:, 240:] = 90
    hidden = estimator.estimate(image)
    assert hidden.confidence < 0.8 * whole
    assert off_by(hidden.motion, LOOK)[0] < 0.2


@pytest.mark.parametrize("grey", [0, 128])
def test_a_covered_lens_is_not_trusted(camera: Any, model: Path, grey: int) -> None:
    width, height = camera.size
    estimate = load_estimator(model, "tile").estimate(np.full((height, width), grey, np.uint8))
    assert not estimate.trusted
    assert "features of tile" in estimate.reason


def test_an_empty_table_is_not_trusted(camera: Any, model: Path) -> None:
    estimate = load_estimator(model, "tile").estimate(camera.take(LOOK, empty=True, table_seed=4))
    assert not estimate.trusted


def test_a_saved_model_gives_the_same_answers(camera: Any, model: Path, tmp_path: Path) -> None:
    loaded = FeatureModel.load(model, "tile")
    loaded.save(tmp_path / "again")
    image = camera.take(LOOK, seed=8)
    first = FeatureEstimator(loaded).estimate(image)
    second = load_estimator(tmp_path / "again", "tile").estimate(image)
    assert first.motion == second.motion
    assert first.confidence == second.confidence


def test_a_changed_byte_is_noticed(camera: Any, model: Path, tmp_path: Path) -> None:
    FeatureModel.load(model).save(tmp_path / "m")
    content = bytearray((tmp_path / "m" / FEATURES).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "m" / FEATURES).write_bytes(content)
    with pytest.raises(ModelError, match=f"{FEATURES}: damaged"):
        load_estimator(tmp_path / "m", "tile")


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"format": 9}, "format 9"), ({"trust": {"x": 1}}, "damaged"), ({"task": "lid"}, "'lid'")],
)
def test_a_description_that_does_not_fit_is_refused(
    model: Path, tmp_path: Path, change: dict[str, object], expected: str
) -> None:
    FeatureModel.load(model).save(tmp_path / "m")
    path = tmp_path / "m" / DESCRIPTION
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=expected):
        load_estimator(tmp_path / "m", "tile")


def test_a_picture_of_another_size_is_refused(model: Path) -> None:
    with pytest.raises(ImageError, match="the model expects uint8 480x360"):
        load_estimator(model, "tile").estimate(np.zeros((48, 64), np.uint8))


def test_a_plain_part_is_told_to_use_a_network(camera: Any, tmp_path: Path) -> None:
    """Corners enough to align by, but all of them alike: the ratio test keeps none."""
    width, height = camera.size
    card = Card(task="plain", cell="flat", image_width=width, image_height=height)
    dataset = Dataset.create(tmp_path / "d", card)
    pattern = np.full((960, 1200), 90.0, np.float32)
    for row in range(40, 960, 40):
        for column in range(40, 1200, 40):
            cv2.circle(pattern, (column, row), 8, 200.0, -1)
    wanted = Collection(captures=24, placements=1, anchors=2, fine_share=0.5)
    for sample in plan(wanted, SPACE):
        tool = PREGRASP @ sample.motion
        motion = (tool.inverse() @ PREGRASP).planar
        values = cv2.GaussianBlur(camera._warped(pattern, motion), (0, 0), 0.7)
        dataset.append(
            np.clip(values, 0, 255).astype(np.uint8),
            kind=sample.kind,
            group=0,
            placement=0,
            T_base_tool=tool,
            T_base_pregrasp=PREGRASP,
            time=0.0,
        )
    with pytest.raises(TrainingError, match="architecture: votes"):
        learn(dataset.folder, tmp_path / "model")


def test_too_few_features_say_nothing(image_map: ImageMap) -> None:
    matcher = Matcher(np.zeros((3, 2)), np.ones((3, 128), np.uint8), image_map)
    assert matcher.match(find_features(np.full((180, 240), 100, np.uint8))) is None


def polish(camera: Any, image_map: ImageMap) -> Polish:
    taught = Pyramid(camera.take(MotionCommand(), seed=1)).at(SHRINK)
    mask = np.zeros(taught.shape, np.uint8)
    mask[50:130, 60:180] = 255
    return Polish(taught, mask, image_map)


def test_the_polish_reaches_hundredths_of_a_pixel(camera: Any, image_map: ImageMap) -> None:
    guess = LOOK @ MotionCommand(0.15 * MM, -0.1 * MM, 0.1 * DEG)
    image = camera.take(LOOK, table_seed=6, seed=3)
    polished = polish(camera, image_map).refine(Pyramid(image), guess)
    assert polished.kept
    assert off_by(polished.motion, LOOK)[0] < 0.04 * camera.pixel / MM
    assert off_by(polished.motion, LOOK)[1] < 0.02


def test_a_polish_without_agreement_is_dropped(camera: Any, image_map: ImageMap) -> None:
    empty = camera.take(LOOK, empty=True, seed=3)
    polished = polish(camera, image_map).refine(Pyramid(empty), LOOK)
    assert not polished.kept
    assert polished.motion == LOOK


def test_shade_over_half_the_part_does_not_pull_the_polish(
    camera: Any, image_map: ImageMap
) -> None:
    image = camera.take(LOOK, seed=3).astype(np.float32)
    image[:, :240] *= 0.4
    polished = polish(camera, image_map).refine(Pyramid(image.astype(np.uint8)), LOOK)
    assert off_by(polished.motion, LOOK)[0] < 0.1 * camera.pixel / MM
