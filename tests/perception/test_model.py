"""A model on disk is complete, its own, and undamaged, or it is refused in one message."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pregrasp.frames import MotionCommand
from pregrasp.perception.errors import ImageError, ModelError
from pregrasp.perception.model import NETWORK, PREDICTORS, Model, load_estimator
from pregrasp.perception.model_folder import DESCRIPTION
from pregrasp.task import find_task, library

SHIPPED = library()["circuit_board"] / "model"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("name", sorted(library()))
def test_every_task_of_the_library_ships_a_small_model_of_its_own(name: str) -> None:
    task = find_task(name)
    model = Model.load(task.model_folder, task.task)
    size = sum(f.stat().st_size for f in task.model_folder.iterdir())
    assert size <= 3_000_000
    assert model.made["captures"] <= 400
    assert model.trust.level >= 0.9


def test_a_saved_model_is_read_back(tmp_path: Path) -> None:
    model = Model.load(SHIPPED)
    changed = replace(model, aliases=(MotionCommand(0.006, 0.0, 0.1),))
    changed.save(tmp_path / "again")
    again = Model.load(tmp_path / "again", "circuit_board")
    assert again.sha256 == model.sha256
    assert again.trust == model.trust
    assert again.aliases[0].theta == pytest.approx(0.1)
    np.testing.assert_allclose(again.image_map.to_plane, model.image_map.to_plane)


def test_saving_replaces_the_model_and_keeps_notes_beside_it(folder: Path) -> None:
    (folder / "notes.txt").write_text("good light")
    Model.load(folder).save(folder)
    assert (folder / "notes.txt").read_text() == "good light"
    assert not list(folder.parent.glob(".model*"))


def test_a_missing_model_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="pregrasp deploy"):
        Model.load(tmp_path / "model")


def test_the_model_of_another_task_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match="trained for 'circuit_board', the task is 'lid'"):
        Model.load(folder, "lid")


@pytest.mark.parametrize("name", [NETWORK, PREDICTORS])
def test_a_changed_byte_is_noticed(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name}: damaged"):
        Model.load(folder)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"format": 99}, "format 99"),
        ({"trust": {"agreeing": 0.3, "wrong": 1}}, "damaged"),
        ({"image_map": {}}, "damaged"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(
    folder: Path, change: dict[str, object], expected: str
) -> None:
    path = folder / DESCRIPTION
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=expected):
        Model.load(folder)


def test_a_network_that_cannot_run_is_refused(folder: Path) -> None:
    model = replace(Model.load(folder), network=b"not a network")
    model.save(folder)
    with pytest.raises(ModelError, match="not a network that LiteRT can run"):
        load_estimator(folder, "circuit_board")


def test_a_picture_of_another_size_is_refused() -> None:
    estimator = load_estimator(SHIPPED, "circuit_board")
    with pytest.raises(ImageError, match="640x480, the model expects uint8 1600x1200"):
        estimator.estimate(np.zeros((480, 640), np.uint8))


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_covered_lens_is_not_trusted(grey: int) -> None:
    estimator = load_estimator(SHIPPED, "circuit_board")
    estimate = estimator.estimate(np.full((1200, 1600), grey, np.uint8))
    assert not estimate.trusted
    assert "looks like circuit_board" in estimate.reason


def test_noise_is_not_trusted_and_the_answer_is_repeatable() -> None:
    estimator = load_estimator(SHIPPED, "circuit_board")
    noise = np.random.default_rng(0).integers(0, 255, (1200, 1600)).astype(np.uint8)
    first, second = estimator.estimate(noise), estimator.estimate(noise)
    assert not first.trusted
    assert first.motion == second.motion
