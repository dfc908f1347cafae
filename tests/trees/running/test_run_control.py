"""A run that is held up, stepped and ended from other threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.skills import Action, Condition, Skill
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import RunControl, Runner, StuckSkillError, TreeError, parse_tree

SOON = 5.0
"""Real time after which a test has failed [s]; none of them waits that long."""


class Tick(Skill):
    """Stays at work and counts its ticks."""

    ticks = 0

    def step(self) -> Status:
        type(self).ticks += 1
        return Status.RUNNING


class Hang(Action):
    def work(self, token: CancelToken) -> None:
        token.wait(SOON)
        token.raise_if_cancelled()


class Answer(Condition):
    def check(self) -> bool:
        return True


class Deaf(Action):
    release = threading.Event()

    def work(self, token: CancelToken) -> None:
        self.release.wait(SOON)


SKILLS: dict[str, type[Skill]] = {"tick": Tick, "hang": Hang, "answer": Answer, "deaf": Deaf}


class RealTimeCell(IdealCell):
    """Its clock waits as a wall clock does."""

    def __init__(self) -> None:
        super().__init__(Pose())
        self.clock.wait = lambda wakeup, timeout: wakeup.wait(timeout)  # type: ignore[method-assign]


@pytest.fixture
def make() -> Callable[..., Runner]:
    Tick.ticks = 0

    def runner(root: str, **settings: float) -> Runner:
        tree = parse_tree(f"tree: t\nroot: {root}\n", skills=SKILLS)
        return Runner(tree, RealTimeCell(), skills=SKILLS, **settings)  # type: ignore[arg-type]

    return runner


def test_a_paused_run_is_ticked_step_by_step(make: Callable[..., Runner]) -> None:
    control = RunControl()
    control.pause()
    run = make("tick", tick_period=0.001).start(control)
    for count in (1, 2, 3):
        assert control.step(timeout=SOON)
        assert Tick.ticks == count
    assert control.step(4, timeout=SOON)
    assert Tick.ticks == 7
    assert control.paused
    assert run.interrupt(SOON).failure is not None


def test_a_resumed_run_goes_on_by_itself(make: Callable[..., Runner]) -> None:
    control = RunControl()
    control.pause()
    run = make("answer").start(control)
    with pytest.raises(TreeError, match=r"was not over after 0\.01 s"):
        run.wait(0.01)
    control.resume()
    assert run.wait(SOON).succeeded
    assert run.done


def test_a_pause_keeps_what_comes_next_from_beginning(make: Callable[..., Runner]) -> None:
    control = RunControl()
    control.pause()
    run = make("[answer, hang, tick]").start(control)
    control.step(timeout=SOON)
    assert Tick.ticks == 0
    result = run.interrupt(SOON)
    assert result.failure is not None
    assert result.failure.path == "t/sequence/hang"


def test_a_paused_run_can_be_interrupted(make: Callable[..., Runner]) -> None:
    control = RunControl()
    control.pause()
    run = make("tick").start(control)
    assert str(run.interrupt(SOON).failure) == "t/tick: cancelled"


def test_stepping_past_the_end_says_that_the_run_is_over(make: Callable[..., Runner]) -> None:
    control = RunControl()
    control.pause()
    run = make("answer").start(control)
    assert control.step(100, timeout=SOON)
    assert run.wait(SOON).ticks == 1


def test_cancelling_does_not_wait_for_the_next_tick(make: Callable[..., Runner]) -> None:
    control = RunControl()
    began = threading.Event()
    runner = make("hang", tick_period=1000.0)
    run = runner.start(control)
    began.wait(0.02)
    before = time.monotonic()
    run.interrupt(SOON)
    assert time.monotonic() - before < 1.0


def test_skills_that_hang_are_waited_for_together_and_named(make: Callable[..., Runner]) -> None:
    Deaf.release = threading.Event()
    run = make("{parallel: [deaf, deaf, deaf, deaf]}", stop_timeout=0.2).start()
    while run.control.ticks == 0:
        time.sleep(0.001)
    before = time.monotonic()
    result = run.interrupt(SOON)
    waited = time.monotonic() - before
    Deaf.release.set()
    assert waited < 0.6
    assert result.failure is not None
    assert isinstance(result.failure.cause, StuckSkillError)
    assert len(result.failure.cause.paths) == 4
    assert "t/parallel/deaf#3" in result.failure.reason


def test_a_run_takes_a_token_or_a_control_but_not_both(make: Callable[..., Runner]) -> None:
    with pytest.raises(TreeError, match="not both"):
        make("answer").run(CancelToken(), control=RunControl())


def test_a_token_calls_back_once_and_forgets_on_request() -> None:
    token, calls = CancelToken(), []
    token.on_cancel(lambda: calls.append("told"))
    forget = token.on_cancel(lambda: calls.append("forgotten"))
    forget()
    token.cancel()
    token.cancel()
    token.on_cancel(lambda: calls.append("late"))
    assert calls == ["told", "late"]
