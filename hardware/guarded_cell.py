"""A cell whose motions are checked against its limits and its mode.

`pregrasp.jobs.cells.open_cell` puts this around every cell, the simulated one too: it is
the one place that every motion of every tree, job and jogging person goes through.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import (
    Arm,
    Camera,
    Cell,
    Clock,
    Gripper,
    GripperReading,
    PathShape,
    ReadyCheck,
)
from pregrasp.hardware.limits import Limits
from pregrasp.hardware.modes import REDUCED, CellModes


class GuardedArm:
    """An arm that moves only where, when and as fast as its cell allows.

    Args:
        arm: The arm that does the work.
        limits: Where, and how fast.
        modes: When.
    """

    def __init__(self, arm: Arm, limits: Limits, modes: CellModes) -> None:
        self._arm = arm
        self._limits = limits
        self._modes = modes
        self.name = arm.name
        self.slow = False
        """Whether every move is made at reduced speed, whatever the mode."""
        self._left_at: Pose | None = None

    @property
    def left_at(self) -> Pose | None:
        """``T_base_tool`` after the last move of this program; None if it had no good end."""
        return self._left_at

    def pose(self) -> Pose:
        """``T_base_tool`` as the encoders report it."""
        return self._arm.pose()

    def check(self, goals: Sequence[Pose]) -> None:
        """Make sure that every pose can be reached and is allowed, without moving.

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
            LimitError: Names the first pose that the cell's limits do not allow.
        """
        self._limits.check_numbers(self.name, goals)
        self._arm.check(goals)
        self._limits.check_goals(self.name, goals)

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
            speed: Share of the arm's full speed, in (0, 1]; the limits may lower it.

        Returns:
            ``T_base_tool`` after the move, as the encoders report it.

        Raises:
            ModeError: Nothing may move in this mode of the cell.
            ValueError: The speed is not a share of full speed; nothing has moved.
            LimitError: The limits do not allow it; nothing has moved.
            HardwareError: As the arm raises it.
            CancelledError: The token was cancelled; the arm stands still.
        """
        self._modes.require_motion(self.name)
        if not 0.0 < speed <= 1.0:
            raise ValueError(f"speed is a share of full speed in (0, 1], not {speed}")
        if goals:
            self._limits.check_move(self._arm, goals, shape)
        reduced = self.slow or self._modes.mode in REDUCED
        most = self._limits.reduced_speed if reduced else self._limits.speed
        self._left_at = None
        self._left_at = self._arm.move(goals, token, shape=shape, speed=min(speed, most))
        return self._left_at

    def stop(self) -> None:
        """Bring the arm to rest where it is; safe to call from any thread at any time."""
        self._arm.stop()


class GuardedGripper:
    """A gripper that moves only when its cell allows.

    Args:
        gripper: The gripper that does the work.
        modes: When it may.
    """

    def __init__(self, gripper: Gripper, modes: CellModes) -> None:
        self._gripper = gripper
        self._modes = modes
        self.name = gripper.name

    def open(self, token: CancelToken) -> GripperReading:
        """Open fully.

        Raises:
            ModeError: Nothing may move in this mode of the cell.
            GripperError: The fingers did not get there.
        """
        self._modes.require_motion(self.name)
        return self._gripper.open(token)

    def close(self, token: CancelToken) -> GripperReading:
        """Close until something is held or the fingers meet.

        Raises:
            ModeError: Nothing may move in this mode of the cell.
            GripperError: The fingers did not move.
        """
        self._modes.require_motion(self.name)
        return self._gripper.close(token)

    def reading(self) -> GripperReading:
        """What the fingers do now."""
        return self._gripper.reading()


class GuardedCell:
    """A cell behind its limits and its mode; a context manager that closes it.

    Args:
        cell: The cell that does the work; belongs to this one from now on.
        limits: What its file allows.

    Raises:
        HardwareError: A device would not obey; the cell has been closed.
    """

    def __init__(self, cell: Cell, limits: Limits) -> None:
        self.inner = cell
        self.limits = limits
        self.name = cell.name
        self.modes = CellModes(cell.name, self._check_ready)
        self._arm = GuardedArm(cell.arm, limits, self.modes)
        self._gripper = GuardedGripper(cell.gripper, self.modes)
        try:
            self.modes.connect()
        except BaseException:
            self.close()
            raise

    @property
    def clock(self) -> Clock:
        """The cell's time."""
        return self.inner.clock

    @property
    def arm(self) -> GuardedArm:
        """The robot arm, guarded."""
        return self._arm

    @property
    def gripper(self) -> GuardedGripper:
        """The gripper on the arm, guarded."""
        return self._gripper

    @property
    def camera(self) -> Camera:
        """The camera on the arm."""
        return self.inner.camera

    def stop(self) -> None:
        """Bring everything that moves to rest; allowed in every mode, from any thread."""
        self.inner.stop()

    def close(self) -> None:
        """Release the devices; calling it again changes nothing."""
        self.modes.disconnect()
        self.inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _check_ready(self) -> None:
        for device in (self.inner.arm, self.inner.gripper, self.inner.camera):
            if isinstance(device, ReadyCheck):
                device.check_ready()
