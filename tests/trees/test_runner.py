"""Runs end with everything at rest, whatever happens."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any, ClassVar

import pytest
from py_trees.common import Status

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import Pose
from pregrasp.skills import SKILLS, Action, Condition, Input, Output, Skill
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task, find_task
from pregrasp.trees import (
    Event,
    NodeChanged,
    RunEnded,
    Runner,
    RunResult,
    StuckSkillError,
    TreeError,
    TreeStarted,
    ValueWritten,
    load_tree,
    parse_tree,
)

BEGUN: Counter[str] = Counter()
FINISHED: Counter[str] = Counter()


class Counting(Skill):
    """Counts how often its rounds begin and finish."""

    def initialise(self) -> None:
        BEGUN[self.path] += 1
        super().initialise()

    def finish(self, status: Status) -> None:
        FINISHED[self.path] += 1
        super().finish(status)


class Succeed(Counting, Condition):
    def check(self) -> bool:
        return True


class Fail(Counting, Condition):
    def check(self) -> Status:
        return self.fail("as asked")


class Crash(Counting, Condition):
    def check(self) -> bool:
        raise RuntimeError("out of order")


class Hang(Counting, Action):
    """Works until it is cancelled."""

    def work(self, token: CancelToken) -> None:
        while not token.wait(1.0):
            pass
        token.raise_if_cancelled()


class Deaf(Action):
    """Works until the test is over, and does not look at its token."""

    release: ClassVar[threading.Event]

    def work(self, token: CancelToken) -> None:
        self.release.wait()


class FailLater(Counting):
    """Fails at its third tick."""

    def begin(self) -> None:
        self._ticks = 0

    def step(self) -> Status:
        self._ticks += 1
        return Status.RUNNING if self._ticks < 3 else self.fail("third tick")


class Count(Action):
    number = Input(int, "A number.")
    next = Output(int, "One more.")

    def work(self, token: CancelToken) -> None:
        self.next = self.number + 1


OWN: dict[str, type[Skill]] = {
    **SKILLS,
    "succeed": Succeed,
    "fail": Fail,
    "crash": Crash,
    "hang": Hang,
    "deaf": Deaf,
    "fail_later": FailLater,
    "count": Count,
}


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    BEGUN.clear()
    FINISHED.clear()


@pytest.fixture
def cell() -> IdealCell:
    return IdealCell(Pose(0.374, 0.0, 0.001))


def run(root: str, cell: IdealCell, **settings: Any) -> RunResult:
    header = "tree: example\noutputs: {last: int}\n" if "{last}" in root else "tree: example\n"
    tree = parse_tree(f"{header}root: {root}\n", skills=OWN)
    token = settings.pop("token", None)
    return Runner(tree, cell, skills=OWN, **settings).run(token)


def cancel_when_running(path: str, token: CancelToken) -> Any:
    def observe(event: Event) -> None:
        if isinstance(event, NodeChanged) and event.path == path:
            token.cancel()

    return observe


def test_a_finished_run_reports_outputs_ticks_and_success(cell: IdealCell) -> None:
    result = run('{count: {number: 4, next: "{last}"}}', cell)
    assert result.succeeded
    assert result.outputs == {"last": 5}
    assert result.ticks >= 1
    assert cell.stops == 0


def test_a_failing_leaf_is_named_with_its_reason(cell: IdealCell) -> None:
    result = run("{sequence: [succeed, {selector: [fail, fail]}]}", cell)
    assert str(result.failure) == "example/sequence/selector/fail#2: as asked"
    assert cell.stops == 1


def test_an_exception_fails_its_leaf_and_keeps_the_cause(cell: IdealCell) -> None:
    result = run("{sequence: [crash]}", cell)
    assert result.failure is not None
    assert result.failure.path == "example/sequence/crash"
    assert isinstance(result.failure.cause, RuntimeError)
    assert result.failure.reason == "RuntimeError: out of order"


def test_an_exception_does_not_keep_a_selector_from_going_on(cell: IdealCell) -> None:
    assert run("{selector: [crash, succeed]}", cell).succeeded


@pytest.mark.parametrize("culprit", ["fail_later", "{sequence: [fail_later, crash]}"])
def test_a_failing_sibling_halts_what_is_running(cell: IdealCell, culprit: str) -> None:
    result = run(f"{{parallel: [hang, hang, {culprit}]}}", cell)
    assert result.status is Status.FAILURE
    assert BEGUN == FINISHED
    assert set(BEGUN.values()) == {1}
    assert cell.stops == 1
    assert not [thread for thread in threading.enumerate() if "example" in thread.name]


def test_cancelling_halts_everything_once(cell: IdealCell) -> None:
    token = CancelToken()
    observer = cancel_when_running("example/parallel/hang", token)
    result = run("{parallel: [hang, {sequence: [hang]}]}", cell, token=token, observers=[observer])
    assert result.failure is not None
    assert isinstance(result.failure.cause, CancelledError)
    assert BEGUN == FINISHED
    assert cell.stops == 1


def test_a_cancelled_run_never_begins(cell: IdealCell) -> None:
    token = CancelToken()
    token.cancel()
    assert not run("{sequence: [succeed]}", cell, token=token).succeeded
    assert not BEGUN


def test_a_keyboard_interrupt_halts_everything_and_goes_on(cell: IdealCell) -> None:
    def interrupt(wakeup: threading.Event, timeout: float) -> bool:
        raise KeyboardInterrupt

    cell.clock.wait = interrupt  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run("{sequence: [hang]}", cell)
    assert BEGUN == FINISHED
    assert cell.stops == 1


def test_a_cancelled_move_stops_the_arm(cell: IdealCell) -> None:
    cell.arm.blocked = True
    token = CancelToken()
    observer = cancel_when_running("example/move_to", token)
    run(
        "{move_to: {pose: {x_mm: 300, y_mm: 0, z_mm: 200, theta_deg: 0}}}",
        cell,
        token=token,
        observers=[observer],
    )
    assert cell.arm.stops >= 1
    assert not cell.arm.moves


def test_a_skill_that_does_not_stop_is_named(cell: IdealCell) -> None:
    Deaf.release = threading.Event()
    try:
        result = run("{timeout: {limit_s: 0.1, do: deaf}}", cell, stop_timeout=0.01)
    finally:
        Deaf.release.set()
    assert result.failure is not None
    assert isinstance(result.failure.cause, StuckSkillError)
    assert result.failure.cause.paths == ("example/timeout/deaf",)
    assert "did not stop within 0.01 s" in result.failure.reason
    assert cell.stops == 1


def test_a_finished_skill_wakes_the_runner_before_the_tick_period_is_over(
    cell: IdealCell,
) -> None:
    numbers = ", ".join(["{count: {number: 1}}"] * 50)
    result = run(f"{{sequence: [{numbers}]}}", cell, tick_period=1000.0)
    assert result.succeeded
    assert result.duration == 0.0


def test_a_skill_that_finishes_between_ticks_sets_the_wakeup(cell: IdealCell) -> None:
    gate = threading.Event()
    woken: list[bool] = []

    class Wait(Action):
        def work(self, token: CancelToken) -> None:
            gate.wait()

    def wait(wakeup: threading.Event, timeout: float) -> bool:
        gate.set()
        woken.append(wakeup.wait(10.0))
        return woken[-1]

    cell.clock.wait = wait  # type: ignore[method-assign]
    skills: dict[str, type[Skill]] = {"wait": Wait}
    tree = parse_tree("tree: example\nroot: wait\n", skills=skills)
    assert Runner(tree, cell, skills=skills).run().succeeded
    assert woken == [True]


def test_a_run_works_off_the_main_thread(cell: IdealCell) -> None:
    results: list[RunResult] = []
    thread = threading.Thread(
        target=lambda: results.append(run('{count: {number: 4, next: "{last}"}}', cell))
    )
    thread.start()
    thread.join()
    assert results[0].succeeded


def test_a_timeout_is_measured_by_the_cells_clock(cell: IdealCell) -> None:
    result = run("{timeout: {limit_s: 3600, do: hang}}", cell, tick_period=600.0)
    assert str(result.failure) == "example/timeout: not finished within 3600 s"
    assert cell.clock.now() == pytest.approx(3600.0)


def test_finally_runs_when_its_tree_fails(cell: IdealCell) -> None:
    result = run("{try: {do: fail, finally: {sequence: [succeed]}}}", cell)
    assert str(result.failure) == "example/try/fail: as asked"
    assert BEGUN["example/try/sequence/succeed"] == 1


def test_finally_runs_when_its_tree_is_halted(cell: IdealCell) -> None:
    result = run(
        "{sequence: [{parallel: [{try: {do: hang, finally: open_gripper}}, fail_later]}]}", cell
    )
    assert "third tick" in str(result.failure)
    assert BEGUN == FINISHED


def test_finally_runs_to_its_end_when_the_run_is_cancelled(cell: IdealCell) -> None:
    token = CancelToken()
    seen: list[tuple[str, Status]] = []

    def observe(event: Event) -> None:
        if isinstance(event, NodeChanged):
            seen.append((event.path, event.status))
            token.cancel()

    run("{try: {do: hang, finally: open_gripper}}", cell, token=token, observers=[observe])
    assert seen.index(("example/try/hang", Status.INVALID)) < seen.index(
        ("example/try/open_gripper", Status.SUCCESS)
    )


def test_finally_goes_before_what_follows_a_halt(cell: IdealCell) -> None:
    root = (
        "{selector: [{timeout: {limit_s: 0.1, do: {try: {do: hang, finally: fail_later}}}}, "
        "{sequence: [succeed]}]}"
    )
    seen: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, NodeChanged) and event.status in (Status.SUCCESS, Status.FAILURE):
            seen.append(event.path.rpartition("/")[2])

    assert run(root, cell, observers=[observe]).succeeded
    assert seen.index("fail_later") >= 0
    assert BEGUN == FINISHED


def test_events_tell_the_whole_story(cell: IdealCell) -> None:
    events: list[Event] = []
    run('{sequence: [{count: {number: 4, next: "{last}"}}]}', cell, observers=[events.append])
    assert isinstance(events[0], TreeStarted)
    assert isinstance(events[-1], RunEnded)
    written = [event for event in events if isinstance(event, ValueWritten)]
    assert [(event.key, event.value) for event in written] == [("example/last", 5)]
    final = {event.path: event.status for event in events if isinstance(event, NodeChanged)}
    assert final == {"example/sequence": Status.SUCCESS, "example/sequence/count": Status.SUCCESS}


def test_a_raising_observer_is_dropped_and_reported(cell: IdealCell) -> None:
    calls: list[Event] = []

    def raise_always(event: Event) -> None:
        calls.append(event)
        raise RuntimeError("no screen")

    result = run("{sequence: [succeed, succeed]}", cell, observers=[raise_always])
    assert result.succeeded
    assert len(calls) == 1
    assert [str(error) for error in result.observer_errors] == ["no screen"]


def test_two_runs_share_nothing(cell: IdealCell) -> None:
    tree = parse_tree(
        "tree: example\ninputs: {start: int}\noutputs: {last: int}\n"
        'root: {count: {number: "{start}", next: "{last}"}}\n',
        skills=OWN,
    )
    one, two = (Runner(tree, cell, {"start": start}, skills=OWN) for start in (1, 5))
    assert [one.run().outputs, two.run().outputs, one.run().outputs] == [
        {"last": 2},
        {"last": 6},
        {"last": 2},
    ]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "needs 'task', of type Task"),
        ({"taks": 1}, "has no input 'taks'. Did you mean 'task'"),
        ({"task": 1, "estimator": None}, "of type Task, not a int"),
    ],
)
def test_wrong_inputs_are_found_before_anything_runs(
    cell: IdealCell, inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(TreeError, match=message):
        Runner(load_tree("two_stage_grasp"), cell, inputs)


def test_interrupting_a_grasp_anywhere_leaves_everything_finished(task: Task) -> None:
    tree = load_tree("two_stage_grasp")
    paths = [node.path for node in tree.nodes()]
    for path in paths:
        cell = IdealCell(task.taught.grasp)
        token = CancelToken()
        seen: dict[str, Status] = {}
        cancel = cancel_when_running(path, token)

        def observe(event: Event, seen: dict[str, Status] = seen, cancel: Any = cancel) -> None:
            cancel(event)
            if isinstance(event, NodeChanged):
                seen[event.path] = event.status

        inputs = {"task": task, "estimator": IdealEstimator(cell, task.taught.approach)}
        result = Runner(tree, cell, inputs, observers=[observe]).run(token)
        assert Status.RUNNING not in seen.values()
        assert result.succeeded or cell.stops == 1
        assert not [thread for thread in threading.enumerate() if path in thread.name]


@pytest.fixture
def task() -> Task:
    return find_task("circuit_board")
