"""Breakpoints, forced results, typed-in values and injected faults, from another thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.documents import ConfigurationError
from pregrasp.frames import Pose
from pregrasp.skills import SKILLS, Action, Condition, Skill
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.ports import Input
from pregrasp.trees import RunControl, Runner, RunningTree, parse_tree
from pregrasp.trees.debugging import Breakpoint, DebugError, ForcedError, check_breakpoint
from pregrasp.trees.events import Event, NodeChanged

SOON = 5.0
"""Real time after which a test has failed [s]."""


class Note(Condition):
    """Writes down that it was asked, and with what."""

    number = Input(float, "Noted.", default=0.0, unit="mm")
    noted: list[float] = []  # noqa: RUF012 - shared with the test on purpose

    def check(self) -> bool:
        self.noted.append(self.number)
        return True


class Hang(Action):
    stopped = threading.Event()

    def work(self, token: CancelToken) -> None:
        token.wait(SOON)
        self.stopped.set()
        token.raise_if_cancelled()


class No(Condition):
    def check(self) -> bool | Status:
        return self.fail("said no")


OWN: dict[str, type[Skill]] = {"note": Note, "hang": Hang, "deny": No}
LOOP = """
tree: t
inputs: {lift: {type: float, unit: mm, default: 3}}
root:
  sequence:
    - set: {key: "{n}", to: 0}
    - repeat:
        times: 5
        do:
          - set: {key: "{n}", to: "{n} + 1"}
          - note: {number_mm: "{lift_mm} + {n}"}
"""


@pytest.fixture
def control() -> RunControl:
    Note.noted = []
    Hang.stopped = threading.Event()
    held = RunControl()
    held.pause()
    return held


@pytest.fixture
def start(control: RunControl) -> Iterator[Callable[..., RunningTree]]:
    """Starts a tree that is held up before its first tick, and ends it after the test."""
    running: list[RunningTree] = []

    def begin(text: str, **settings: object) -> RunningTree:
        if not text.lstrip().startswith("tree:"):
            text = f"tree: t\nroot: {text}\n"
        tree = parse_tree(text, skills={**SKILLS, **OWN})
        runner = Runner(
            tree,
            IdealCell(Pose(0.3)),
            skills={**SKILLS, **OWN},
            tick_period=0.001,
            **settings,  # type: ignore[arg-type]
        )
        running.append(runner.start(control))
        return running[-1]

    yield begin
    for run in running:
        if not run.done:
            run.interrupt(SOON)


def at(control: RunControl) -> str:
    """Where the run is held up, once it is."""
    assert control.wait_until_held(SOON)
    return control.state.path


def test_a_breakpoint_holds_the_run_before_its_node_begins(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("[note, {note: {name: second}}, note]")
    control.set_breakpoint(Breakpoint("t/sequence/second"))
    control.resume()
    assert at(control) == "t/sequence/second"
    assert len(Note.noted) == 1
    assert "breakpoint" in control.state.why
    control.resume()
    assert run.wait(SOON).succeeded
    assert len(Note.noted) == 3


def test_a_held_node_begins_once_when_it_is_let_go(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    begun = []

    class Begins(Condition):
        def begin(self) -> None:
            begun.append(self.status)

        def check(self) -> bool:
            return True

    OWN["begins"] = Begins
    run = start("[note, begins]")
    control.set_breakpoint(Breakpoint("t/sequence/begins"))
    control.resume()
    at(control)
    assert begun == []
    control.resume()
    assert run.wait(SOON).succeeded
    assert begun == [Status.INVALID]


def test_a_breakpoint_in_a_loop_holds_at_every_round(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start(LOOP)
    path = "t/sequence/repeat/sequence/note"
    control.set_breakpoint(Breakpoint(path))
    for rounds in range(5):
        control.resume()
        assert at(control) == path
        assert len(Note.noted) == rounds
    control.clear_breakpoint(path)
    control.resume()
    assert run.wait(SOON).succeeded


def test_a_condition_is_asked_in_the_words_of_the_tree(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start(LOOP)
    path = "t/sequence/repeat/sequence/note"
    control.set_breakpoint(Breakpoint(path, when="{n} + {lift_mm} >= 6"))
    control.resume()
    assert at(control) == path
    assert [round(n * 1e3) for n in Note.noted] == [4, 5]
    control.clear_breakpoint(path)
    control.resume()
    assert run.wait(SOON).succeeded


def test_a_condition_over_something_unwritten_is_not_true_yet(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start(LOOP)
    control.set_breakpoint(Breakpoint("t/sequence/set", when="{n} == 0"))
    control.resume()
    assert run.wait(SOON).succeeded


@pytest.mark.parametrize(
    ("place", "when", "words"),
    [
        ("t/sequence/sett", "", "no node 't/sequence/sett'. Did you mean"),
        ("t/sequence/set", "{m} < 1", r"nothing writes \{m\}"),
        ("t/sequence/set", "{lift} < 1", "must say which"),
        ("t/sequence/set", "__import__('os')", "found '__import__'"),
        ("t/sequence/set", "{n} + 1", "expected bool"),
    ],
)
def test_a_breakpoint_that_makes_no_sense_is_told(place: str, when: str, words: str) -> None:
    tree = parse_tree(LOOP, skills={**SKILLS, **OWN})
    with pytest.raises((DebugError, ConfigurationError), match=words):
        check_breakpoint(tree, Breakpoint(place, when=when))


def test_a_condition_nobody_checked_holds_and_says_what_is_wrong(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    control.set_breakpoint(Breakpoint("t/sequence/set", when="{m} < 1"))
    start(LOOP)
    control.resume()
    at(control)
    assert "nothing writes {m}" in control.state.why


def test_run_to_here_holds_once(start: Callable[..., RunningTree], control: RunControl) -> None:
    run = start(LOOP)
    control.run_to("t/sequence/repeat/sequence/note")
    assert at(control) == "t/sequence/repeat/sequence/note"
    assert control.state.breakpoints == ()
    control.resume()
    assert run.wait(SOON).succeeded


def test_stepping_to_a_change_holds_when_a_status_changes(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("[note, {delay: {duration_s: 0.1}}, {delay: {name: rest, duration_s: 0.1}}]")
    control.step_to_change()
    at(control)
    ticks = control.ticks
    control.step_to_change()
    at(control)
    assert control.ticks > ticks + 2, "ticks that change nothing are run through"
    assert not run.done
    assert "is now" in control.state.why


def test_a_running_action_that_is_forced_is_halted(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("[hang, note]")
    control.step(2, timeout=SOON)
    control.force("t/sequence/hang", Status.SUCCESS).result(SOON)
    control.resume()
    assert run.wait(SOON).succeeded
    assert Hang.stopped.wait(SOON)
    assert len(Note.noted) == 1


@pytest.mark.parametrize("path", ["t/sequence/note", "t/sequence"])
def test_a_forced_failure_says_that_it_was_forced(
    path: str, start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("[note, hang]")
    control.force(path, Status.FAILURE, reason="injected: no picture").result(SOON)
    control.resume()
    failure = run.wait(SOON).failure
    assert failure is not None
    assert str(failure) == f"{path}: injected: no picture"
    assert isinstance(failure.cause, ForcedError)
    assert not failure.refused


def test_a_forced_node_is_itself_again_after_so_many_times(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("{retry: {attempts: 3, do: [note, deny]}}")
    control.force("t/retry/sequence", Status.FAILURE, reason="made up", times=2).result(SOON)
    control.resume()
    failure = run.wait(SOON).failure
    assert failure is not None
    assert str(failure) == "t/retry: failed 3 times" or "said no" in str(failure)
    assert "made up" not in str(failure)
    assert len(Note.noted) == 1


def test_a_node_is_forced_until_that_is_lifted(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("{repeat: {times: 4, do: note}}")
    path = "t/repeat/note"
    control.force(path, Status.SUCCESS, times=None).result(SOON)
    control.step(2, timeout=SOON)
    assert Note.noted == []
    control.lift(path).result(SOON)
    control.resume()
    assert run.wait(SOON).succeeded
    assert 1 <= len(Note.noted) <= 2


def test_a_value_is_written_in_the_unit_of_its_name(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start(LOOP)
    control.set_value("t/lift", "10").result(SOON)
    control.resume()
    assert run.wait(SOON).succeeded
    assert round(Note.noted[0] * 1e3) == 11


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("t/lift", "ten", "expected a number"),
        ("t/n", "1.5", "expected a whole number"),
        ("t/lifts", "1", "no key 't/lifts'. Did you mean"),
        ("t/lift", "{x_mm: [", "."),
        ("nowhere/at all", "1", "no key"),
    ],
)
def test_a_value_of_another_type_is_refused(
    key: str, text: str, words: str, start: Callable[..., RunningTree], control: RunControl
) -> None:
    start(LOOP)
    with pytest.raises((DebugError, ConfigurationError), match=words):
        control.set_value(key, text).result(SOON)


@pytest.mark.parametrize(("attempts", "succeeds"), [(2, False), (3, True)])
def test_a_device_fails_as_often_as_asked_and_says_who_did_it(
    attempts: int, succeeds: bool, start: Callable[..., RunningTree], control: RunControl
) -> None:
    changes: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, NodeChanged):
            changes.append(event.feedback)

    retry = f"{{retry: {{attempts: {attempts}, do: {{capture: {{capture: '{{c}}'}}}}}}}}"
    run = start(retry, observers=[watch])
    control.inject("camera", 2).result(SOON)
    control.resume()
    assert run.wait(SOON).succeeded is succeeds
    assert any("ideal camera: injected fault" in text for text in changes)


@pytest.mark.parametrize(
    ("device", "root"),
    [
        ("arm", "{move_to: {pose: '{p}'}}"),
        ("gripper", "open_gripper"),
        ("camera", "{capture: {capture: '{c}'}}"),
    ],
)
def test_every_device_can_be_made_to_fail(
    device: str, root: str, start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start(
        "tree: t\ninputs:\n"
        "  p: {type: Pose, default: {x_mm: 300, y_mm: 0, z_mm: 0, theta_deg: 0}}\n"
        f"root: [note, {root}]\n"
    )
    control.inject(device).result(SOON)
    control.resume()
    failure = run.wait(SOON).failure
    assert failure is not None
    assert f"ideal {device}: injected fault" in failure.reason


def test_an_unknown_device_and_an_unknown_node_are_told(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    start("[note, hang]")
    with pytest.raises(ValueError, match="no device 'lamp', only arm, camera, gripper"):
        control.inject("lamp").result(SOON)
    with pytest.raises(DebugError, match="Did you mean"):
        control.force("t/sequence/hangs", Status.SUCCESS).result(SOON)


def test_requests_after_the_end_are_answered(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("note")
    control.resume()
    assert run.wait(SOON).succeeded
    with pytest.raises(DebugError, match="over"):
        control.set_value("t/n", "1").result(SOON)


def test_breakpoints_outlast_a_run(start: Callable[..., RunningTree], control: RunControl) -> None:
    control.set_breakpoint(Breakpoint("t/sequence/note"))
    control.set_breakpoint(Breakpoint("another/tree"))
    for _ in range(2):
        ticks = control.ticks
        run = start("[note, {note: {name: b}}]")
        control.step()
        while control.ticks == ticks:
            time.sleep(0.001)
        assert at(control) == "t/sequence/note"
        control.resume()
        assert run.wait(SOON).succeeded
        control.pause()


def test_cleaning_up_is_never_held(start: Callable[..., RunningTree], control: RunControl) -> None:
    run = start("{try: {do: hang, finally: note}}")
    control.set_breakpoint(Breakpoint("t/try/note"))
    control.step(2, timeout=SOON)
    run.interrupt(SOON)
    assert len(Note.noted) == 1


def test_a_held_run_can_be_interrupted(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    run = start("[note, hang]")
    control.set_breakpoint(Breakpoint("t/sequence/hang"))
    control.resume()
    at(control)
    assert str(run.interrupt(SOON).failure) == "t/sequence/hang: cancelled"
    assert not Hang.stopped.is_set()


def test_whoever_watches_the_control_is_told(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    told: list[str] = []
    forget = control.on_change(lambda state: told.append(state.why))
    run = start("[note, {note: {name: b}}]")
    control.run_to("t/sequence/b")
    at(control)
    control.resume()
    run.wait(SOON)
    assert "breakpoint at t/sequence/b" in told
    forget()
    count = len(told)
    control.pause()
    assert len(told) == count


def test_nodes_that_nobody_debugs_have_no_hook(
    start: Callable[..., RunningTree], control: RunControl
) -> None:
    hooked: list[bool] = []

    class Look(Condition):
        def check(self) -> bool:
            hooked.append("tick" in vars(self))
            return True

    OWN["look"] = Look
    run = start("[look, {look: {name: b}}, {look: {name: c}}]")
    control.run_to("t/sequence/b")
    at(control)
    control.resume()
    run.wait(SOON)
    assert hooked == [False, False, False]
