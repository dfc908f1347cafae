from __future__ import annotations

import math

import numpy as np
import pytest

from pregrasp.frames import DEG, Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.abb.configuration import AbbTool
from pregrasp.hardware.abb.geometry import ToolFrame, confdata, quarter
from pregrasp.hardware.kinematics import flange_of


def test_a_straight_tool_is_where_the_simulated_one_is() -> None:
    pose = Pose(0.31, -0.12, 0.08, -2.9)
    frame = ToolFrame(AbbTool(z=0.15, mass=1.0))
    assert frame.flange_of(pose) == pytest.approx(flange_of(pose, 0.15), abs=1e-12)


def test_a_tool_with_offset_and_turn_survives_the_way_through_the_flange() -> None:
    frame = ToolFrame(AbbTool(x=0.02, y=-0.03, z=0.15, turn=0.7, mass=1.0))
    pose = Pose(0.31, -0.12, 0.08, -2.9)
    back = frame.tool_of(frame.flange_of(pose))
    assert (back.x, back.y, back.z, back.theta) == pytest.approx((0.31, -0.12, 0.08, -2.9))


@pytest.mark.parametrize("turn", [0.0, 0.7, -2.0])
def test_the_quaternion_is_the_rotation_of_the_frame(turn: float) -> None:
    frame = ToolFrame(AbbTool(z=0.15, turn=turn, mass=1.0))
    w, x, y, z = frame.quaternion
    R = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    assert pytest.approx(frame.T_flange_tool[:3, :3], abs=1e-12) == R


@pytest.mark.parametrize(
    ("angle", "number"), [(0, 0), (89, 0), (90, 1), (-1, -1), (-90, -1), (-91, -2), (359, 3)]
)
def test_quarter_turns_are_counted_as_rapid_does(angle: float, number: int) -> None:
    assert quarter(angle * DEG) == number


def test_home_is_in_front_of_everything() -> None:
    assert confdata(irb120.HOME) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("q", "cfx"),
    [
        ((0, 0, 0, 0, -1.0, 0), 1),
        # The forearm folded back: behind the lower arm, yet in front of axis 1.
        ((0, 60, -100, 0, 57, 0), 2),
        ((0, -100, 30, 0, 57, 0), 4),
        ((0, -60, -80, 0, -57, 0), 7),
    ],
)
def test_the_three_signs_of_cfx(q: tuple[float, ...], cfx: int) -> None:
    assert confdata([angle * DEG for angle in q])[3] == cfx


def test_an_angle_on_the_edge_of_a_quarter_does_not_depend_on_rounding() -> None:
    assert quarter(-1e-9) == quarter(1e-9) == 0
    assert quarter(0.5 * math.pi - 1e-9) == 1
