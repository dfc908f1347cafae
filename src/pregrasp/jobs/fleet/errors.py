"""What can go wrong with work that is shared.

::

    JobError
    ├── WorkerLostError        the same piece of work has cost several workers their life
    ├── ClusterError           there is no such cluster, or Ray is missing
    └── SweepError             a sweep that cannot be begun or resumed
"""

from __future__ import annotations

from pathlib import Path

from pregrasp.jobs.errors import JobError


class WorkerLostError(JobError):
    """A piece of work was tried several times, and every time its worker ended.

    Args:
        work: What was to be done.
        attempts: How often it was tried.
        how: How the last worker ended.
    """

    def __init__(self, work: str, attempts: int, how: str) -> None:
        self.work = work
        self.attempts = attempts
        super().__init__(
            f"{work}: {attempts} workers were lost over it, the last one: {how}. If memory is "
            "short, use fewer workers; with one, you see what happens."
        )


class ClusterError(JobError):
    """A cluster that cannot be used; the message says what to do."""


class SweepError(JobError):
    """A sweep cannot be begun or resumed."""

    def __init__(self, folder: Path, found: str, remedy: str = "") -> None:
        self.folder = folder
        super().__init__(f"{folder}: {found}" + (f" {remedy}" if remedy else ""))
