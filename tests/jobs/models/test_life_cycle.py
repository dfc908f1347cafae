"""A model's year, in a minute: it works, its lens is touched, it warns, it is made anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, MotionCommand
from pregrasp.hardware.capabilities import Image
from pregrasp.jobs.episode import Verdict
from pregrasp.jobs.grasp_job import GraspJob, GraspResult
from pregrasp.jobs.models.drift import Drift, DriftLimits, watch_drift
from pregrasp.jobs.models.history import Cause
from pregrasp.jobs.models.refresh import refresh
from pregrasp.jobs.models.store import ModelStore
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.index import RunIndex
from pregrasp.runlog.run_log import RunLog
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.task import Task

SIZE = (480, 360)
LIMITS = DriftLimits(reference=10)


class LensCamera:
    """Photographs the tile from wherever the arm is, through a lens that may be out of focus."""

    name = "camera over a tile"
    size = SIZE

    def __init__(self, cell: IdealCell, task: Task, tile: Any) -> None:
        self._cell = cell
        self._task = task
        self._tile = tile
        self._taken = 0
        self.blur = 0.0

    def capture(self, token: CancelToken) -> Image:
        token.raise_if_cancelled()
        self._taken += 1
        part = self._cell.part_now() @ self._task.taught.approach.inverse()
        motion = (self._cell.arm.pose().inverse() @ part).planar
        carried = self._cell.gripper.reading().holding
        image = self._tile.take(motion, seed=self._taken, empty=carried)
        if self.blur:
            image = cv2.GaussianBlur(image, (0, 0), self.blur)
        return np.asarray(image, np.uint8)


class Year:
    """One cell, its log, and the task's model of the day."""

    def __init__(self, task: Task, log: Path, tile: Any) -> None:
        self.task = task
        self._log = log
        self._dice = np.random.default_rng(3)
        self.cell = IdealCell(task.taught.grasp)
        self.cell.name = "flat"  # the cell of the data set
        self.lens = LensCamera(self.cell, task, tile)
        self.cell.camera = self.lens  # type: ignore[assignment]

    def grasp(self, times: int) -> list[GraspResult]:
        model = ModelStore(self.task).current
        results = []
        labels = {"task": self.task.task, "command": "grasp", "model": model}
        with Broadcast([RunLog(self._log, keep_pixels=False)], Encoder(labels)) as broadcast:
            job = GraspJob(self.task, observers=[broadcast])
            for _ in range(times):
                if self.cell.gripper.reading().holding:
                    self.cell.gripper.open(CancelToken())
                x, y = self._dice.uniform(-6, 6, 2) * MM
                self.cell.part = self.task.taught.grasp @ MotionCommand(x, y, 0.1)
                self.cell.arm.move([self.task.taught.pregrasp], CancelToken())
                results.append(job.run(self.cell))
                broadcast.flush()
        return results

    def drift(self) -> Drift:
        with RunIndex(self._log) as index:
            records = index.find(task=self.task.task)
        return watch_drift(records, ModelStore(self.task).current, LIMITS)


@pytest.fixture
def year(task: Task, tmp_path: Path, tile: Any) -> Year:
    return Year(task, tmp_path / "log", tile)


@pytest.mark.slow
def test_a_cell_that_drifts_warns_and_is_helped_by_a_refresh(
    year: Year, dataset: Path, tmp_path: Path
) -> None:
    store = ModelStore(year.task)
    first = store.current
    good = year.grasp(LIMITS.reference + 3)
    assert all(result.verdict is Verdict.GRASPED for result in good)
    assert not year.drift().warns

    year.lens.blur = 2.5
    worse = year.grasp(6)
    assert all(result.verdict is Verdict.GRASPED for result in worse)
    assert year.drift().warns, "before anything is refused"

    year.lens.blur = 4.0
    assert all(result.verdict is Verdict.REFUSED for result in year.grasp(4))
    drift = year.drift()
    assert drift.refused == 4
    assert drift.refusals is not None
    assert drift.refusals.warns

    data = tmp_path / "dataset"
    shutil.copytree(dataset, data)
    year.cell.part = year.task.taught.grasp
    done = refresh(year.task, year.cell, data, captures=40)
    old, new = done.comparison.models
    assert new.trusted > old.trusted, "both were asked about the same captures of today"
    assert done.better
    assert store.current == done.model != first
    assert store.history()[-1].cause is Cause.REFRESHED

    again = year.grasp(6)
    assert sum(result.verdict is Verdict.GRASPED for result in again) >= 5
    assert not year.drift().warns, "the new model begins with a record of its own"
    store.roll_back()
    assert store.current == first
