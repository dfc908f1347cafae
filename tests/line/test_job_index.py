from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pregrasp.jobs.grasp_job import GraspJob
from pregrasp.line.cell import LoadedTask
from pregrasp.line.job_index import index_jobs
from pregrasp.line.journal import Journal
from pregrasp.line.results import JobResult, Outcome
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.index import RunIndex
from pregrasp.runlog.run_log import RunLog
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "jobs.sqlite")
    yield opened
    opened.close()


def did(journal: Journal, job_id: str, outcome: Outcome | None) -> None:
    journal.request(job_id, "circuit_board")
    journal.begin_next()
    if outcome is not None:
        journal.end(JobResult.without_run(job_id, "circuit_board", outcome, "it was dark"))


def test_a_job_that_left_no_log_is_in_the_index_after_the_next_start(
    journal: Journal, loaded: LoadedTask, tmp_path: Path
) -> None:
    did(journal, "one", Outcome.REFUSED)
    did(journal, "two", None)
    journal.recover()
    journal.request("three", "circuit_board")
    tasks, folder = {loaded.name: loaded}, tmp_path / "log"
    assert index_jobs(journal, folder, tasks, cell="ideal") == ("one", "two")
    with RunIndex(folder) as index:
        records = {record.labels["job"]: record for record in index.find()}
    assert set(records) == {"one", "two"}, "the third has not begun"
    assert records["one"].result == "refused"
    assert records["one"].reason == "it was dark; no log was written"
    assert (records["one"].tree, records["one"].cell) == (loaded.grasp.tree.name, "ideal")
    assert records["two"].result == "cut_short"
    assert index_jobs(journal, folder, tasks, cell="ideal") == (), "once is enough"


def test_a_job_with_a_log_gets_no_second_line(
    journal: Journal, loaded: LoadedTask, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    with Broadcast([RunLog(folder)], Encoder()) as broadcast:
        devices = IdealCell(loaded.task.taught.grasp)
        estimator = IdealEstimator(devices, loaded.task.taught.approach)
        broadcast.label(job="one")
        GraspJob(loaded.task, estimator=estimator, observers=[broadcast]).run(devices)
    did(journal, "one", Outcome.GRASPED)
    assert index_jobs(journal, folder, {loaded.name: loaded}, cell="ideal") == ()
