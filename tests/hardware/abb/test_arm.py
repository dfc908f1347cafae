from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest
import requests
from abb_motion_program_exec import MotionProgramExecClient

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.hardware.errors import (
    BusyError,
    ConnectionLostError,
    MotionError,
    OutOfReachError,
    SingularityError,
)
from pregrasp.hardware.virtual_controller.faults import Fault

HERE = Pose(0.35, 0.03, 0.2, 0.1)
THERE = Pose(0.33, 0.0, 0.22, 0.3)


def at_step(loopback: Any, number: int, act: Any) -> None:
    """Do something in a control step of the next motion, while modelled time stands still."""
    interpreter, steps = loopback.virtual.interpreter, itertools.count(1)
    usual = interpreter.on_step

    def step() -> None:
        if next(steps) == number:
            interpreter.on_step = usual
            act()
        usual()

    interpreter.on_step = step


@pytest.mark.parametrize("shape", PathShape)
def test_a_move_is_one_program_with_all_its_way_points(loopback: Any, shape: PathShape) -> None:
    loopback.arm.move([HERE], CancelToken())
    before = loopback.virtual.interpreter.started
    reached = loopback.arm.move([THERE, HERE, THERE], CancelToken(), shape=shape)
    assert loopback.virtual.interpreter.started == before + 1
    assert reached.matrix() == pytest.approx(THERE.matrix(), abs=1e-6)


def test_speed_is_the_share_of_the_configured_one(loopback: Any) -> None:
    durations = []
    for speed in (1.0, 0.25):
        loopback.arm.move([HERE], CancelToken())
        began: list[float] = []
        at_step(loopback, 1, lambda began=began: began.append(loopback.clock.now()))
        up = HERE @ Pose(0.0, 0.0, 0.06)
        loopback.arm.move([up], CancelToken(), shape=PathShape.LINEAR, speed=speed)
        durations.append(loopback.mechanics.last_moved - began[0])
    # 1.875 is the peak speed of a minimum-jerk profile, as a multiple of its mean.
    at_full = 1.875 * 0.06 / 0.25
    assert durations[0] == pytest.approx(at_full, abs=0.15)
    assert durations[1] == pytest.approx(4 * at_full, abs=0.4)


def test_a_stop_from_another_thread_ends_the_move_and_is_verified(loopback: Any) -> None:
    loopback.arm.move([HERE], CancelToken())
    stopping = threading.Thread(target=loopback.arm.stop)
    asked = threading.Event()
    loopback.virtual.listeners.append(lambda what, value: asked.set() if what == "stop" else None)

    def stop() -> None:
        stopping.start()
        assert asked.wait(10.0)

    at_step(loopback, 20, stop)
    with pytest.raises(MotionError, match="was stopped on the way"):
        loopback.arm.move([THERE], CancelToken())
    stopping.join()
    halted = loopback.virtual.standstills[-1]
    assert halted.still - halted.asked <= 0.1
    here = loopback.arm.pose()
    assert here.matrix() != pytest.approx(THERE.matrix(), abs=1e-4)
    assert loopback.arm.pose() == here


def test_only_one_move_at_a_time(loopback: Any) -> None:
    loopback.arm.move([HERE], CancelToken())
    caught: list[BaseException] = []

    def second() -> None:
        try:
            loopback.arm.move([HERE], CancelToken())
        except BusyError as error:
            caught.append(error)

    def meanwhile() -> None:
        other = threading.Thread(target=second)
        other.start()
        other.join(10.0)

    at_step(loopback, 5, meanwhile)
    loopback.arm.move([THERE], CancelToken())
    assert "already moving" in str(caught[0])


def test_a_way_that_turns_the_wrist_over_is_refused_before_it_begins(loopback: Any) -> None:
    loopback.arm.move([Pose(0.3, 0.0, 0.2, 170 * DEG)], CancelToken())
    before = loopback.virtual.interpreter.started
    with pytest.raises((SingularityError, OutOfReachError)):
        loopback.arm.move([Pose(-0.3, 0.0, 0.2, 170 * DEG)], CancelToken(), shape=PathShape.LINEAR)
    assert loopback.virtual.interpreter.started == before


def test_a_connection_that_dies_on_the_way_is_tried_again_to_stop_the_arm(loopback: Any) -> None:
    """The first way to the controller is dead; the second stops the arm."""
    loopback.arm.move([HERE], CancelToken())
    orderly = loopback.controller._conversation.sessions.orderly
    asked = threading.Event()
    loopback.virtual.listeners.append(lambda what, value: asked.set() if what == "stop" else None)

    real = orderly.get_execution_state
    first = [True]

    def once() -> Any:
        if loopback.virtual.interpreter.running and first.pop():
            raise requests.ConnectionError("no route to host")
        return real()

    def linger() -> None:
        # The arm is held back until it is looked at, and stopped.
        while not asked.wait(0.005):
            loopback.clock.advance(0.01)

    at_step(loopback, 20, linger)
    orderly.get_execution_state = once
    try:
        with pytest.raises(ConnectionLostError):
            loopback.arm.move([THERE], CancelToken())
    finally:
        del orderly.get_execution_state
    assert asked.is_set()
    assert loopback.virtual.execution == "stopped"


def test_a_slow_controller_is_waited_for(loopback: Any) -> None:
    loopback.server.faults.inject(Fault.SLOW)
    assert loopback.controller.state().mode == "AUTO"


def test_a_cancelled_wait_for_the_gripper_ends(loopback: Any) -> None:
    loopback.gripper.open(CancelToken())
    loopback.server.faults.inject(Fault.GRIPPER_JAMMED)
    token = CancelToken()
    loopback.virtual.signals.listeners.append(
        lambda name, value: token.cancel() if name == "doGripperClose" and value else None
    )
    with pytest.raises(CancelledError):
        loopback.gripper.close(token)
    loopback.virtual.signals.listeners.pop()
    loopback.server.faults.clear()
    loopback.gripper.open(CancelToken())


def test_the_gripper_reports_what_its_inputs_say(loopback: Any) -> None:
    loopback.fingers.part = None
    opened = loopback.gripper.open(CancelToken())
    empty = loopback.gripper.close(CancelToken())
    loopback.gripper.open(CancelToken())
    loopback.fingers.part = 80 * MM
    held = loopback.gripper.close(CancelToken())
    loopback.gripper.open(CancelToken())
    assert (opened.opening, opened.holding) == (84 * MM, False)
    assert (empty.opening, empty.holding) == (0.0, False)
    assert held.holding
    assert 0.0 < held.opening < 84 * MM


def test_a_stop_while_the_program_is_still_being_started_stops_it_all_the_same(
    loopback: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The arm stands still when the stop looks, and would set out a moment later."""
    loopback.arm.move([HERE], CancelToken())
    usual = MotionProgramExecClient.execute_motion_program

    def late(*args: Any, **kwargs: Any) -> Any:
        loopback.arm.stop()
        return usual(*args, **kwargs)

    monkeypatch.setattr(MotionProgramExecClient, "execute_motion_program", late)
    with pytest.raises(MotionError, match="stopped on the way"):
        # Slowly, so that a busy machine is in time, too.
        loopback.arm.move([THERE], CancelToken(), speed=0.1)
    assert not loopback.virtual.interpreter.running
    here = loopback.arm.pose()
    assert here.matrix() != pytest.approx(THERE.matrix(), abs=1e-4)
    loopback.clock.advance(1.0)
    assert loopback.arm.pose() == here
