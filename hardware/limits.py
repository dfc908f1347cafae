"""How far a cell may go: checked in one place before every motion, for every robot.

`pregrasp.hardware.guarded_cell` asks `Limits` before it lets a move through. The limits of
the cell's file come on top of the robot's own: a pose must pass both.

This keeps programs from doing foolish things. It is **no safety function**: nothing here
has a performance level, and whatever moves the robot by another way is not seen. Emergency
stops, fences and safe speed belong to the robot controller and to your risk assessment.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pregrasp.configuration import quantity
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Arm, JointSpace, PathShape
from pregrasp.hardware.errors import LimitError
from pregrasp.hardware.kinematics import Joints

Range = tuple[float, float]
"""Smallest and largest value."""

AXES = ("x", "y", "height")

SLACK = 1e-6
"""Rounding allowed at a limit [m or rad]."""

LEVEL = 0.5 * MM
"""A straight move that changes its height by less is one of a servo's corrections [m]."""

PATH_STEP = 5 * DEG
"""Between the joint configurations at which the way of a joint move is looked at [rad]."""

LINE_STEP = 20 * MM
"""Between the poses at which the joints of a straight move are looked at [m]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkspaceBox:
    """Where the tool centre point may be, in the robot's base frame."""

    x: Range = quantity("mm")
    """[m]"""
    y: Range = quantity("mm")
    """[m]"""
    height: Range = quantity("mm")
    """Lowest and highest z; the lowest keeps the fingers off the table [m]."""

    def __post_init__(self) -> None:
        """Check that each range has a smaller and a larger end."""
        for axis, (low, high) in zip(AXES, (self.x, self.y, self.height), strict=True):
            if not low < high:
                raise ValueError(f"{axis}_mm must be a smaller and a larger number")

    def excess(self, pose: Pose) -> tuple[float, str]:
        """How far a tool is outside [m], 0 inside, and in words where."""
        worst, where = 0.0, ""
        position, ranges = (pose.x, pose.y, pose.z), (self.x, self.y, self.height)
        values = zip(AXES, position, ranges, strict=True)
        for axis, value, (low, high) in values:
            beyond = max(low - value, value - high)
            if beyond > worst:
                worst = beyond
                which = "at least" if value < low else "at most"
                bound = low if value < low else high
                where = f"its {axis} would be {value / MM:.1f} mm, allowed is {which} "
                where += f"{bound / MM:g} mm"
        return worst, where


@dataclass(frozen=True, kw_only=True, slots=True)
class LargestCorrection:
    """The longest step that one estimate may ask for."""

    translation: float = quantity("mm", default=120 * MM)
    """[m]"""
    rotation: float = quantity("deg", default=100 * DEG)
    """[rad]"""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if min(self.translation, self.rotation) <= 0:
            raise ValueError("a largest correction must be positive")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a cell's file allows its robot."""

    workspace: WorkspaceBox
    """Where the tool may be, at the goals and on the way to them."""
    joints: tuple[Range, Range, Range, Range, Range, Range] | None = quantity("deg", default=None)
    """Smallest and largest angle of each joint, where that is less than the robot's own
    range; only for robots that tell their joints (`JointSpace`) [rad]."""
    speed: float = quantity("percent", default=1.0)
    """Largest share of the robot's full speed."""
    reduced_speed: float = quantity("percent", default=0.2)
    """The same while a person teaches, in a dry run, and after a fault."""
    correction: LargestCorrection = LargestCorrection()
    """Of one straight move at one height, which is what a servo's correction is."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 0.0 < self.reduced_speed <= self.speed <= 1.0:
            raise ValueError("speeds must be 0 < reduced_speed_percent <= speed_percent <= 100")
        if self.joints is not None and any(not low < high for low, high in self.joints):
            raise ValueError("each joint needs a smaller and a larger angle")

    def check_numbers(self, name: str, goals: Sequence[Pose]) -> None:
        """Make sure that every goal is a place at all.

        Args:
            name: Of the arm, for messages.
            goals: Each ``T_base_tool``.

        Raises:
            LimitError: Names the first goal with a coordinate that is not a finite number.
        """
        for number, goal in enumerate(goals, start=1):
            if not all(map(math.isfinite, (goal.x, goal.y, goal.z, goal.theta))):
                # A comparison with what is no number is never true, so no limit would hold it.
                raise LimitError(
                    name,
                    f"pose {number} of {len(goals)} {goal} is no place: it has a coordinate that "
                    "is no number.",
                    "Look at where this pose comes from; nothing has moved.",
                )

    def check_goals(self, name: str, goals: Sequence[Pose]) -> None:
        """Make sure that the tool may be at every goal.

        Args:
            name: Of the arm, for messages.
            goals: Each ``T_base_tool``.

        Raises:
            LimitError: Names the first goal outside, and what it exceeds.
        """
        self.check_numbers(name, goals)
        for number, goal in enumerate(goals, start=1):
            excess, where = self.workspace.excess(goal)
            if excess > SLACK:
                raise _outside(name, f"pose {number} of {len(goals)} {goal} is not allowed", where)

    def check_move(self, arm: Arm, goals: Sequence[Pose], shape: PathShape) -> None:
        """Make sure that a whole move stays within the limits.

        A robot that stands outside, because somebody moved it there, may move back in.

        Args:
            arm: About to move.
            goals: ``T_base_tool`` of each way point.
            shape: How the tool travels.

        Raises:
            LimitError: Nothing has moved.
            OutOfReachError: A goal cannot be reached.
        """
        self.check_goals(arm.name, goals)
        if shape is PathShape.LINEAR and self.joints is None:
            # Straight lines between points of a box stay in it.
            self._check_correction(arm.name, arm.pose(), goals)
            return
        if not isinstance(arm, JointSpace):
            return
        if shape is PathShape.JOINT:
            configurations = arm.configurations(goals)
            self._check_way(arm, arm.name, configurations)
        else:
            start = arm.pose()
            self._check_correction(arm.name, start, goals)
            configurations = arm.configurations(list(_straight(start, goals)))
        self._check_joints(arm.name, configurations)

    def _check_correction(self, name: str, start: Pose, goals: Sequence[Pose]) -> None:
        step = start.inverse() @ goals[0]
        if len(goals) > 1 or abs(step.z) > LEVEL:
            return
        moved, turned = step.planar.translation, step.planar.rotation
        if moved > self.correction.translation + SLACK:
            found = f"{moved / MM:.1f} mm, allowed are {self.correction.translation / MM:g} mm"
        elif turned > self.correction.rotation + SLACK:
            found = f"{turned / DEG:.1f} deg, allowed are {self.correction.rotation / DEG:g} deg"
        else:
            return
        raise LimitError(
            name,
            f"one correction would be {found}.",
            "An estimate this large is seldom true; look where the part lies.",
        )

    def _check_way(self, arm: JointSpace, name: str, configurations: Sequence[Joints]) -> None:
        """Joint moves swing: look where the tool is on the way."""
        allowed, _ = self.workspace.excess(arm.tool_at(configurations[0]))
        for a, b in itertools.pairwise(configurations):
            for joints in _between(a, b):
                tool = arm.tool_at(joints)
                excess, where = self.workspace.excess(tool)
                if excess > max(allowed, SLACK):
                    raise _outside(name, f"the tool would pass {tool}", where)

    def _check_joints(self, name: str, configurations: Sequence[Joints]) -> None:
        """The first configuration is where the arm stands; it may be outside already."""
        now, *coming = configurations
        for number, (low, high) in enumerate(self.joints or ()):
            least, most = min(low, now[number]) - SLACK, max(high, now[number]) + SLACK
            for joints in coming:
                if not least <= joints[number] <= most:
                    raise _outside(
                        name,
                        "the move cannot be made",
                        f"joint {number + 1} would be at {joints[number] / DEG:.1f} deg, allowed "
                        f"are {low / DEG:g} to {high / DEG:g} deg",
                    )


def _outside(name: str, what: str, where: str) -> LimitError:
    return LimitError(
        name,
        f"{what}: {where}.",
        "This is a limit of the cell's file, not of the robot: teach elsewhere, make the "
        "workspace smaller, or change the limit there if the cell has room.",
    )


def _straight(start: Pose, goals: Sequence[Pose]) -> Iterator[Pose]:
    for a, b in itertools.pairwise([start, *goals]):
        turn = (a.inverse() @ b).theta
        pieces = max(1, math.ceil(math.dist((a.x, a.y, a.z), (b.x, b.y, b.z)) / LINE_STEP))
        for i in range(1, pieces + 1):
            share = i / pieces
            yield Pose(
                a.x + share * (b.x - a.x),
                a.y + share * (b.y - a.y),
                a.z + share * (b.z - a.z),
                a.theta + share * turn,
            )


def _between(a: Joints, b: Joints) -> Iterator[Joints]:
    """Configurations on the way of a joint move, both ends left out."""
    pieces = max(1, math.ceil(max(abs(y - x) for x, y in zip(a, b, strict=True)) / PATH_STEP))
    for i in range(1, pieces):
        q1, q2, q3, q4, q5, q6 = (x + i / pieces * (y - x) for x, y in zip(a, b, strict=True))
        yield q1, q2, q3, q4, q5, q6
