import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pregrasp.line.errors import JobIdError, JournalError
from pregrasp.line.journal import JobState, Journal
from pregrasp.line.results import JobResult, Outcome


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite"


@pytest.fixture
def journal(file: Path) -> Iterator[Journal]:
    opened = Journal(file)
    yield opened
    opened.close()


def grasped(job_id: str) -> JobResult:
    return JobResult.without_run(job_id, "board", Outcome.GRASPED, "")


def test_the_same_id_is_the_same_job_however_often_it_is_asked_for(journal: Journal) -> None:
    first, new = journal.request("a", "board", "plc")
    assert new
    assert (first.state, first.requested_by) == (JobState.PENDING, "plc")
    assert journal.request("a", "board") == (first, False)
    journal.begin_next()
    journal.end(grasped("a"))
    again, new = journal.request("a", "board")
    assert not new
    assert again.result is not None
    assert again.result.grasped
    assert journal.begin_next() is None, "it is not done a second time"


def test_an_id_cannot_stand_for_two_tasks(journal: Journal) -> None:
    journal.request("a", "board")
    with pytest.raises(JobIdError, match="stands for a job of the task 'board'"):
        journal.request("a", "plate")


@pytest.mark.parametrize("job_id", ["", "x" * 65, "a\nb", "ä", "a;b", "\0"])
def test_an_unusable_id_is_refused(journal: Journal, job_id: str) -> None:
    with pytest.raises(JobIdError, match="1 to 64 letters"):
        journal.request(job_id, "board")
    assert journal.pending() == 0


def test_jobs_are_taken_in_the_order_they_were_asked_for(journal: Journal) -> None:
    for job_id in ("c", "a", "b"):
        journal.request(job_id, "board")
    taken = [journal.begin_next() for _ in range(4)]
    assert [record.job_id if record else None for record in taken] == ["c", "a", "b", None]


def test_only_a_job_that_waits_can_be_withdrawn(journal: Journal) -> None:
    journal.request("a", "board")
    journal.request("b", "board")
    withdrawn, ended = journal.withdraw("b")
    assert ended
    assert withdrawn is not None
    assert withdrawn.result is not None
    assert withdrawn.result.outcome is Outcome.CANCELLED
    journal.begin_next()
    running, ended = journal.withdraw("a")
    assert not ended
    assert running is not None
    assert running.state is JobState.RUNNING
    assert journal.withdraw("nobody") == (None, False)


def test_a_restart_keeps_what_waits_and_tells_what_was_running(file: Path) -> None:
    before = Journal(file)
    for job_id in ("done", "running", "waiting"):
        before.request(job_id, "board")
    before.begin_next()
    before.end(grasped("done"))
    before.begin_next()
    before.close()

    after = Journal(file)
    (interrupted,) = after.recover()
    assert interrupted.job_id == "running"
    assert interrupted.result is not None
    assert interrupted.result.outcome is Outcome.INTERRUPTED
    assert after.recover() == []
    done = after.find("done")
    assert done is not None
    assert done.result is not None
    assert done.result.grasped
    taken = after.begin_next()
    assert taken is not None
    assert taken.job_id == "waiting"
    assert after.counts()[Outcome.INTERRUPTED] == 1
    after.close()


def test_jobs_of_maintenance_are_not_counted(journal: Journal) -> None:
    journal.request("a", "board", counted=False)
    journal.begin_next()
    journal.end(grasped("a"))
    assert set(journal.counts().values()) == {0}


def test_a_second_process_is_kept_out(journal: Journal, file: Path) -> None:
    with pytest.raises(JournalError, match="Is the service running already"):
        Journal(file)


def test_a_damaged_journal_is_reported_and_kept(file: Path) -> None:
    file.write_bytes(os.urandom(20_000))
    before = file.read_bytes()
    with pytest.raises(JournalError, match="damaged"):
        Journal(file)
    assert file.read_bytes() == before


def test_requests_from_many_threads_make_one_job(journal: Journal) -> None:
    new: list[bool] = []
    threads = [
        threading.Thread(target=lambda: new.append(journal.request("a", "board")[1]))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert new.count(True) == 1
    assert journal.pending() == 1


WORKER = """
import sys
from pathlib import Path
from pregrasp.line.journal import Journal
from pregrasp.line.results import JobResult, Outcome
journal = Journal(Path(sys.argv[1]))
print("recovered", *(record.job_id for record in journal.recover()), flush=True)
for number in range(int(sys.argv[2]), 10**6):
    journal.request(f"{number}", "board")
    print("requested", number, flush=True)
    journal.begin_next()
    print("running", number, flush=True)
    journal.end(JobResult.without_run(f"{number}", "board", Outcome.GRASPED, ""))
    print("ended", number, flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing_that_was_answered(file: Path) -> None:
    dice = random.Random(4)  # noqa: S311  # moments, not secrets
    first, told = 0, dict[int, str]()
    for _ in range(6):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(file), str(first)], stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout is not None
        lines = dice.randrange(5, 60)
        for _ in range(lines):
            word, *rest = worker.stdout.readline().split()
            if word != "recovered":
                told[int(rest[0])] = word
        worker.send_signal(signal.SIGKILL)
        # What it managed to say before it died counts as well.
        for line in worker.stdout:
            parts = line.split()
            if len(parts) == 2 and line.endswith("\n"):
                told[int(parts[1])] = parts[0]
        worker.wait()
        worker.stdout.close()
        first = max(told) + 2
    journal = Journal(file)
    journal.recover()
    for number, word in told.items():
        record = journal.find(str(number))
        assert record is not None, f"{number} was {word} and is lost"
        if word == "ended":
            assert record.result is not None
            assert record.result.grasped
        elif record.result is not None:
            assert record.result.outcome in (Outcome.INTERRUPTED, Outcome.GRASPED)
        if word == "running":
            assert record.state is JobState.ENDED
    journal.close()
