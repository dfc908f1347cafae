"""What a program that embeds a cell may have to catch.

::

    LineError
    ├── CellBusyError         a job was started while another one runs
    ├── CellClosedError       the cell has been closed
    ├── JobTimeoutError       a job was not over in time; also a TimeoutError
    ├── NotGraspedError       `JobResult.check` of a job that did not grasp
    ├── JobIdError            a job's id is unusable, or stands for another request
    ├── JournalError          the journal cannot be read or written
    └── ServiceError          the service cannot be started as it is configured

What the robot could not do is a *result*, not an exception, until `JobResult.check` is
called. Faults of files and devices keep their own families (`ConfigurationError`,
`HardwareError`, `ModelError`); all of them are `PregraspError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pregrasp.errors import PregraspError

if TYPE_CHECKING:
    from pregrasp.line.results import JobResult


class LineError(PregraspError):
    """A request of the line that could not be served."""


class CellBusyError(LineError):
    """A cell does one job after the other, and one is running.

    Args:
        cell: Name of the cell.
        job_id: The job that is running.
    """

    def __init__(self, cell: str, job_id: str) -> None:
        self.cell = cell
        self.job_id = job_id
        super().__init__(
            f"the cell {cell!r} is busy with job {job_id!r}. Wait for it, or cancel it first."
        )


class CellClosedError(LineError):
    """The cell has been closed.

    Args:
        cell: Name of the cell.
    """

    def __init__(self, cell: str) -> None:
        self.cell = cell
        super().__init__(f"the cell {cell!r} is closed. Open it again with pregrasp.open_cell().")


class JobTimeoutError(LineError, TimeoutError):
    """A job was not over in time; it goes on.

    Args:
        job_id: The job.
        timeout: How long was waited, in real time [s].
    """

    def __init__(self, job_id: str, timeout: float) -> None:
        self.job_id = job_id
        self.timeout = timeout
        super().__init__(
            f"job {job_id!r} was not over after {timeout:g} s. It goes on: "
            "wait again, or call cancel() first."
        )


class NotGraspedError(LineError):
    """A job ended without the part in the gripper.

    Args:
        result: How it ended.
    """

    def __init__(self, result: JobResult) -> None:
        self.result = result
        where = f" (at {result.node})" if result.node else ""
        super().__init__(f"{result.task}: {result.outcome.value}: {result.reason}{where}")


class JobIdError(LineError):
    """A job's id is unusable, or stands for another request already.

    Args:
        job_id: The id, shortened if it is long.
        found: What is wrong with it.
        remedy: What to do about it.
    """

    def __init__(self, job_id: str, found: str, remedy: str) -> None:
        self.job_id = job_id
        super().__init__(f"job id {job_id!r} {found}. {remedy}")


class JournalError(LineError):
    """The journal of jobs cannot be read or written."""


class ServiceError(LineError):
    """The service cannot be started as it is configured."""
