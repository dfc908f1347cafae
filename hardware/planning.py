"""Joint configurations for poses and for straight ways, found before anything moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pregrasp.frames import Pose
from pregrasp.hardware import irb120, timing
from pregrasp.hardware.errors import OutOfReachError, SingularityError
from pregrasp.hardware.kinematics import Joints, Matrix, branches, distance, exceeded, nearest

_LONGEST_JUMP = 0.2
"""Between neighbouring points of a straight line [rad]; more means another branch."""


class Planner:
    """Finds the joint configurations of an arm that holds its tool vertically.

    Args:
        device: The arm's name, for messages.
        flange_of: ``T_base_flange`` of a ``T_base_tool``.
    """

    def __init__(self, device: str, flange_of: Callable[[Pose], Matrix]) -> None:
        self._device = device
        self._flange_of = flange_of

    def check(self, goals: Sequence[Pose], joints: Joints) -> None:
        """Make sure that every pose can be reached, one after the other.

        Args:
            goals: ``T_base_tool`` of each.
            joints: Where the arm is [rad].

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
        """
        self.configurations(goals, joints)

    def configurations(self, goals: Sequence[Pose], joints: Joints) -> list[Joints]:
        """Where the arm is, and where joint moves bring it at each goal [rad].

        Args:
            goals: ``T_base_tool`` of each.
            joints: Where the arm is [rad].

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
        """
        found = [joints]
        for number, goal in enumerate(goals, start=1):
            found.append(self.solve(goal, found[-1], f"pose {number} of {len(goals)}"))
        return found

    def solve(self, goal: Pose, seed: Joints, which: str) -> Joints:
        """The configuration nearest to where the arm is.

        Args:
            goal: ``T_base_tool``.
            seed: Where the arm is [rad].
            which: What to call the goal in a message.

        Raises:
            OutOfReachError: There is none; says why.
        """
        T_base_flange = self._flange_of(goal)
        joints = nearest(T_base_flange, seed)
        if joints is not None:
            return joints
        outside = branches(T_base_flange, seed)
        if not outside:
            why = f"it is farther away than the {irb120.NAME}'s arm is long"
        else:
            likely = min(outside, key=lambda branch: distance(branch, seed))
            why = f"joint {exceeded(likely)} would leave its range"
        raise OutOfReachError(
            self._device,
            f"{which} {goal} cannot be reached: {why}.",
            "Teach poses nearer to the middle of the table, or make the workspace smaller.",
        )

    def line(self, start: Pose, goal: Pose, joints: Joints, which: str) -> list[Joints]:
        """Configurations along a straight way, from where the arm is to the goal.

        Args:
            start: ``T_base_tool`` where the arm is.
            goal: ``T_base_tool`` at the end.
            joints: Where the arm is [rad].
            which: What to call the goal in a message.

        Raises:
            OutOfReachError: A point of the way cannot be reached.
            SingularityError: The wrist would have to turn over on the way.
        """
        points = [joints]
        for pose in timing.straight(start, goal)[1:]:
            found = self.solve(pose, points[-1], f"the straight way to {which}, at")
            if max(abs(a - b) for a, b in zip(found, points[-1], strict=True)) > _LONGEST_JUMP:
                raise SingularityError(
                    self._device,
                    f"the straight way to {which} {goal} would make the wrist turn over at {pose}.",
                    "Go there by a joint move, or teach the poses elsewhere.",
                )
            points.append(found)
        return points
