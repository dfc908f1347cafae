import math
from collections.abc import Sequence

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.capabilities import JointSpace, PathShape
from pregrasp.hardware.errors import LimitError
from pregrasp.hardware.guarded_cell import GuardedArm
from pregrasp.hardware.kinematics import Joints, flange_of, forward, tool_of
from pregrasp.hardware.limits import LargestCorrection, Limits, WorkspaceBox
from pregrasp.hardware.modes import CellModes, Mode
from pregrasp.hardware.planning import Planner

BOX = WorkspaceBox(x=(0.2, 0.5), y=(-0.3, 0.3), height=(0.0, 0.4))
START = Pose(0.35, 0.0, 0.2, 0.0)
TOOL = 0.165


class PlainArm:
    """An arm that is where it was sent, and cannot tell its joints."""

    name = "arm"

    def __init__(self, start: Pose = START) -> None:
        self.at = start
        self.moves: list[tuple[Pose, float]] = []

    def pose(self) -> Pose:
        return self.at

    def check(self, goals: Sequence[Pose]) -> None:
        return

    def move(
        self,
        goals: Sequence[Pose],
        token: CancelToken,
        *,
        shape: PathShape = PathShape.JOINT,
        speed: float = 1.0,
    ) -> Pose:
        self.at = goals[-1]
        self.moves.append((self.at, speed))
        return self.at

    def stop(self) -> None:
        return


class JointedArm(PlainArm):
    """The same with the joints of an IRB 120."""

    def __init__(self, start: Pose = START) -> None:
        super().__init__(start)
        self._planner = Planner("arm", lambda pose: flange_of(pose, TOOL))

    def tool_at(self, joints: Joints) -> Pose:
        return tool_of(forward(joints), TOOL)

    def configurations(self, goals: Sequence[Pose]) -> list[Joints]:
        here = self._planner.solve(self.at, irb120.HOME, "here")
        return self._planner.configurations(goals, here)


def guarded(arm: PlainArm, limits: Limits | None = None, mode: Mode = Mode.PRODUCING) -> GuardedArm:
    modes = CellModes("cell")
    modes.connect()
    modes.enter(mode)
    return GuardedArm(arm, limits or Limits(workspace=BOX), modes)


def test_an_arm_that_tells_its_joints_is_recognised() -> None:
    assert isinstance(JointedArm(), JointSpace)
    assert not isinstance(PlainArm(), JointSpace)


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        (Pose(0.51, 0.0, 0.2), "its x would be 510.0 mm, allowed is at most 500 mm"),
        (Pose(0.35, -0.31, 0.2), "its y would be -310.0 mm, allowed is at least -300 mm"),
        (Pose(0.35, 0.0, -0.001), "its height would be -1.0 mm, allowed is at least 0 mm"),
        (Pose(0.35, 0.0, 0.41), "its height would be 410.0 mm"),
    ],
)
@pytest.mark.parametrize("shape", PathShape)
def test_a_goal_outside_the_box_is_refused_before_anything_moves(
    goal: Pose, words: str, shape: PathShape
) -> None:
    arm = PlainArm()
    with pytest.raises(LimitError) as caught:
        guarded(arm).move([START, goal, START], CancelToken(), shape=shape)
    assert words in str(caught.value)
    assert "pose 2 of 3" in str(caught.value)
    assert arm.moves == []
    with pytest.raises(LimitError):
        guarded(arm).check([goal])


@pytest.mark.parametrize("goal", [Pose(math.nan, 0.0, 0.2), Pose(0.35, 0.0, 0.2, math.nan)])
@pytest.mark.parametrize("shape", PathShape)
def test_a_goal_that_is_no_number_is_inside_no_limit(goal: Pose, shape: PathShape) -> None:
    arm = PlainArm()
    with pytest.raises(LimitError, match="no number"):
        guarded(arm).move([goal], CancelToken(), shape=shape)
    with pytest.raises(LimitError, match="no number"):
        guarded(arm).check([goal])
    assert arm.moves == []


@pytest.mark.parametrize("speed", [math.nan, 0.0, -0.5, 1.5])
def test_a_speed_that_is_no_share_reaches_no_driver(speed: float) -> None:
    arm = PlainArm()
    with pytest.raises(ValueError, match="share of full speed"):
        guarded(arm).move([START], CancelToken(), speed=speed)
    assert arm.moves == []


def test_a_goal_on_the_edge_is_allowed() -> None:
    edge = Pose(0.5, 0.3, 0.0)
    assert guarded(PlainArm()).move([edge], CancelToken()) == edge


def test_a_robot_that_stands_outside_may_come_back() -> None:
    arm = JointedArm(Pose(0.35, 0.0, 0.45))
    assert guarded(arm).move([START], CancelToken()) == START


def test_a_joint_move_that_swings_out_of_the_box_is_refused() -> None:
    # Joint 1 turns by 100 degrees: the tool goes round in an arc that bulges forwards.
    left, right = Pose(0.3, 0.29, 0.2, 0.8), Pose(0.3, -0.29, 0.2, -0.8)
    narrow = Limits(
        workspace=WorkspaceBox(x=(0.2, 0.36), y=(-0.3, 0.3), height=(0.0, 0.4)),
        correction=LargestCorrection(translation=1.0, rotation=2.0),
    )
    arm = JointedArm(left)
    with pytest.raises(LimitError, match=r"the tool would pass .* its x would be"):
        guarded(arm, narrow).move([right], CancelToken())
    assert arm.moves == []
    assert guarded(arm, narrow).move([right], CancelToken(), shape=PathShape.LINEAR) == right


@pytest.mark.parametrize("shape", PathShape)
def test_a_joint_outside_the_range_of_the_cell_is_refused(shape: PathShape) -> None:
    full = tuple((-math.tau, math.tau) for _ in range(5))
    limits = Limits(
        workspace=BOX,
        joints=((-20 * DEG, 20 * DEG), full[0], full[1], full[2], full[3], full[4]),
        correction=LargestCorrection(translation=1.0),
    )
    arm = JointedArm()
    with pytest.raises(
        LimitError, match=r"joint 1 would be at [24]\d\.\d deg, allowed are -20 to 20"
    ):
        guarded(arm, limits).move([Pose(0.3, 0.28, 0.2)], CancelToken(), shape=shape)
    assert arm.moves == []
    inside = Pose(0.35, 0.05, 0.2)
    assert guarded(arm, limits).move([inside], CancelToken(), shape=shape) == inside


@pytest.mark.parametrize("make", [PlainArm, JointedArm])
@pytest.mark.parametrize(
    ("goal", "words"),
    [
        (Pose(0.35, 0.05, 0.2), "50.0 mm, allowed are 40 mm"),
        (Pose(0.35, 0.0, 0.2, 31 * DEG), "31.0 deg, allowed are 30 deg"),
    ],
)
def test_a_correction_that_is_too_large_is_refused(
    make: type[PlainArm], goal: Pose, words: str
) -> None:
    arm = make()
    limits = Limits(
        workspace=BOX, correction=LargestCorrection(translation=40 * MM, rotation=30 * DEG)
    )
    with pytest.raises(LimitError, match=words):
        guarded(arm, limits).move([goal], CancelToken(), shape=PathShape.LINEAR)
    assert arm.moves == []
    # The way down begins sideways too, but it is taught and not estimated.
    down = [goal, goal.at_height(0.01)]
    assert guarded(arm, limits).move(down, CancelToken(), shape=PathShape.LINEAR) == down[-1]


@pytest.mark.parametrize(
    ("mode", "asked", "made"),
    [
        (Mode.PRODUCING, 1.0, 0.5),
        (Mode.PRODUCING, 0.3, 0.3),
        (Mode.COLLECTING, 1.0, 0.5),
        (Mode.TEACHING, 1.0, 0.1),
        (Mode.TEACHING, 0.05, 0.05),
    ],
)
def test_speed_is_capped_and_reduced_where_a_person_is_near(
    mode: Mode, asked: float, made: float
) -> None:
    arm = PlainArm()
    limits = Limits(workspace=BOX, speed=0.5, reduced_speed=0.1)
    guarded(arm, limits, mode).move([START], CancelToken(), speed=asked)
    assert arm.moves[-1][1] == made


def test_a_slow_arm_moves_at_reduced_speed_in_every_mode() -> None:
    arm = PlainArm()
    watched = guarded(arm, Limits(workspace=BOX, reduced_speed=0.1))
    watched.slow = True
    watched.move([START], CancelToken())
    assert arm.moves[-1][1] == 0.1
