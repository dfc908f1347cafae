"""The façade for asyncio programs: the same names, with `await`.

::

    from pregrasp import aio

    async with await aio.open_cell("cell.yaml") as cell:
        board = await cell.load("circuit_board")
        result = await cell.grasp(board, timeout=60)

The event loop is never blocked: jobs run on threads of their own, opening, loading and
closing on the loop's executor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from pregrasp.hardware.capabilities import Cell
from pregrasp.hardware.cell_file import SIMULATED
from pregrasp.line import cell as blocking
from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.line.errors import JobTimeoutError
from pregrasp.line.job import Job
from pregrasp.line.results import JobResult
from pregrasp.perception.estimator import Estimator
from pregrasp.task import Task
from pregrasp.trees import RunResult, Tree
from pregrasp.trees.events import Observer

ResultT = TypeVar("ResultT")

__all__ = ["AsyncCell", "AsyncJob", "open_cell"]


class AsyncJob(Generic[ResultT]):
    """A job that can be awaited, by as many tasks as like to.

    Args:
        job: The job behind it.
    """

    def __init__(self, job: Job[ResultT]) -> None:
        self.job = job
        self._over = asyncio.Event()
        loop = asyncio.get_running_loop()
        job.add_done_callback(lambda job: _tell(loop, self._over))

    def __await__(self) -> Generator[Any, None, ResultT]:
        return self.result().__await__()

    @property
    def job_id(self) -> str:
        """The id under which it was started."""
        return self.job.job_id

    @property
    def done(self) -> bool:
        """Whether it is over and everything stands still."""
        return self.job.done

    def cancel(self) -> None:
        """Ask the robot to stop and the job to end; returns at once."""
        self.job.cancel()

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; giving up waiting does not cancel the job.

        Args:
            timeout: Longest wait [s].

        Returns:
            Whether the job is over.
        """
        try:
            await asyncio.wait_for(self._over.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def result(self, timeout: float | None = None) -> ResultT:
        """Wait for the end and say how it went.

        Args:
            timeout: Longest wait [s].

        Raises:
            JobTimeoutError: The job is not over; it goes on.
        """
        if not await self.wait(timeout):
            raise JobTimeoutError(self.job_id, timeout or 0.0)
        return self.job.result()


class AsyncCell:
    """A cell for asyncio programs; an async context manager that releases it.

    Args:
        cell: The cell behind it.
    """

    def __init__(self, cell: OpenCell) -> None:
        self.cell = cell

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def name(self) -> str:
        """Name of the cell."""
        return self.cell.name

    @property
    def devices(self) -> Cell:
        """The devices."""
        return self.cell.devices

    async def load(
        self,
        task: str | Path | Task,
        *,
        model_folder: Path | None = None,
        estimator: Estimator | None = None,
    ) -> LoadedTask:
        """As `OpenCell.load`."""
        return await asyncio.to_thread(
            self.cell.load, task, model_folder=model_folder, estimator=estimator
        )

    async def start(
        self, task: LoadedTask | str | Path | Task, *, job_id: str | None = None
    ) -> AsyncJob[JobResult]:
        """As `OpenCell.start`."""
        loaded = task if isinstance(task, LoadedTask) else await self.load(task)
        return AsyncJob(self.cell.start(loaded, job_id=job_id))

    async def grasp(
        self,
        task: LoadedTask | str | Path | Task,
        *,
        job_id: str | None = None,
        timeout: float | None = None,
    ) -> JobResult:
        """Grasp once; a job that is given up, or whose task is cancelled, is stopped.

        Args:
            task: What `load` gave, or a task to load.
            job_id: Names the job.
            timeout: How long it may take [s].

        Returns:
            How it ended; a job that took too long was cancelled.
        """
        job = await self.start(task, job_id=job_id)
        try:
            await job.wait(timeout)
        finally:
            if not job.done:
                job.cancel()
                # Whoever gives up must still find the robot at rest.
                await asyncio.shield(job.wait())
        return await job.result()

    async def start_tree(
        self,
        tree: str | Path | Tree,
        inputs: Mapping[str, Any] | None = None,
        *,
        search: Sequence[Path] = (),
        job_id: str | None = None,
    ) -> AsyncJob[RunResult]:
        """As `OpenCell.start_tree`."""
        return AsyncJob(self.cell.start_tree(tree, inputs, search=search, job_id=job_id))

    def stop(self) -> None:
        """As `OpenCell.stop`."""
        self.cell.stop()

    async def close(self) -> None:
        """As `OpenCell.close`."""
        await asyncio.to_thread(self.cell.close)


async def open_cell(
    cell: str | Path | Cell = SIMULATED,
    *,
    task: str | Path | Task | None = None,
    observers: Sequence[Observer] = (),
) -> AsyncCell:
    """As `pregrasp.open_cell`."""
    opened = await asyncio.to_thread(blocking.open_cell, cell, task=task, observers=observers)
    return AsyncCell(opened)


def _tell(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    # A loop that was closed meanwhile has nobody left who waits.
    if not loop.is_closed():
        loop.call_soon_threadsafe(over.set)
