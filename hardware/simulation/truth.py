"""What is really the case in a simulated cell: for judging results, never for robots.

Skills and perception get devices only. Evaluations and tests also get a `Truth`.
"""

from __future__ import annotations

from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.hardware.kinematics import forward, tool_of
from pregrasp.hardware.simulation.accuracy import SmoothError
from pregrasp.hardware.simulation.irb120_model import TOOL_LENGTH
from pregrasp.hardware.simulation.world import World

LIFTED_HEIGHT = 20 * MM
"""A part whose lowest point is above this was lifted [m]."""


class Truth:
    """Measures the simulated world itself.

    Args:
        world: The world.
        smooth_error: The absolute error of the arm in it.
    """

    def __init__(self, world: World, smooth_error: SmoothError) -> None:
        self._world = world
        self._smooth_error = smooth_error

    def T_base_part(self) -> Pose:
        """Where the part is."""
        with self._world.lock:
            return self._world.part_pose()

    def T_base_tool(self) -> Pose:
        """Where the tool is, whatever the encoders say."""
        with self._world.lock:
            return tool_of(forward(self._world.arm_joints()), TOOL_LENGTH)

    def T_part_pregrasp(self, taught: Pose, T_base_part_taught: MotionCommand) -> MotionCommand:
        """The taught relation: where the pregrasp pose is, seen from the part.

        Args:
            taught: ``T_base_pregrasp`` as the encoders showed it when it was taught.
            T_base_part_taught: Where the part lay then, as `SimulatedObject.placement`
                says it: in the arm's own coordinates at the table.

        Returns:
            What the arm reaches on average: its absolute error is part of what was taught,
            the scatter of single arrivals is not.
        """
        T_base_part = self._smooth_error.true_placement(T_base_part_taught)
        return T_base_part.inverse() @ self._smooth_error.true_pose(taught).planar

    def pregrasp_error(self, taught: Pose, T_base_part_taught: MotionCommand) -> MotionCommand:
        """``T_pregrasp_tool``: how far the tool is from the taught pose relative to the part.

        Args:
            taught: ``T_base_pregrasp`` as the encoders showed it when it was taught.
            T_base_part_taught: Where the part lay then, as `SimulatedObject.placement`
                says it.
        """
        T_part_pregrasp = self.T_part_pregrasp(taught, T_base_part_taught)
        T_base_pregrasp = self.T_base_part().planar @ T_part_pregrasp
        return T_base_pregrasp.inverse() @ self.T_base_tool().planar

    def part_lifted(self) -> bool:
        """Whether the part is off the table and both jaws hold it."""
        with self._world.lock:
            self._world.refresh()
            high = self._world.part_lowest() > LIFTED_HEIGHT
            return high and self._world.fingers_on_part() == 2
