from collections.abc import Sequence
from typing import cast

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Arm
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.jobs.jog import Jog, JogEvent


class Walker:
    """An arm that is at once where it was told to go, within half a metre."""

    name = "walker"

    def __init__(self) -> None:
        self.at = Pose(0.4, 0.0, 0.2, 90 * DEG)

    def pose(self) -> Pose:
        return self.at

    def move(self, goals: Sequence[Pose], token: CancelToken) -> Pose:
        if goals[-1].y > 0.5:
            raise OutOfReachError(self.name, "that is too far.")
        self.at = goals[-1]
        return self.at


@pytest.fixture
def pictures() -> list[None]:
    return []


@pytest.fixture
def jog(pictures: list[None]) -> Jog:
    return Jog(cast("Arm", Walker()), lambda: pictures.append(None))


def test_arrows_move_along_the_axes_of_the_tool(jog: Jog) -> None:
    jog.press("right")
    # The tool is turned by a quarter: its x axis is the y axis of the base.
    assert jog.arm.pose().matrix() == pytest.approx(Pose(0.4, 0.01, 0.2, 90 * DEG).matrix())


def test_a_smaller_step_moves_less_and_turns_less(jog: Jog) -> None:
    jog.press("-")
    jog.press("page_down")
    jog.press("q")
    assert jog.arm.pose().z == pytest.approx(0.2 - 1 * MM)
    assert jog.arm.pose().theta == pytest.approx(91 * DEG)


def test_every_move_takes_a_picture(jog: Jog, pictures: list[None]) -> None:
    jog.press("up")
    jog.press("p")
    assert len(pictures) == 1


def test_a_pose_out_of_reach_is_said_and_the_arm_stays(jog: Jog) -> None:
    for _ in range(2):
        jog.press("+")
    jog.arm.at = Pose(0.4, 0.48, 0.2, 90 * DEG)  # type: ignore[attr-defined]
    assert jog.press("right") is JogEvent.REFUSED
    assert "too far" in jog.message
    assert jog.arm.pose().y == pytest.approx(0.48)


def test_saving_needs_both_poses(jog: Jog) -> None:
    assert jog.press("s") is JogEvent.REFUSED
    assert "pregrasp" in jog.message
    jog.press("p")
    jog.press("page_down")
    jog.press("g")
    assert jog.press("s") is JogEvent.SAVE
    assert jog.pregrasp is not None
    assert jog.grasp is not None
    assert jog.pregrasp.z - jog.grasp.z == pytest.approx(10 * MM)


def test_escape_leaves_and_other_keys_do_nothing(jog: Jog) -> None:
    assert jog.press("x") is JogEvent.NOTED
    assert jog.press("escape") is JogEvent.LEAVE
