"""Runs without a robot, as messages and as logs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pregrasp.frames import MotionCommand
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.message import Message
from pregrasp.runlog.run_log import RunLog
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task, find_task
from pregrasp.trees import Observer, Runner, load_tree


@pytest.fixture(scope="session")
def task() -> Task:
    return find_task("circuit_board")


def ideal_grasp(
    task: Task,
    observers: Sequence[Observer],
    *,
    covered: bool = False,
) -> None:
    """Grasp once in the ideal cell; with the camera covered the estimator refuses."""
    cell = IdealCell(task.taught.grasp @ MotionCommand(0.01, 0.005, 0.1))
    cell.camera.covered = covered
    tree = load_tree("two_stage_grasp", search=(task.folder,))
    estimator = IdealEstimator(cell, task.taught.approach, gain=0.8)
    Runner(tree, cell, {"task": task, "estimator": estimator}, observers=observers).run()


GraspMessages = Callable[..., list[Message]]


@pytest.fixture
def grasp_messages(task: Task) -> GraspMessages:
    """Messages of one grasp."""

    def messages(*, covered: bool = False) -> list[Message]:
        told: list[Message] = []
        encoder = Encoder({"task": task.task, "command": "grasp", "model": "0123456789ab"})
        ideal_grasp(task, [lambda event: told.extend(encoder.encode(event))], covered=covered)
        return told

    return messages


@pytest.fixture
def logged(task: Task, tmp_path: Path) -> Path:
    """A folder with the logs of three grasps: lifted, refused, lifted."""
    folder = tmp_path / "log"
    labels = {"task": task.task, "command": "grasp", "model": "0123456789ab"}
    with Broadcast([RunLog(folder)], Encoder(labels)) as broadcast:
        for covered in (False, True, False):
            ideal_grasp(task, [broadcast], covered=covered)
    return folder
