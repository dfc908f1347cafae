"""Whatever happens to the process, nothing recorded is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pregrasp.frames import Pose
from pregrasp.perception.dataset import CAPTURES, CARD, CaptureRecord, Card, Dataset
from pregrasp.perception.errors import DatasetError
from pregrasp.perception.estimator import Image
from pregrasp.perception.sampling import CaptureKind

CARD_OF_BOARD = Card("board", "test cell", 40, 30)


def picture(value: int) -> Image:
    return np.full((30, 40), value, np.uint8)


def add(dataset: Dataset, value: int) -> CaptureRecord:
    return dataset.append(
        picture(value),
        kind=CaptureKind.COARSE,
        group=0,
        placement=0,
        T_base_tool=Pose(0.1, 0.2, 0.3, 0.4),
        T_base_pregrasp=Pose(0.11, 0.2, 0.3, 0.5),
        time=1.5,
    )


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    made = Dataset.create(tmp_path / "board", CARD_OF_BOARD)
    for value in (10, 20, 30):
        add(made, value)
    return made


def test_captures_are_read_back_as_written(dataset: Dataset) -> None:
    again = Dataset.open(dataset.folder)
    assert again.card == CARD_OF_BOARD
    assert [r.index for r in again.records] == [0, 1, 2]
    assert again.records[1].T_base_tool.x == pytest.approx(0.1)
    assert again.image(again.records[2])[0, 0] == 30


def test_the_label_is_the_pregrasp_pose_seen_from_the_tool(dataset: Dataset) -> None:
    record = dataset.records[0]
    reached = record.T_base_tool @ record.label
    assert reached.x == pytest.approx(record.T_base_pregrasp.x)
    assert reached.theta == pytest.approx(record.T_base_pregrasp.theta)


def test_a_torn_last_line_is_dropped_and_collecting_goes_on(dataset: Dataset) -> None:
    path = dataset.folder / CAPTURES
    path.write_bytes(path.read_bytes()[:-20])
    again = Dataset.open(dataset.folder)
    assert len(again) == 2
    add(again, 40)
    assert [r.index for r in Dataset.open(dataset.folder).records] == [0, 1, 2]
    assert again.image(again.records[-1])[0, 0] == 40


def test_a_damaged_line_in_the_middle_is_an_error_with_its_number(dataset: Dataset) -> None:
    path = dataset.folder / CAPTURES
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + "rubbish\n" + lines[2])
    with pytest.raises(DatasetError, match=r"captures.jsonl:2: damaged"):
        Dataset.open(dataset.folder)


def test_a_picture_of_another_size_is_refused(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match="Was the camera changed"):
        dataset.append(
            np.zeros((10, 10), np.uint8),
            kind=CaptureKind.COARSE,
            group=0,
            placement=0,
            T_base_tool=Pose(),
            T_base_pregrasp=Pose(),
            time=0.0,
        )
    assert len(dataset) == 3


def test_the_data_set_of_another_task_is_not_continued(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match="'board', expected 'plate'"):
        Dataset.open_or_create(dataset.folder, Card("plate", "test cell", 40, 30))


def test_a_full_disk_loses_nothing(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(DatasetError, match=r"No space left on device.*The 3 before it are safe"):
        add(dataset, 40)
    monkeypatch.undo()
    assert len(Dataset.open(dataset.folder)) == 3
    assert not list(dataset.folder.rglob("*.part"))


def test_missing_files_are_named(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no data set here"):
        Dataset.open(tmp_path / "nothing")
    record = dataset.records[0]
    dataset.image_path(record).write_bytes(b"not a picture")
    with pytest.raises(DatasetError, match=r"000000.png: the picture is missing or damaged"):
        dataset.image(record)
    (dataset.folder / CARD).write_text("{")
    with pytest.raises(DatasetError, match=r"card.json: damaged"):
        Dataset.open(dataset.folder)
