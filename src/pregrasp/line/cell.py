"""The façade: a cell that is open, tasks that are loaded, jobs that run.

::

    import pregrasp

    with pregrasp.open_cell("cell.yaml") as cell:
        board = cell.load("circuit_board")
        result = cell.start(board).result(timeout=60)
        if not result.grasped:
            print(result.outcome.value, result.reason)

A program may open several cells. Nothing is global, nothing is printed, and when a cell is
closed none of its threads is left.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pregrasp.cancellation import CancelledError
from pregrasp.hardware.capabilities import Cell
from pregrasp.hardware.cell_file import SIMULATED
from pregrasp.hardware.modes import Mode, recover, report_failure, working
from pregrasp.jobs.episode import Verdict
from pregrasp.jobs.grasp_job import GraspJob, GraspResult
from pregrasp.line.errors import CellBusyError, CellClosedError
from pregrasp.line.job import Job
from pregrasp.line.opening import open_devices
from pregrasp.line.results import AchievedError, JobResult, Outcome, Timings, finite
from pregrasp.perception.estimator import Estimate, Estimator
from pregrasp.task import Task, find_task
from pregrasp.trees import Runner, RunResult, Tree, load_tree
from pregrasp.trees.events import Observer
from pregrasp.trees.run_control import RunControl

ResultT = TypeVar("ResultT")

log = logging.getLogger(__name__)


CLOSE_TIMEOUT = 30.0
"""How long closing waits for a job that was cancelled, in real time [s]."""


def utc_now() -> datetime:
    """The wall time, in UTC."""
    return datetime.now(UTC)


class LoadedTask:
    """A task with its tree checked and its model in memory; made by `OpenCell.load`.

    Args:
        grasp: The tree and the estimator.
    """

    def __init__(self, grasp: GraspJob) -> None:
        self.grasp = grasp

    @property
    def task(self) -> Task:
        """The task as its file says it."""
        return self.grasp.task

    @property
    def name(self) -> str:
        """Name of the task."""
        return self.grasp.task.task

    @property
    def model(self) -> str:
        """Name of the model; empty for an estimator without one."""
        return self.grasp.model


class OpenCell:
    """A cell that does one job after the other; a context manager that releases it.

    Args:
        devices: The devices; closed together with this.
        observers: Called with every event of every run, on the thread that ticks the tree.
        now: Wall time for records.
    """

    def __init__(
        self,
        devices: Cell,
        *,
        observers: Sequence[Observer] = (),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.devices = devices
        self._observers = tuple(observers)
        self._now = now
        self._lock = threading.Lock()
        self._running: Job[Any] | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """Name of the cell."""
        return self.devices.name

    @property
    def running(self) -> Job[Any] | None:
        """The job that runs now."""
        return self._running

    def load(
        self,
        task: str | Path | Task,
        *,
        model_folder: Path | None = None,
        estimator: Estimator | None = None,
    ) -> LoadedTask:
        """Load a task, so that starting it later takes milliseconds.

        Args:
            task: Name of a task of the library, path of a task, or a task.
            model_folder: Where the model is; by default the task's own.
            estimator: Looks at the pictures instead of a model.

        Raises:
            ConfigurationError: The task, or its tree, has faults.
            ModelError: The model is missing, damaged or of another task.
        """
        found = task if isinstance(task, Task) else find_task(str(task))
        grasp = GraspJob(
            found, model_folder=model_folder, estimator=estimator, observers=self._observers
        )
        return LoadedTask(grasp)

    def start(
        self, task: LoadedTask | str | Path | Task, *, job_id: str | None = None
    ) -> Job[JobResult]:
        """Start a grasp and return at once.

        Args:
            task: What `load` gave; anything else is loaded first, which takes a moment.
            job_id: Names the job in results and records; by default a new one is made.

        Raises:
            CellBusyError: Another job runs.
            CellClosedError: The cell has been closed.
            ConfigurationError: The task has faults.
            ModelError: The model is missing, damaged or of another task.
        """
        loaded = task if isinstance(task, LoadedTask) else self.load(task)
        name = job_id or uuid.uuid4().hex
        return self._start(name, lambda control: self._grasp(name, loaded, control))

    def start_tree(
        self,
        tree: str | Path | Tree,
        inputs: Mapping[str, Any] | None = None,
        *,
        search: Sequence[Path] = (),
        job_id: str | None = None,
    ) -> Job[RunResult]:
        """Start any tree, for what a station does besides grasping: put down, go home.

        Args:
            tree: Name of a tree of the library, path of a file, or a loaded tree.
            inputs: The tree's inputs by name, in SI units.
            search: Folders in which a name is looked for, besides the library.
            job_id: Names the job; by default a new one is made.

        Raises:
            CellBusyError: Another job runs.
            CellClosedError: The cell has been closed.
            ConfigurationError: The tree has faults.
            TreeError: The inputs do not fit the tree.
        """
        loaded = tree if isinstance(tree, Tree) else load_tree(str(tree), search=search)
        runner = Runner(loaded, self.devices, inputs, observers=self._observers)

        def run(control: RunControl) -> RunResult:
            with working(self.devices, Mode.PRODUCING):
                result = runner.run(control=control)
                if result.failure is not None:
                    report_failure(self.devices, result.failure.cause)
            return result

        return self._start(job_id or uuid.uuid4().hex, run)

    def recover(self) -> None:
        """Take a cell back into work after a device failed and a person has looked at it.

        Until then every job of such a cell ends with a `ModeError`. Without a fault nothing
        happens.

        Raises:
            HardwareError: A device still would not obey.
        """
        recover(self.devices)

    def stop(self) -> None:
        """Cancel what runs and bring everything to rest; safe from any thread at any time.

        An operational stop by program, **not** an emergency stop.
        """
        job = self._running
        if job is not None:
            job.cancel()
        self.devices.stop()

    def close(self) -> None:
        """Cancel what runs, wait for standstill and release the devices; may be repeated."""
        with self._lock:
            self._closed, closed_before = True, self._closed
            job = self._running
        if job is not None:
            job.cancel()
            if not job.wait(CLOSE_TIMEOUT):
                log.error("job %s did not end within %g s", job.job_id, CLOSE_TIMEOUT)
        if not closed_before:
            self.devices.close()

    def _start(self, job_id: str, work: Callable[[RunControl], ResultT]) -> Job[ResultT]:
        with self._lock:
            if self._closed:
                raise CellClosedError(self.name)
            if self._running is not None:
                raise CellBusyError(self.name, self._running.job_id)
            job = Job(job_id, work, self._free)
            # A job that is over already waits for the lock, and frees the cell afterwards.
            self._running = job
        return job

    def _run(self, runner: Runner, control: RunControl) -> RunResult:
        with working(self.devices, Mode.PRODUCING):
            run = runner.run(control=control)
            if run.failure is not None:
                report_failure(self.devices, run.failure.cause)
        return run

    def _free(self) -> None:
        with self._lock:
            self._running = None

    def _grasp(self, job_id: str, loaded: LoadedTask, control: RunControl) -> JobResult:
        """Run the task's grasp tree and put what came of it into a result."""
        started, began = self._now(), time.perf_counter()
        clock_began = self.devices.clock.now()
        log.info("job %s: %s on %s", job_id, loaded.name, self.name)
        outcome, reason, node = Outcome.CANCELLED, "stopped on request", ""
        estimates: tuple[Estimate, ...] = ()
        done: GraspResult | None = None
        try:
            done = loaded.grasp.run(self.devices, control)
        except CancelledError:
            pass
        else:
            outcome, reason, estimates = _OUTCOMES[done.verdict], done.reason, done.estimates
            node = "" if done.run.failure is None else done.run.failure.path
        result = JobResult(
            job_id=job_id,
            task=loaded.name,
            model=loaded.model,
            outcome=outcome,
            reason=reason,
            node=node,
            moves=0 if done is None else done.moves,
            error=_achieved(estimates[-1]) if estimates else None,
            timings=Timings(
                started=started,
                total=time.perf_counter() - began,
                robot=self.devices.clock.now() - clock_began,
                perception=sum(estimate.compute_time for estimate in estimates),
            ),
        )
        log.info("job %s: %s %s", job_id, result.outcome.value, result.reason)
        return result


_OUTCOMES = {
    Verdict.GRASPED: Outcome.GRASPED,
    Verdict.REFUSED: Outcome.REFUSED,
    Verdict.FAILED: Outcome.FAILED,
}


def _achieved(estimate: Estimate) -> AchievedError:
    return AchievedError(
        translation=estimate.motion.translation,
        rotation=estimate.motion.rotation,
        bound_translation=finite(estimate.bound_translation),
        bound_rotation=finite(estimate.bound_rotation),
        confidence=estimate.confidence,
    )


def open_cell(
    cell: str | Path | Cell = SIMULATED,
    *,
    task: str | Path | Task | None = None,
    observers: Sequence[Observer] = (),
) -> OpenCell:
    """Open a cell.

    Args:
        cell: Name of a cell that ships, path of a cell's file, or devices that are open already.
        task: Whose part lies in a simulated cell; real cells do not need it.
        observers: Called with every event of every run, on the thread that ticks the tree.

    Raises:
        ConfigurationError: The cell's file, or the task, has faults.
        HardwareError: A device cannot be reached.
        LineError: A simulated cell was asked for without a task.

    Example::

        with pregrasp.open_cell("simulated", task="circuit_board") as cell:
            cell.start("circuit_board").result().check()
    """
    return OpenCell(open_devices(cell, task), observers=observers)
