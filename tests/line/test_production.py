import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MotionCommand
from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.line.errors import JobIdError, JournalError, LineError
from pregrasp.line.journal import JobState, Journal
from pregrasp.line.packml import Command, State
from pregrasp.line.production import (
    CODE_INTERRUPTED,
    CODE_JOB_FAILED,
    CODE_PART_IN_GRIPPER,
    CODE_REFUSALS,
    Policy,
    Production,
)
from pregrasp.line.results import JobResult, Outcome
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.task import Task

Eventually = Callable[[Callable[[], bool]], None]
Make = Callable[..., Production]


@pytest.fixture
def make(
    cell: OpenCell, loaded: LoadedTask, task: Task, devices: IdealCell, tmp_path: Path
) -> Iterator[Make]:
    made: list[Production] = []

    def feed(name: str) -> None:
        devices.part = task.taught.grasp @ MotionCommand(0.005, 0.01, 0.1)

    def build(policy: Policy | None = None, *, open_unit: bool = True) -> Production:
        journal = Journal(tmp_path / "jobs.sqlite")
        used = policy or Policy(place=task.taught.pregrasp, feed=feed)
        production = Production(cell, {loaded.name: loaded}, journal, used)
        if open_unit:
            production.unit.open()
        made.append(production)
        return production

    yield build
    for production in made:
        production.unit.close()
        production.journal.close()


def produce(production: Production, eventually: Eventually) -> None:
    production.unit.command(Command.RESET)
    eventually(lambda: production.unit.state is State.IDLE)
    production.unit.command(Command.START)
    eventually(lambda: production.unit.state is State.EXECUTE)


def ended(production: Production, job_id: str) -> bool:
    record = production.journal.find(job_id)
    return record is not None and record.state is JobState.ENDED


def outcome(production: Production, job_id: str) -> Outcome:
    record = production.journal.find(job_id)
    assert record is not None
    assert record.result is not None
    return record.result.outcome


def test_requested_parts_are_grasped_and_delivered(
    make: Make, eventually: Eventually, task: Task, devices: IdealCell
) -> None:
    production = make()
    for number in range(3):
        production.request(f"part {number}", task.task, by="plc")
    assert not devices.arm.moves, "nothing moves before the unit was started"
    produce(production, eventually)
    eventually(lambda: ended(production, "part 2"))
    assert production.journal.counts()[Outcome.GRASPED] == 3
    assert not devices.gripper.reading().holding
    eventually(lambda: production.starved)
    production.unit.command(Command.COMPLETE)
    eventually(lambda: production.unit.state is State.COMPLETE)
    assert devices.arm.pose() == task.taught.pregrasp


def test_a_fate_that_the_full_disk_refused_is_written_when_the_unit_is_cleared(
    make: Make, eventually: Eventually, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = make()

    def full(result: JobResult) -> None:
        raise JournalError("jobs.sqlite: cannot be written: database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(production.journal, "end", full)
        production.request("one", task.task)
        production.request("two", task.task)
        production.unit.command(Command.RESET)
        eventually(lambda: production.unit.state is State.IDLE)
        production.unit.command(Command.START)
        eventually(lambda: production.unit.state is State.ABORTED)
        assert "disk is full" in production.unit.reason.text
        production.unit.command(Command.CLEAR)
        eventually(lambda: production.unit.state is State.ABORTED)
        assert not ended(production, "one")
    production.unit.command(Command.CLEAR)
    eventually(lambda: production.unit.state is State.STOPPED)
    assert outcome(production, "one") is Outcome.GRASPED
    produce(production, eventually)
    eventually(lambda: production.counts[Outcome.GRASPED] == 2)
    assert outcome(production, "two") is Outcome.GRASPED


def test_a_request_that_comes_while_the_unit_waits_is_done_at_once(
    make: Make, eventually: Eventually, task: Task
) -> None:
    production = make()
    produce(production, eventually)
    eventually(lambda: production.starved)
    production.request("late", task.task)
    eventually(lambda: ended(production, "late"))


def test_an_unknown_task_is_refused_with_a_hint(make: Make) -> None:
    production = make()
    with pytest.raises(LineError, match="Did you mean 'circuit_board'"):
        production.request("a", "circuit_bord")
    assert production.journal.find("a") is None


def test_the_same_id_grasps_once(make: Make, eventually: Eventually, task: Task) -> None:
    production = make()
    produce(production, eventually)
    for _ in range(5):
        production.request("one", task.task)
    eventually(lambda: ended(production, "one"))
    assert production.request("one", task.task).state is JobState.ENDED
    production.request("two", task.task)
    eventually(lambda: ended(production, "two"))
    assert sum(production.journal.counts().values()) == 2
    with pytest.raises(JobIdError):
        production.request("bad\nid", task.task)


def test_refusals_in_a_row_suspend_the_unit(
    make: Make, eventually: Eventually, task: Task, devices: IdealCell
) -> None:
    production = make()
    devices.camera.covered = True
    for number in range(4):
        production.request(str(number), task.task)
    produce_suspended = [Command.RESET, Command.START]
    production.unit.command(produce_suspended[0])
    eventually(lambda: production.unit.state is State.IDLE)
    production.unit.command(produce_suspended[1])
    eventually(lambda: production.unit.state is State.SUSPENDED)
    assert production.unit.reason.code == CODE_REFUSALS
    assert "no part in view" in production.unit.reason.text
    assert production.journal.pending() == 1
    devices.camera.covered = False
    production.unit.command(Command.UNSUSPEND)
    eventually(lambda: ended(production, "3"))
    assert outcome(production, "3") is Outcome.GRASPED


def test_a_failure_holds_the_unit_until_somebody_has_looked(
    make: Make,
    eventually: Eventually,
    task: Task,
    devices: IdealCell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    production = make()
    produce(production, eventually)
    with monkeypatch.context() as broken:
        broken.setattr(devices.gripper, "close", devices.gripper.open)
        production.request("lost", task.task)
        eventually(lambda: production.unit.state is State.HELD)
    assert outcome(production, "lost") is Outcome.FAILED
    assert production.unit.reason.code == CODE_JOB_FAILED
    production.request("next", task.task)
    production.unit.command(Command.UNHOLD)
    eventually(lambda: ended(production, "next"))
    assert outcome(production, "next") is Outcome.GRASPED


def test_a_part_that_nobody_takes_is_not_dropped(
    make: Make, eventually: Eventually, task: Task, devices: IdealCell
) -> None:
    production = make(Policy())
    produce(production, eventually)
    production.request("first", task.task)
    production.request("second", task.task)
    eventually(lambda: production.unit.state is State.HELD)
    assert production.unit.reason.code == CODE_PART_IN_GRIPPER
    assert devices.gripper.reading().holding
    assert production.journal.pending() == 1
    production.unit.command(Command.UNHOLD)
    eventually(lambda: production.unit.state is State.ABORTED)
    assert "gripper_is_empty" in production.unit.reason.text
    devices.gripper.open(CancelToken())


def test_stopping_cancels_the_job_and_keeps_those_that_wait(
    make: Make, eventually: Eventually, task: Task, devices: IdealCell
) -> None:
    production = make()
    produce(production, eventually)
    devices.arm.blocked = True
    production.request("now", task.task)
    production.request("later", task.task)
    eventually(lambda: production.running == "now")
    production.unit.command(Command.STOP)
    eventually(lambda: production.unit.state is State.STOPPED)
    assert outcome(production, "now") is Outcome.CANCELLED
    assert devices.stops > 0
    assert production.journal.pending() == 1


def test_one_job_can_be_cancelled_while_production_goes_on(
    make: Make, eventually: Eventually, task: Task, devices: IdealCell
) -> None:
    production = make()
    produce(production, eventually)
    devices.arm.blocked = True
    production.request("stuck", task.task)
    production.request("unwanted", task.task)
    production.request("wanted", task.task)
    eventually(lambda: production.running == "stuck")
    production.cancel("unwanted")
    production.cancel("stuck")
    eventually(lambda: ended(production, "stuck"))
    devices.arm.blocked = False
    eventually(lambda: ended(production, "wanted"))
    assert outcome(production, "stuck") is Outcome.CANCELLED
    assert outcome(production, "unwanted") is Outcome.CANCELLED
    assert outcome(production, "wanted") is Outcome.GRASPED
    assert production.cancel("nobody") is None
    assert production.unit.state is State.EXECUTE


def test_a_job_that_cannot_even_begin_has_a_fate(
    make: Make, eventually: Eventually, task: Task
) -> None:
    def broken(name: str) -> None:
        raise LineError("the feeder is jammed")

    production = make(Policy(feed=broken))
    produce(production, eventually)
    production.request("a", task.task)
    eventually(lambda: production.unit.state is State.ABORTED)
    assert outcome(production, "a") is Outcome.FAILED
    assert "the feeder is jammed" in production.unit.reason.text


def test_after_a_job_of_unknown_fate_the_unit_begins_aborted(
    make: Make, eventually: Eventually, task: Task, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "jobs.sqlite")
    journal.request("unknown", task.task)
    journal.request("waits", task.task)
    journal.begin_next()
    journal.close()
    production = make()
    assert production.unit.state is State.ABORTED
    assert production.unit.reason.code == CODE_INTERRUPTED
    assert "unknown" in production.unit.reason.text
    assert production.unit.command(Command.START).value == "not in this state"
    production.unit.command(Command.CLEAR)
    eventually(lambda: production.unit.state is State.STOPPED)
    produce(production, eventually)
    eventually(lambda: ended(production, "waits"))
    assert outcome(production, "unknown") is Outcome.INTERRUPTED
    assert outcome(production, "waits") is Outcome.GRASPED


def test_listeners_hear_every_step(make: Make, eventually: Eventually, task: Task) -> None:
    production = make()
    steps: list[str] = []
    over = threading.Event()

    def hear(record: object) -> None:
        steps.append(record.state.value)  # type: ignore[attr-defined]
        if steps[-1] == "ended":
            over.set()

    production.listen(hear)
    produce(production, eventually)
    production.request("a", task.task)
    assert over.wait(10)
    assert steps == ["pending", "running", "ended"]
