"""What all skills that move the arm have in common."""

from __future__ import annotations

from collections.abc import Sequence

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.skills.action import Action
from pregrasp.skills.notes import Travel
from pregrasp.skills.ports import Input


class Motion(Action):
    """An action that moves the arm, and stops it when it is halted."""

    speed = Input(
        float, "Share of the arm's full speed.", unit="percent", default=1.0, above=0.0, most=1.0
    )

    def travel(
        self, goals: Sequence[Pose], token: CancelToken, shape: PathShape = PathShape.LINEAR
    ) -> Pose:
        """Move through poses.

        Args:
            goals: ``T_base_tool`` of each way point.
            token: Stops the arm.
            shape: Of the path.

        Returns:
            ``T_base_tool`` after the move, as the encoders report it.

        Raises:
            ValueError: The speed is not a share of full speed.
            HardwareError: The arm did not get there.
        """
        if not 0.0 < self.speed <= 1.0:
            raise ValueError(f"speed_percent is {100 * self.speed:g}, expected 0 to 100")
        travel = Travel(path=self.path, goals=tuple(goals), shape=shape, speed=self.speed)
        self.context.note(travel)
        return self.cell.arm.move(goals, token, shape=shape, speed=self.speed)

    def stop_devices(self) -> None:
        """Bring the arm to rest."""
        self.cell.arm.stop()
