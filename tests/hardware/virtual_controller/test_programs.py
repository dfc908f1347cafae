"""Motion programs of the released package, as it is."""

from __future__ import annotations

import time
from typing import Any

import abb_motion_program_exec as abb
import numpy as np
import pytest

from pregrasp.frames import DEG, MM
from pregrasp.hardware import irb120
from pregrasp.hardware.abb.geometry import confdata, from_degrees
from pregrasp.hardware.kinematics import Joints, forward
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.program_file import (
    MoveAbsJ,
    MoveC,
    MoveJ,
    MoveL,
    ProgramFileError,
    Wait,
    read_program,
)

HOME = [0, 0, 0, 0, 90, 0]
NONE = [9e9] * 6
V = abb.speeddata(200, 90, 5000, 1000)


def target(joints: Joints, configuration: tuple[int, ...] | None = None) -> Any:
    """A robtarget of tool0 that is reached with these joints."""
    T = forward(joints)  # noqa: N806
    position = (T[:3, 3] / MM).tolist()
    w = 0.5 * np.sqrt(max(0.0, 1 + np.trace(T[:3, :3])))
    if w > 1e-6:
        x, y, z = (
            (T[2, 1] - T[1, 2]) / (4 * w),
            (T[0, 2] - T[2, 0]) / (4 * w),
            (T[1, 0] - T[0, 1]) / (4 * w),
        )
    else:
        x, y, z = 0.0, 1.0, 0.0
    conf = abb.confdata(*(configuration or confdata(joints)))
    return abb.robtarget(position, [w, x, y, z], conf, NONE)


def test_every_kind_of_move_ends_where_it_should(
    client: abb.MotionProgramExecClient, virtual: VirtualController
) -> None:
    a, b, c = (from_degrees(q) for q in ([10, 20, -10, 5, 80, 7], [20, 25, -5, 0, 60, 0],
                                         [25, 30, -15, 0, 70, 10]))  # fmt: skip
    program = abb.MotionProgram()
    program.MoveAbsJ(abb.jointtarget([5, 10, 0, 0, 80, 0], NONE), V, abb.fine)
    program.MoveJ(target(a), V, abb.fine)
    program.WaitTime(0.1)
    program.MoveL(target(b), V, abb.z10)
    program.CirPathMode(abb.CirPathModeSwitch.ObjectFrame)
    program.MoveC(target(a), target(c), V, abb.fine)
    log = client.execute_motion_program(program)
    assert virtual.joints() == pytest.approx(c, abs=1e-5)
    assert log.column_headers == ["timestamp", "cmdnum", *[f"J{i}" for i in range(1, 7)]]
    assert sorted(set(log.data[:, 1])) == [1, 2, 3, 4, 6]
    assert np.diff(log.data[:, 0]).max() < 0.01
    assert log.data[-1, 2:] == pytest.approx(np.array(c) / DEG, abs=0.2)
    assert client.get_current_cmdnum() == 6
    assert not any("log-" in name for name in virtual.files), "the client deletes its log"


def test_a_straight_move_is_straight_and_as_fast_as_told(
    client: abb.MotionProgramExecClient, virtual: VirtualController
) -> None:
    start, end = from_degrees([10, 20, -10, 5, 80, 7]), from_degrees([25, 30, -15, 0, 70, 10])
    way: list[Any] = []
    steps: list[float] = []
    program = abb.MotionProgram()
    program.MoveAbsJ(abb.jointtarget([10, 20, -10, 5, 80, 7], NONE), V, abb.fine)
    client.execute_motion_program(program)

    def note() -> None:
        way.append(forward(virtual.joints())[:3, 3])
        steps.append(virtual.clock.now())

    virtual.interpreter.on_step = note
    program = abb.MotionProgram()
    program.MoveL(target(end), abb.speeddata(100, 500, 5000, 1000), abb.fine)
    client.execute_motion_program(program)
    points, times = np.array(way), np.array(steps)
    a, b = forward(start)[:3, 3], forward(end)[:3, 3]
    along = (b - a) / np.linalg.norm(b - a)
    beside = np.linalg.norm(np.cross(points - a, along), axis=1)
    assert beside.max() < 0.05 * MM
    speed = np.linalg.norm(np.diff(points, axis=0), axis=1) / np.diff(times)
    assert 90 * MM < np.median(np.sort(speed)[-10:]) < 101 * MM


@pytest.mark.parametrize(
    ("joints", "configuration", "code", "title"),
    [
        ([0, 0, 0, 0, 90, 0], (1, 0, 0, 0), 50080, "Position not compatible"),
        ([0, 0, 0, 0, 90, 0], (0, 0, 0, 1), 50080, "Position not compatible"),
        # Only the branch outside of joint 2's range reaches so far down behind the arm.
        ([0, 100, 60, 0, 110, 0], None, 0, ""),
    ],
)
def test_wrong_configuration_data_is_refused(
    client: abb.MotionProgramExecClient,
    joints: list[float],
    configuration: tuple[int, ...] | None,
    code: int,
    title: str,
) -> None:
    program = abb.MotionProgram()
    program.MoveJ(target(from_degrees(joints), configuration), V, abb.fine)
    if not code:
        client.execute_motion_program(program)
        return
    with pytest.raises(Exception, match=f"command number 1 with error code {code}.*{title}"):
        client.execute_motion_program(program)


def test_targets_out_of_reach_are_refused_where_they_are_met(
    client: abb.MotionProgramExecClient, virtual: VirtualController
) -> None:
    program = abb.MotionProgram()
    program.MoveAbsJ(abb.jointtarget([10, 0, 0, 0, 90, 0], NONE), V, abb.fine)
    program.MoveAbsJ(abb.jointtarget([170, 0, 0, 0, 90, 0], NONE), V, abb.fine)
    with pytest.raises(Exception, match=r"command number 2 with error code 50027.*rob1_1"):
        client.execute_motion_program(program)
    assert virtual.joints()[0] == pytest.approx(10 * DEG)
    far = abb.robtarget([2000, 0, 200], [0, 0, 1, 0], abb.confdata(0, 0, 0, 0), NONE)
    program = abb.MotionProgram()
    program.MoveL(far, V, abb.fine)
    with pytest.raises(Exception, match="50050"):
        client.execute_motion_program(program)


def test_a_straight_line_through_the_stretched_wrist_is_refused(
    client: abb.MotionProgramExecClient,
) -> None:
    program = abb.MotionProgram()
    program.MoveAbsJ(abb.jointtarget([0, 0, 0, 90, 20, 0], NONE), V, abb.fine)
    program.MoveL(target(from_degrees([0, 0, 0, -90, 20, 0])), V, abb.fine)
    with pytest.raises(Exception, match=r"number 2 with error code (50026|50080)"):
        client.execute_motion_program(program)


def test_a_stop_halts_the_arm_and_the_program(
    client: abb.MotionProgramExecClient, virtual: VirtualController
) -> None:
    program = abb.MotionProgram()
    program.MoveAbsJ(abb.jointtarget([60, 0, 0, 0, 90, 0], NONE), V, abb.fine)
    virtual.interpreter.on_step = lambda: (
        client.stop_motion_program() if virtual.joints()[0] > 0.2 else None
    )
    # The log file was opened and closed, so the package takes a stop for an end.
    client.execute_motion_program(program)
    assert 0.2 < virtual.joints()[0] < 60 * DEG
    assert virtual.standstills[-1].still - virtual.standstills[-1].asked <= 0.1


def test_the_package_gets_what_it_asks_of_a_controller_that_is_not_ready(
    client: abb.MotionProgramExecClient, virtual: VirtualController
) -> None:
    program = abb.MotionProgram()
    program.WaitTime(0.1)
    virtual.motors_off()
    with pytest.raises(Exception, match="must be motoron"):
        client.execute_motion_program(program)
    virtual.clear()
    virtual.foreign_program = True
    with pytest.raises(Exception, match="must be stopped"):
        client.execute_motion_program(program)


def test_the_file_is_read_as_it_was_written() -> None:
    joints = from_degrees([10, 20, -10, 5, 80, 7])
    load = abb.loaddata(1, [0, 0, 50], [1, 0, 0, 0], 0, 0, 0)
    tool = abb.tooldata(True, abb.pose([1, 2, 165], [0, 0, 1, 0]), load)
    program = abb.MotionProgram(tool=tool, timestamp="2026-01-01-00-00-00-0000")
    program.MoveAbsJ(abb.jointtarget([10, 20, -10, 5, 80, 7], NONE), V, abb.fine)
    program.MoveJ(target(joints), V, abb.fine)
    program.MoveL(target(joints), V, abb.fine)
    program.MoveC(target(joints), target(irb120.HOME), V, abb.z5)
    program.WaitTime(0.25)
    read = read_program(program.get_program_bytes())
    assert [type(command) for _, command in read.commands] == [MoveAbsJ, MoveJ, MoveL, MoveC, Wait]
    assert [number for number, _ in read.commands] == [1, 2, 3, 4, 5]
    assert read.timestamp == "2026-01-01-00-00-00-0000"
    assert read.T_flange_tool[:3, 3] == pytest.approx([0.001, 0.002, 0.165])
    first, line = read.commands[0][1], read.commands[2][1]
    assert isinstance(first, MoveAbsJ)
    assert first.joints == pytest.approx(joints, abs=1e-6)
    assert first.speed.translation == pytest.approx(0.2)
    assert isinstance(line, MoveL)
    assert line.target.T_work_tool == pytest.approx(forward(joints), abs=1e-6)
    assert line.target.configuration == confdata(joints)


@pytest.mark.parametrize(
    "content", [b"", b"abcd", b"\x00" * 400, abb.MotionProgram().get_program_bytes()[:-30]]
)
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(ProgramFileError):
        read_program(content)


def test_a_damaged_file_is_an_entry_in_the_event_log(
    client: abb.MotionProgramExecClient, virtual: VirtualController
) -> None:
    virtual.files["$RAMDISK/motion_program.bin"] = b"nonsense"
    client.abb_client.start(cycle="once")
    deadline = time.monotonic() + 5.0
    while virtual.execution == "running" and time.monotonic() < deadline:
        time.sleep(0.005)
    assert virtual.log.newest_first()[0].arguments[0] == "Motion Program Failed"
