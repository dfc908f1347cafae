"""The words of the debugger, as they are typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.frames import Pose
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import RunControl, Runner, RunningTree, parse_tree
from pregrasp.trees.debugging import DebugError
from pregrasp.trees.debugging.session import DebugSession
from pregrasp.trees.events import Event, NodeChanged, TreeStarted, ValueWritten

SOON = 5.0

TREE = """
tree: t
inputs: {lift: {type: float, unit: mm, default: 3}}
root:
  sequence:
    - set: {key: "{n}", to: 0.0}
    - repeat:
        times: 5
        do:
          - set: {name: count, key: "{n}", to: "{n} + {lift_mm}"}
          - open_gripper
    - verify_grasp
"""


@pytest.fixture
def started() -> Iterator[tuple[DebugSession, RunningTree]]:
    """A session, and the run that it holds before its first tick."""
    statuses: dict[str, str] = {}
    values: dict[str, str] = {}

    def watch(event: Event) -> None:
        if isinstance(event, TreeStarted):
            statuses.update((node.path, "INVALID") for node in event.tree.nodes())
        elif isinstance(event, NodeChanged):
            statuses[event.path] = event.status.name
        elif isinstance(event, ValueWritten):
            values[event.key] = f"{event.value:g}"

    control = RunControl()
    control.pause()
    runner = Runner(parse_tree(TREE), IdealCell(Pose(0.3)), observers=[watch], tick_period=0.001)
    run = runner.start(control)
    session = DebugSession(control, lambda: statuses, lambda: values)
    session.do("step")
    yield session, run
    if not run.done:
        run.interrupt(SOON)


def test_a_run_is_led_through_with_words(started: tuple[DebugSession, RunningTree]) -> None:
    session, run = started
    assert "will hold before t/sequence/repeat/sequence/open_gripper" in session.do(
        "break open_gripper when {n} >= 9"
    )
    assert "breakpoint at t/sequence/repeat/sequence/open_gripper" in session.do("c")
    assert session.do("print n") == "  t/n = 9"
    assert session.do("set lift 10") == "t/lift is now 0.01"
    assert "held: breakpoint" in session.do("continue")
    assert session.do("print n") == "  t/n = 19"
    session.do("clear open_gripper")
    assert "breakpoint at t/sequence/verify_grasp" in session.do("to verify_grasp")
    assert "success" in session.do("force verify_grasp success")
    assert session.do("continue") == "the run is over"
    assert run.wait(SOON).succeeded
    assert session.over


def test_next_runs_to_the_end_if_nothing_else_changes(
    started: tuple[DebugSession, RunningTree],
) -> None:
    session, run = started
    assert session.do("next") == "the run is over"
    assert run.wait(SOON).failure is not None, "the gripper holds nothing"


def test_quit_halts_and_ends(started: tuple[DebugSession, RunningTree]) -> None:
    session, run = started
    assert session.do("inject gripper 2") == "gripper will fail 2 times"
    assert session.do("quit") == "the run is over"
    failure = run.wait(SOON).failure
    assert failure is not None
    assert failure.reason == "cancelled"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("jump", "no command 'jump'"),
        ("break nowhere", "no node 'nowhere'"),
        ("break set", r"t/sequence/set"),
        ("break open_gripper if 1", "follows the word 'when'"),
        ("break open_gripper when {m} > 1", r"nothing writes \{m\}"),
        ("step zero", "no number of times"),
        ("force verify_grasp maybe", "success or failure"),
        ("set lift high", "expected a number"),
        ("set nothing 1", "no key 'nothing'"),
        ("inject lamp", "no device 'lamp'"),
        ("print 'n", "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_told(
    started: tuple[DebugSession, RunningTree], line: str, words: str
) -> None:
    session, _ = started
    if line == "break set":
        assert words in session.do(line)
        return
    with pytest.raises((DebugError, ConfigurationError), match=words):
        session.do(line)
