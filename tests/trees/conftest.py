from __future__ import annotations

from pathlib import Path

import pytest

from pregrasp.frames import MotionCommand
from pregrasp.perception.dataset import Card, Dataset
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.task import Task, find_task


@pytest.fixture
def task() -> Task:
    return find_task("circuit_board")


@pytest.fixture
def cell(task: Task) -> IdealCell:
    """A cell whose part lies 10 mm, 20 mm and 0.3 rad from where it was taught."""
    return IdealCell(task.taught.grasp @ MotionCommand(0.01, 0.02, 0.3))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    card = Card(task="circuit_board", cell="ideal", image_width=40, image_height=30)
    return Dataset.create(tmp_path / "dataset", card)
