"""Two small models of one part, photographed by warping: made in seconds, without a renderer."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.perception.dataset import Card, Dataset
from pregrasp.perception.estimator import Image
from pregrasp.perception.features.model import FeatureModel
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.sampling import CaptureKind, Collection, Workspace, plan
from pregrasp.perception.training import train
from pregrasp.task import Task, load_task

SIZE = (480, 360)
PIXEL = 0.4 * MM
SPACE = Workspace(x=12 * MM, y=12 * MM, theta=20 / 57.3)
PREGRASP = Pose(0.4, 0.0, 0.2, 0.0)

TASK = """\
task: tile
taught:
  pregrasp: {x_mm: 400, y_mm: 0, z_mm: 200, theta_deg: 0}
  approach: {x_mm: 0, y_mm: -55, z_mm: -199, theta_deg: 0}
workspace: {x_mm: 12, y_mm: 12, theta_deg: 20}
network: {architecture: features}
"""


class TileCamera:
    """Looks straight down on a textured tile, from a tool that moves in the plane."""

    def __init__(self) -> None:
        rng = np.random.default_rng(4)
        self._part = _texture(rng, 28.0)
        self._table = _texture(rng, 9.0)

    def take(self, motion: MotionCommand, *, seed: int, empty: bool = False) -> Image:
        """A picture whose motion command is ``motion``, uint8 (360, 480)."""
        values = self._warped(self._table, motion)
        if not empty:
            mask = np.zeros(self._part.shape, np.float32)
            mask[300:660, 380:820] = 1.0
            values = np.where(
                self._warped(mask, motion) > 0.5, self._warped(self._part, motion), values
            )
        noise = np.random.default_rng(seed).normal(0, 1.5, values.shape)
        return np.asarray(np.clip(values + noise, 0, 255).round(), np.uint8)

    def _warped(self, texture: np.ndarray[tuple[int, ...], np.dtype[np.float32]], v: MotionCommand):  # type: ignore[no-untyped-def]
        c, s = np.cos(v.theta), np.sin(v.theta)
        # Pixels count down, the tool's y counts up.
        turn = np.array([[c, s], [-s, c]])
        middle = (np.array(SIZE) - 1) / 2
        move = middle + np.array([v.x, -v.y]) / PIXEL - turn @ np.array([599.5, 479.5])
        warp = np.hstack([turn, move[:, None]])
        return cv2.warpAffine(texture, warp, SIZE, flags=cv2.INTER_CUBIC)


def _texture(rng: np.random.Generator, contrast: float):  # type: ignore[no-untyped-def]
    values = np.zeros((960, 1200), np.float32)
    for cell in (40, 16, 7):
        grain = rng.standard_normal((960 // cell + 2, 1200 // cell + 2)).astype(np.float32)
        values += cv2.resize(grain, (1200, 960), interpolation=cv2.INTER_CUBIC)
    return (120 + contrast * values).astype(np.float32)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """32 captures of the tile, and one of the bare table."""
    folder = tmp_path_factory.mktemp("tile") / "dataset"
    camera = TileCamera()
    card = Card(
        task="tile", cell="flat", image_width=SIZE[0], image_height=SIZE[1], created="2026-05-01"
    )
    captures = Dataset.create(folder, card)
    wanted = Collection(captures=30, placements=1, anchors=2, fine_share=0.4)
    for index, sample in enumerate(plan(wanted, SPACE)):
        tool = PREGRASP @ sample.motion
        captures.append(
            camera.take((tool.inverse() @ PREGRASP).planar, seed=index),
            kind=sample.kind,
            group=0,
            placement=0,
            T_base_tool=tool,
            T_base_pregrasp=PREGRASP,
            time=float(index),
        )
    captures.append(
        camera.take(MotionCommand(), seed=99, empty=True),
        kind=CaptureKind.EMPTY,
        group=0,
        placement=0,
        T_base_tool=PREGRASP,
        T_base_pregrasp=PREGRASP,
        time=99.0,
    )
    return folder


@pytest.fixture(scope="session")
def trained(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two models of the tile, one with and one without the comparison of pixels."""
    folder = tmp_path_factory.mktemp("trained")
    train(
        dataset,
        Network(architecture=Architecture.FEATURES),
        SPACE,
        folder / "one",
        report_progress=lambda stage, done, total, note: None,
        token=CancelToken(),
    )
    model = FeatureModel.load(folder / "one")
    dataclasses.replace(model, polish=not model.polish).save(folder / "two")
    return folder / "one", folder / "two"


@pytest.fixture
def task(trained: tuple[Path, Path], tmp_path: Path) -> Task:
    """A task with the first model in use."""
    folder = tmp_path / "tile"
    folder.mkdir()
    (folder / "task.yaml").write_text(TASK)
    shutil.copytree(trained[0], folder / "model")
    return load_task(folder / "task.yaml")


@pytest.fixture
def tile() -> TileCamera:
    """Takes pictures of the tile."""
    return TileCamera()
