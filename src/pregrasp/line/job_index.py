"""Every job of the journal is found in the index of runs.

A job's run gets its line from the run log, which nobody waits for: a kill between the journal
and the log, or a full disk, leaves a job without one. The journal is written through to the
disk before anything moves, so at the next start it says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pregrasp.line.cell import LoadedTask
from pregrasp.line.journal import Journal
from pregrasp.line.results import JobResult, Outcome
from pregrasp.runlog.codec import new_run_id
from pregrasp.runlog.index import CUT_SHORT, RunIndex
from pregrasp.runlog.state import RunState

RESULTS = {
    Outcome.GRASPED: "success",
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "failure",
    Outcome.CANCELLED: "cancelled",
    Outcome.INTERRUPTED: CUT_SHORT,
}
"""What the index calls the outcomes of jobs."""


def index_jobs(
    journal: Journal, folder: Path, tasks: Mapping[str, LoadedTask], *, cell: str
) -> tuple[str, ...]:
    """Give every job that has begun and ended, and left no line, a line without a log.

    Args:
        journal: After `Journal.recover`.
        folder: Of the run log.
        tasks: Say which tree a job ran.
        cell: Name of the cell.

    Returns:
        The ids of the jobs that had none.

    Raises:
        OSError: The folder cannot be made.
        sqlite3.Error: The index cannot be written.
        LogFileError: It is damaged, or of another layout.
    """
    done = journal.done()
    if not done:
        return ()
    folder.mkdir(parents=True, exist_ok=True)
    with RunIndex(folder) as index:
        known = index.labelled("job")
        missing = tuple(job_id for job_id in done if job_id not in known)
        for job_id in missing:
            record = journal.find(job_id)
            if record is not None and record.result is not None:
                loaded = tasks.get(record.task)
                tree = "" if loaded is None else loaded.grasp.tree.name
                _add(index, record.result, tree, cell)
    return missing


def _add(index: RunIndex, result: JobResult, tree: str, cell: str) -> None:
    started = result.timings.started
    run = new_run_id(tree or "job", started)
    labels = {"command": "serve", "job": result.job_id, "task": result.task, "model": result.model}
    about = {"run": run, "started": started.isoformat(timespec="milliseconds")}
    index.begin({**about, "tree": tree, "cell": cell, "labels": labels}, [])
    reason = f"{result.reason}; no log was written" if result.reason else "no log was written"
    end = {"result": RESULTS[result.outcome], "reason": reason, "path": result.node}
    index.finish(run, RunState(end=end))
