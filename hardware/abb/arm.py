"""The IRB 120 as pregrasp's `Arm`: poses in, motion programs out.

A joint move becomes ``MoveAbsJ`` to the angles that the driver's own kinematics found, so
the branch is the one that was checked. A straight move becomes ``MoveL`` with configuration
data of the same solution. Every call is one program, however many way points it has.
"""

from __future__ import annotations

from collections.abc import Sequence

from abb_motion_program_exec import (
    MotionProgram,
    confdata,
    fine,
    jointtarget,
    loaddata,
    pose,
    robtarget,
    speeddata,
    tooldata,
    zonedata,
)

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware import timing
from pregrasp.hardware.abb.configuration import AbbConfiguration, AbbTool
from pregrasp.hardware.abb.controller import AbbController
from pregrasp.hardware.abb.geometry import ToolFrame, to_degrees, to_millimetres
from pregrasp.hardware.abb.geometry import confdata as confdata_of
from pregrasp.hardware.capabilities import PathShape
from pregrasp.hardware.errors import MotionError
from pregrasp.hardware.kinematics import Joints, forward
from pregrasp.hardware.planning import Planner

ARRIVED = 0.2 * DEG
"""Joints further from the goal than this after a move have not arrived [rad]."""

_NO_EXTERNAL_AXIS = [9e9] * 6
"""What RAPID writes for axes that are not there."""


class AbbArm:
    """An ABB IRB 120 that holds its tool vertically.

    Args:
        controller: The session that moves it.
    """

    def __init__(self, controller: AbbController) -> None:
        self.name = controller.name
        self._controller = controller
        self._configuration: AbbConfiguration = controller.configuration
        self._tool = ToolFrame(self._configuration.tool)
        self._planner = Planner(self.name, self._tool.flange_of)

    def pose(self) -> Pose:
        """``T_base_tool`` as the encoders report it.

        Raises:
            DeviceUnavailableError: The controller does not say.
        """
        return self._tool.tool_of(forward(self._controller.joints()))

    def joints(self) -> Joints:
        """The joint angles as the encoders report them [rad].

        Raises:
            DeviceUnavailableError: The controller does not say.
        """
        return self._controller.joints()

    def check_ready(self) -> None:
        """Make sure that the arm would move.

        Raises:
            DeviceUnavailableError: Wrong mode, motors off, a stop, a program that runs, or no
                answer.
        """
        self._controller.require_ready()

    def check(self, goals: Sequence[Pose]) -> None:
        """Make sure that every pose can be reached, without moving.

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
            DeviceUnavailableError: The controller does not say where the arm is.
        """
        self._planner.check(goals, self._controller.joints())

    def configurations(self, goals: Sequence[Pose]) -> list[Joints]:
        """Where the joints are now, and where a joint move would bring them at each goal.

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
            DeviceUnavailableError: The controller does not say where the arm is.
        """
        return self._planner.configurations(goals, self._controller.joints())

    def tool_at(self, joints: Joints) -> Pose:
        """``T_base_tool`` with the joints at these angles [rad]."""
        return self._tool.tool_of(forward(joints))

    def move(
        self,
        goals: Sequence[Pose],
        token: CancelToken,
        *,
        shape: PathShape = PathShape.JOINT,
        speed: float = 1.0,
    ) -> Pose:
        """Travel through poses and stop at the last.

        Args:
            goals: ``T_base_tool`` of each way point, at least one.
            token: Cancelling it stops the arm.
            shape: Joint move or straight lines.
            speed: Share of the configured speed, in (0, 1].

        Returns:
            ``T_base_tool`` after the move, as the encoders report it.

        Raises:
            OutOfReachError: Before anything has moved, or by the controller.
            MotionError: The arm stopped elsewhere.
            DeviceUnavailableError: The controller is not ready, or does not answer.
            CancelledError: The token was cancelled; the arm stands still.
        """
        if not goals:
            raise ValueError("a move needs at least one goal")
        if not 0.0 < speed <= 1.0:
            raise ValueError(f"speed is a share of full speed in (0, 1], not {speed}")
        token.raise_if_cancelled()
        here = self._controller.joints()
        program, goal, expected = self._program(goals, here, shape, speed)
        self._controller.run(program, token, expected=expected)
        there = self._controller.joints()
        reached = self._tool.tool_of(forward(there))
        miss = max(abs(a - b) for a, b in zip(there, goal, strict=True))
        if miss > ARRIVED:
            raise MotionError(
                self.name,
                f"stopped at {reached} instead of {goals[-1]}.",
                "Look at the pendant's event log.",
            )
        return reached

    def stop(self) -> None:
        """Bring the arm to rest where it is; safe to call from any thread at any time.

        An operational stop by program, **not** an emergency stop.

        Raises:
            ConnectionLostError: The controller does not answer: the arm may still move.
            MotionError: It does not stand still in time.
        """
        self._controller.stop()

    # --- programs ----------------------------------------------------------------------
    def _program(
        self, goals: Sequence[Pose], here: Joints, shape: PathShape, speed: float
    ) -> tuple[MotionProgram, Joints, float]:
        """A program, where it ends [rad], and about how long it takes [s]."""
        limits = self._configuration.speed
        program = MotionProgram(tool=_tooldata(self._configuration.tool, self._tool))
        straight = shape is PathShape.LINEAR
        v = speed * (limits.straight if straight else limits.free)
        v_ori = speed * limits.turning
        speeds = speeddata(v / MM, v_ori / DEG, 5000, 1000)
        joints, at, expected = here, self._tool.tool_of(forward(here)), 0.0
        for number, goal in enumerate(goals, start=1):
            which = f"pose {number} of {len(goals)}"
            last = number == len(goals)
            zone = fine if last or limits.zone == 0.0 else _zonedata(limits.zone)
            if straight:
                joints = self._planner.line(at, goal, joints, which)[-1]
                target = _robtarget(goal, joints)
                program.MoveL(target, speeds, zone)
            else:
                start, joints = joints, self._planner.solve(goal, joints, which)
                program.MoveAbsJ(jointtarget(to_degrees(joints), _NO_EXTERNAL_AXIS), speeds, zone)
                expected += timing.joint_duration(start, joints, speed)
            step = at.inverse() @ goal
            way = (step.x**2 + step.y**2 + step.z**2) ** 0.5
            expected += max(way / v, abs(step.theta) / v_ori)
            at = goal
        return program, joints, expected


def _robtarget(goal: Pose, joints: Joints) -> robtarget:
    position, quaternion = to_millimetres(goal)
    return robtarget(position, quaternion, confdata(*confdata_of(joints)), _NO_EXTERNAL_AXIS)


def _tooldata(tool: AbbTool, frame: ToolFrame) -> tooldata:
    load = loaddata(
        tool.mass, [length / MM for length in tool.centre_of_gravity], [1, 0, 0, 0], 0, 0, 0
    )
    position = [tool.x / MM, tool.y / MM, tool.z / MM]
    return tooldata(True, pose(position, list(frame.quaternion)), load)


def _zonedata(radius: float) -> zonedata:
    """A fly-by zone in the proportions of RAPID's own z1 to z200."""
    size = radius / MM
    return zonedata(False, size, 1.5 * size, 1.5 * size, 0.15 * size, 1.5 * size, 0.15 * size)
