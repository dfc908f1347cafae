from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from pregrasp.frames import MotionCommand
from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task, find_task


@pytest.fixture
def task() -> Task:
    return find_task("circuit_board")


@pytest.fixture
def devices(task: Task) -> IdealCell:
    """A cell whose part lies 10 mm, 20 mm and 0.3 rad from where it was taught."""
    return IdealCell(task.taught.grasp @ MotionCommand(0.01, 0.02, 0.3))


@pytest.fixture
def cell(devices: IdealCell) -> Iterator[OpenCell]:
    with OpenCell(devices) as opened:
        yield opened


@pytest.fixture
def loaded(cell: OpenCell, devices: IdealCell, task: Task) -> LoadedTask:
    return cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that another thread brings about."""

    def wait(holds: Callable[[], bool], timeout: float = 10.0) -> None:
        pause = threading.Event()
        for _ in range(int(timeout / 0.005)):
            if holds():
                return
            pause.wait(0.005)
        pytest.fail("it did not come about")

    return wait


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Nothing of this room leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    pause = threading.Event()
    for _ in range(400):
        left = [t for t in threading.enumerate() if t not in before and t.is_alive()]
        if not left:
            return
        pause.wait(0.005)
    pytest.fail(f"threads left behind: {left}")
