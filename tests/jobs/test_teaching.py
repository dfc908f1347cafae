"""The dialogue of teaching: what it takes, what it refuses, and that leaving changes nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, Pose
from pregrasp.jobs.errors import TeachingError
from pregrasp.jobs.teach import draft_task
from pregrasp.jobs.teaching import Teaching
from pregrasp.jobs.teaching_state import Stage, TeachingState
from pregrasp.task import load_task

SOON = 10.0
"""Real time after which a test has failed [s]."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine" / "task.yaml"


@pytest.fixture
def teaching(bench: Any, file: Path) -> Iterator[Teaching]:
    with Teaching(bench.guarded, draft_task(file), file) as dialogue:
        yield dialogue


def go_down(teaching: Teaching, steps: int = 3) -> None:
    teaching.set_step(50 * MM)
    for _ in range(steps):
        teaching.jog("z-")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def in_background(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_whole_dialogue_writes_the_task(teaching: Teaching, file: Path) -> None:
    teaching.take_pregrasp()
    first = teaching.state
    assert first.stage is Stage.GRASP, first
    go_down(teaching)
    teaching.take_grasp()
    shown = teaching.state
    assert shown.stage is Stage.FINISH
    assert shown.approach is not None
    assert shown.approach.z == pytest.approx(-150 * MM)
    assert teaching.state.planned is not None
    assert not file.exists()
    teaching.rehearse()
    assert (teaching.state.rehearsed, teaching.state.message) == (True, "rehearsed")
    teaching.save()
    assert teaching.state.stage is Stage.SAVED
    assert file.read_text() == teaching.state.planned.text
    assert load_task(file).taught.approach.z == pytest.approx(-150 * MM)
    with pytest.raises(TeachingError, match="over: saved"):
        teaching.jog("x+")


def test_a_pose_that_fails_a_check_is_not_taken(bench: Any, teaching: Teaching) -> None:
    bench.camera.covered = True
    teaching.take_pregrasp()
    state = teaching.state
    assert state.pregrasp is None
    assert (state.good, state.stage) == (False, Stage.PREGRASP)
    assert state.message == "not taken as the pregrasp pose: exposure, part in view"
    bench.camera.covered = False
    teaching.take_pregrasp()
    teaching.take_grasp()
    assert teaching.state.message == "not taken as the grasp pose: height"
    assert teaching.state.grasp is None


def test_a_new_pregrasp_pose_must_fit_the_grasp_pose_that_was_taken(teaching: Teaching) -> None:
    teaching.take_pregrasp()
    go_down(teaching)
    teaching.take_grasp()
    before = teaching.state.pregrasp
    teaching.take_pregrasp()
    assert teaching.state.message == "not taken as the pregrasp pose: height"
    assert teaching.state.pregrasp == before
    teaching.jog("z+")
    teaching.take_pregrasp()
    assert teaching.state.stage is Stage.FINISH
    assert teaching.state.approach == Pose(z=-50 * MM)


@pytest.mark.parametrize("ask", ["rehearse", "save"])
def test_without_both_poses_nothing_is_rehearsed_or_saved(
    teaching: Teaching, file: Path, ask: str
) -> None:
    getattr(teaching, ask)()
    assert "show the pregrasp pose first" in teaching.state.message
    teaching.take_pregrasp()
    getattr(teaching, ask)()
    assert "show the grasp pose first" in teaching.state.message
    assert not file.exists()


def test_a_rehearsal_away_from_the_grasp_pose_is_refused(teaching: Teaching) -> None:
    teaching.take_pregrasp()
    go_down(teaching)
    teaching.take_grasp()
    teaching.jog("z+")
    teaching.rehearse()
    assert "not in the grasp pose" in teaching.state.message
    assert not teaching.state.rehearsed


def test_a_step_out_of_reach_is_said_and_the_arm_stays(bench: Any, teaching: Teaching) -> None:
    bench.arm.reach = 0.36
    before = bench.arm.pose()
    teaching.jog("x+")
    teaching.jog("x+")
    assert "too far away" in teaching.state.message
    assert bench.arm.pose().x == pytest.approx(before.x + 10 * MM)


def test_every_step_takes_a_picture_and_tells_the_pose(bench: Any, teaching: Teaching) -> None:
    seen: list[Any] = []
    teaching.on_picture(seen.append)
    teaching.jog("y+")
    assert len(seen) == 1
    assert teaching.state.pose == bench.arm.pose()


@pytest.mark.parametrize("direction", ["", "w+", "__init__"])
def test_a_direction_or_a_step_that_is_none_is_refused(teaching: Teaching, direction: str) -> None:
    with pytest.raises(TeachingError, match="a direction is one of"):
        teaching.jog(direction)
    with pytest.raises(TeachingError, match=r"one of 0\.1, 1, 10, 50 mm"):
        teaching.set_step(2 * MM)


def test_one_thing_at_a_time(bench: Any, teaching: Teaching) -> None:
    bench.arm.blocked = True
    moving = in_background(lambda: teaching.jog("x+"))
    until(lambda: teaching.state.at_work == "moving")
    with pytest.raises(TeachingError, match="moving is under way"):
        teaching.jog("x-")
    with pytest.raises(TeachingError, match="moving is under way"):
        teaching.take_pregrasp()
    teaching.stop()
    moving.join(SOON)
    assert (teaching.state.at_work, teaching.state.message) == ("", "stopped")
    bench.arm.blocked = False
    teaching.jog("x+")
    assert teaching.state.good


@pytest.mark.parametrize("stage", ["begin", "pregrasp", "grasp", "moving", "rehearsing"])
def test_leaving_at_any_moment_writes_nothing_and_leaves_the_arm_still(
    bench: Any, file: Path, stage: str
) -> None:
    file.parent.mkdir()
    old = Teaching(bench.guarded, draft_task(file), file)
    old.take_pregrasp()
    go_down(old)
    old.take_grasp()
    old.save()
    before = file.read_bytes()
    work: threading.Thread | None = None
    bench.arm.move([Pose(0.35, 0.0, 0.25)], CancelToken())
    with ExitStack() as undo, Teaching(bench.guarded, draft_task(file), file) as teaching:
        if stage != "begin":
            teaching.take_pregrasp()
        if stage in {"grasp", "rehearsing"}:
            go_down(teaching)
            teaching.take_grasp()
        if stage in {"moving", "rehearsing"}:
            bench.arm.blocked = True
            work = in_background(
                teaching.rehearse if stage == "rehearsing" else lambda: teaching.jog("z+")
            )
            until(lambda: teaching.state.at_work == stage)
            # A move that nobody stops would end some time, somewhere else.
            late = threading.Timer(SOON, lambda: setattr(bench.arm, "blocked", False))
            late.start()
            undo.callback(late.cancel)
        place = bench.arm.pose()
        teaching.leave()
    # Left: whatever was under way has ended.
    assert (teaching.state.stage, teaching.state.at_work) == (Stage.LEFT, "")
    assert teaching.wait(0)
    if work is not None:
        work.join(SOON)
    bench.arm.blocked = False
    moves = len(bench.arm.moves)
    assert bench.arm.pose() == place
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["task.yaml"]
    with pytest.raises(TeachingError, match="over: left"):
        teaching.jog("x+")
    with pytest.raises(TeachingError, match="over: left"):
        teaching.save()
    assert len(bench.arm.moves) == moves


def test_leaving_after_saving_changes_nothing(teaching: Teaching, file: Path) -> None:
    teaching.take_pregrasp()
    go_down(teaching)
    teaching.take_grasp()
    teaching.save()
    teaching.leave()
    assert teaching.state.stage is Stage.SAVED
    assert file.exists()


def test_teaching_again_names_the_file_that_keeps_the_old_one(bench: Any, file: Path) -> None:
    for number in range(2):
        bench.arm.move(
            [Pose(0.35, 0.0, 0.2)], Teaching(bench.guarded, draft_task(file), file)._token
        )
        with Teaching(bench.guarded, draft_task(file), file) as teaching:
            teaching.take_pregrasp()
            go_down(teaching)
            teaching.take_grasp()
            planned = teaching.state.planned
            assert planned is not None
            assert (planned.backup is None) == (number == 0)
            teaching.save()
    written = teaching.state.written
    assert written is not None
    assert planned is not None
    assert written.backup == file.with_name("task.yaml.before-1") == planned.backup


def test_looking_checks_the_pose_as_it_is(bench: Any, teaching: Teaching) -> None:
    teaching.look()
    assert {check.name for check in teaching.state.checks} >= {"reach", "exposure", "sharpness"}
    assert all(check.good for check in teaching.state.checks if check.serious)
    bench.camera.covered = True
    teaching.look()
    assert [c.name for c in teaching.state.checks if c.serious and not c.good] == [
        "exposure", "part in view",
    ]  # fmt: skip
    bench.camera.broken = True
    teaching.look()
    assert "Plug it in" in teaching.state.trouble
    bench.camera.broken = bench.camera.covered = False
    teaching.look()
    assert teaching.state.trouble == ""


def test_whoever_watches_is_told_of_every_change_in_order(teaching: Teaching) -> None:
    told: list[TeachingState] = []
    teaching.on_change(told.append)
    teaching.jog("x+")
    assert [state.at_work for state in told] == ["moving", ""]
    assert told[-1] == teaching.state


def test_whoever_hears_that_nothing_is_under_way_may_ask_at_once(teaching: Teaching) -> None:
    asked: list[threading.Thread] = []
    refused: list[TeachingError] = []

    def jog() -> None:
        try:
            teaching.jog("z-")
        except TeachingError as error:
            refused.append(error)

    def told(state: TeachingState) -> None:
        if state.stage is Stage.GRASP and not state.at_work and not asked:
            asked.append(in_background(jog))
            asked[0].join(0.2)  # long enough to be refused

    teaching.on_change(told)
    teaching.take_pregrasp()
    asked[0].join(SOON)
    assert not refused
