"""A refresh takes its pictures in a place of its own, whatever the data set has in others."""

from __future__ import annotations

from pathlib import Path

import pytest

from pregrasp.jobs.collect import collect, open_dataset
from pregrasp.jobs.models import refresh as module
from pregrasp.jobs.models.refresh import refresh
from pregrasp.jobs.models.store import ModelStore
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.sampling import CaptureKind, Collection, Sample, Workspace, anchors, plan
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.task import Task, find_task

FEW = Collection(captures=6, placements=3, anchors=1)


@pytest.fixture
def task() -> Task:
    return find_task("circuit_board")


def test_only_the_new_place_is_photographed(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds leave few captures in each place; these are not made up to the refresh's number."""
    cell = IdealCell(task.taught.grasp)
    collect(task, cell, tmp_path / "d", only=list(plan(FEW, task.workspace)))
    before = len(open_dataset(task, cell, tmp_path / "d"))

    def stop(*_: object, **__: object) -> None:
        raise TrainingError("far enough")

    monkeypatch.setattr(module, "refit", stop)
    monkeypatch.setattr(ModelStore, "keep", lambda *_: "0" * 64)
    with pytest.raises(TrainingError, match="far enough"):
        refresh(task, cell, tmp_path / "d", captures=40)
    added = open_dataset(task, cell, tmp_path / "d").records[before:]
    assert {record.placement for record in added} == {3}
    assert sum(r.kind in (CaptureKind.COARSE, CaptureKind.FINE) for r in added) == 40


def test_a_chosen_collection_takes_what_was_chosen_and_nothing_else(
    task: Task, tmp_path: Path
) -> None:
    cell = IdealCell(task.taught.grasp)
    wanted = [*anchors(FEW, 0), *(s for s in plan(FEW, Workspace()) if s.placement == 0)][:3]
    assert all(isinstance(sample, Sample) for sample in wanted)
    result = collect(task, cell, tmp_path / "d", only=wanted)
    assert result.added == 3
