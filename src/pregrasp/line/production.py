"""What a unit does in its states: trees around grasp jobs that come out of the journal.

::

    Resetting, Clearing, Unholding, Unsuspending    the tree ``line_check``
    Starting, Completing                            the tree ``line_home``
    Execute                                         one requested job after the other
    Stopping, Aborting                              everything is brought to rest

A refusal leaves the part alone and production goes on; several in a row suspend the unit. A
failure holds it, and so does a part that is still in the gripper: a person, or the line,
looks. Pending requests survive every stop and every restart.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.configuration import hidden
from pregrasp.documents import did_you_mean
from pregrasp.frames import Pose
from pregrasp.hardware.modes import recover
from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.line.errors import LineError
from pregrasp.line.job import Job
from pregrasp.line.journal import JobRecord, JobState, Journal
from pregrasp.line.packml.machine import Answer, Reason
from pregrasp.line.packml.states import Command, Mode, State
from pregrasp.line.packml.unit import CELL, PackmlUnit, Turn
from pregrasp.line.results import JobResult, Outcome
from pregrasp.trees import RunResult, Tree, load_tree

ResultT = TypeVar("ResultT")

log = logging.getLogger(__name__)

CODE_JOB_FAILED = 20
"""Code of a hold after a failed job."""
CODE_PART_IN_GRIPPER = 21
"""Code of a hold because the gripper still has a part."""
CODE_REFUSALS = 30
"""Code of a suspension after refusals in a row."""
CODE_INTERRUPTED = 40
"""Code of being aborted at start because a job's fate is unknown."""

STARVED_WAIT = 1.0
"""How often a starved unit looks for jobs even if nobody wakes it [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What the unit does by itself."""

    suspend_after_refusals: int = 3
    """So many refusals in a row suspend the unit; 0 never does."""
    hold_on_failure: bool = True
    """Whether a failed job holds the unit until a person has looked."""
    check_tree: str = "line_check"
    """Run when the unit resets, is cleared, or goes on."""
    home_tree: str = "line_home"
    """Run when the unit starts and when a batch is complete."""
    deliver_tree: str = "line_deliver"
    """Run with every part that was grasped."""
    home: Pose | None = None
    """Where the unit waits: ``T_base_tool``; by default where its first task was taught."""
    place: Pose | None = None
    """Where parts are put down: the pregrasp pose above; without it they stay in the gripper."""
    feed: Callable[[str], None] | None = hidden(default=None)
    """Called with a task's name before each job; how simulated cells get their parts."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.suspend_after_refusals < 0:
            raise ValueError("suspend_after_refusals must not be negative")


class Production:
    """A cell, its tasks and its journal as a PackML unit.

    Args:
        cell: Does the jobs; nobody else may start any.
        tasks: What may be asked for, by name.
        journal: Keeps the jobs.
        policy: What the unit does by itself.

    Raises:
        ConfigurationError: A tree of the policy has faults.
        LineError: There are no tasks.
    """

    def __init__(
        self,
        cell: OpenCell,
        tasks: Mapping[str, LoadedTask],
        journal: Journal,
        policy: Policy | None = None,
    ) -> None:
        if not tasks:
            raise LineError("a unit needs at least one task. Name those that the line may ask for.")
        self.cell = cell
        self.tasks = dict(tasks)
        self.journal = journal
        self.policy = policy = policy or Policy()
        first = next(iter(self.tasks.values())).task
        home = policy.home or first.taught.pregrasp
        needed = (home, *(loaded.task.taught.pregrasp for loaded in self.tasks.values()))
        self._values: dict[str, Any] = {"home": home, "poses": needed, "place": policy.place}
        self._check = load_tree(policy.check_tree)
        self._home = load_tree(policy.home_tree)
        self._deliver = load_tree(policy.deliver_tree) if policy.place or _custom(policy) else None
        self._lock = threading.Lock()
        self._doing = ""
        self._running: tuple[str, Job[Any]] | None = None
        self._to_cancel: set[str] = set()
        self._refusals = 0
        self._unwritten: JobResult | None = None
        self.interrupted = journal.recover()
        self.last: JobResult | None = None
        self.counts = journal.counts()
        self.starved = False
        self._listeners: list[Callable[[JobRecord], None]] = []
        self.unit = self._make_unit()

    def listen(self, listener: Callable[[JobRecord], None]) -> None:
        """Tell somebody about every step of every job; must return at once."""
        self._listeners.append(listener)

    @property
    def running(self) -> str:
        """Id of the job that runs; empty if none does."""
        return self._doing

    def request(self, job_id: str, task: str, by: str = "") -> JobRecord:
        """Ask for a job, or hear what became of it; the same id never grasps twice.

        Raises:
            JobIdError: The id is unusable, or stands for a job of another task.
            LineError: There is no such task.
            JournalError: The disk is full or gone; the request is not accepted.
        """
        if task not in self.tasks:
            raise LineError(f"there is no task {task[:64]!r}. {did_you_mean(task, self.tasks)}")
        counted = self.unit.mode is not Mode.MAINTENANCE
        record, new = self.journal.request(job_id, task, by, counted=counted)
        if new:
            log.info("job %s: %s requested by %s", job_id, task, by or "the program")
            self._tell(record)
            self.unit.wake()
        return record

    def cancel(self, job_id: str) -> JobRecord | None:
        """Withdraw a job that waits, or stop the one that runs.

        Returns:
            The job; None if there is none of that id.
        """
        record, withdrawn = self.journal.withdraw(job_id)
        if record is not None and record.state is JobState.RUNNING:
            with self._lock:
                self._to_cancel.add(job_id)
                if self._running is not None and self._running[0] == job_id:
                    self._running[1].cancel()
        if record is not None and withdrawn:
            self._tell(record)
        return record

    def _make_unit(self) -> PackmlUnit:
        actions = {
            State.RESETTING: self._checked,
            State.CLEARING: self._checked,
            State.UNHOLDING: self._checked,
            State.UNSUSPENDING: self._checked,
            State.STARTING: self._homed,
            State.COMPLETING: self._completed,
            State.EXECUTE: self._produce,
            State.STOPPING: self._at_rest,
            State.ABORTING: self._at_rest,
        }
        if not self.interrupted:
            return PackmlUnit(actions)
        names = ", ".join(record.job_id for record in self.interrupted)
        words = f"the program ended during {names}; look where the part is, then clear"
        reason = Reason(code=CODE_INTERRUPTED, text=words, by=CELL)
        return PackmlUnit(actions, initial=State.ABORTED, reason=reason)

    # --- What is done in the states -----------------------------------------------------------

    def _checked(self, turn: Turn) -> None:
        self._refusals = 0
        self._write_down()
        # Whoever clears, resets or goes on has looked: a device that failed may be tried again.
        recover(self.cell.devices)
        self._must_succeed(self._check, turn)

    def _homed(self, turn: Turn) -> None:
        self._must_succeed(self._home, turn)

    def _completed(self, turn: Turn) -> None:
        # A part that the line has not taken yet stays where it can reach it.
        if not self.cell.devices.gripper.reading().holding:
            self._must_succeed(self._home, turn)

    def _at_rest(self, turn: Turn) -> None:
        self.cell.devices.stop()

    def _produce(self, turn: Turn) -> None:
        self._write_down()
        while not turn.over:
            if self.cell.devices.gripper.reading().holding:
                words = "a part is in the gripper, so nothing more can be grasped; take it out"
                self._command(Command.HOLD, CODE_PART_IN_GRIPPER, words)
                return
            record = self.journal.begin_next()
            self.starved = record is None
            if record is None:
                turn.wait(STARVED_WAIT)
                continue
            self._tell(record)
            result = self._do(record, turn.token)
            self._end(result)
            if not turn.over:
                self._react(result)
        self.starved = False

    def _do(self, record: JobRecord, token: CancelToken) -> JobResult:
        """One job, from the picture to the part delivered; its fate is known whatever happens."""
        loaded = self.tasks.get(record.task)
        if loaded is None:
            words = f"the task {record.task!r} is not served any more"
            return JobResult.without_run(record.job_id, record.task, Outcome.FAILED, words)
        # Before anything moves: whoever asks what the robot is doing gets the right answer.
        self._doing = record.job_id
        try:
            return self._grasp_and_deliver(record, loaded, token)
        except Exception as error:
            words = f"the job could not be done: {error}"
            self._end(JobResult.without_run(record.job_id, record.task, Outcome.FAILED, words))
            raise
        finally:
            with self._lock:
                self._doing = ""
                self._running = None
                self._to_cancel.discard(record.job_id)

    def _grasp_and_deliver(
        self, record: JobRecord, loaded: LoadedTask, token: CancelToken
    ) -> JobResult:
        if self.policy.feed is not None:
            self.policy.feed(record.task)
        result = self._wait(self.cell.start(loaded, job_id=record.job_id), token)
        if not result.grasped or self._deliver is None:
            return result
        inputs = self._inputs(self._deliver, task=loaded.task)
        delivery = self.cell.start_tree(self._deliver, inputs, job_id=record.job_id)
        delivered = self._wait(delivery, token)
        return result if delivered.succeeded else _undelivered(result, delivered)

    def _wait(self, job: Job[ResultT], token: CancelToken) -> ResultT:
        """Wait for a job of the cell; the token, and `cancel`, stop it."""
        with self._lock:
            self._running = job.job_id, job
            if job.job_id in self._to_cancel:
                job.cancel()
        forget = token.on_cancel(job.cancel)
        try:
            return job.result()
        finally:
            forget()

    def _must_succeed(self, tree: Tree, turn: Turn) -> None:
        job = self.cell.start_tree(tree, self._inputs(tree), job_id=tree.name)
        forget = turn.token.on_cancel(job.cancel)
        try:
            result = job.result()
        finally:
            forget()
        turn.token.raise_if_cancelled()
        if not result.succeeded:
            raise LineError(str(result.failure))

    def _inputs(self, tree: Tree, **more: Any) -> dict[str, Any]:
        """What the tree asks for, out of what a unit can give."""
        values = {**self._values, **more}
        return {name: values[name] for name in tree.inputs if name in values}

    # --- What follows from a result -----------------------------------------------------------

    def _end(self, result: JobResult) -> None:
        self._unwritten = result
        self._write_down()

    def _write_down(self) -> None:
        """Have the journal know how the last job ended, before there is another one.

        Raises:
            JournalError: The disk is full or gone; it is tried again when the unit is cleared.
        """
        result = self._unwritten
        if result is None:
            return
        self.journal.end(result)
        self._unwritten = None
        self.last = result
        record = self.journal.find(result.job_id)
        if record is not None:
            self._tell(record)

    def _react(self, result: JobResult) -> None:
        self._refusals = self._refusals + 1 if result.outcome is Outcome.REFUSED else 0
        if result.outcome is Outcome.FAILED and self.policy.hold_on_failure:
            words = f"job {result.job_id} failed: {result.reason}"
            self._command(Command.HOLD, CODE_JOB_FAILED, words)
        elif 0 < self.policy.suspend_after_refusals <= self._refusals:
            words = f"{self._refusals} refusals in a row, the last: {result.reason}"
            self._command(Command.SUSPEND, CODE_REFUSALS, words)

    def _command(self, command: Command, code: int, text: str) -> None:
        answer = self.unit.command(command, Reason(code=code, text=text, by=CELL))
        if answer is not Answer.DONE:
            # Somebody was faster; the unit has left Execute already.
            log.info("%s came too late: %s", command.name, text)

    def _tell(self, record: JobRecord) -> None:
        if record.result is not None and record.counted:
            with self._lock:
                self.counts[record.result.outcome] += 1
        for listener in self._listeners:
            listener(record)


def _custom(policy: Policy) -> bool:
    return policy.deliver_tree != Policy().deliver_tree


def _undelivered(result: JobResult, delivered: RunResult) -> JobResult:
    failure = delivered.failure
    cancelled = failure is not None and isinstance(failure.cause, CancelledError)
    return dataclasses.replace(
        result,
        outcome=Outcome.CANCELLED if cancelled else Outcome.FAILED,
        reason=f"the part was grasped and not delivered: {failure}",
        node="" if failure is None else failure.path,
    )
