"""The simulated gripper: jaws that press, and what they notice."""

from __future__ import annotations

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import MM
from pregrasp.hardware.capabilities import GripperReading
from pregrasp.hardware.errors import GripperError
from pregrasp.hardware.simulation.arm import CONTROL_STEP, SimulatedArm
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.simulation.gripper_model import CLEARANCE, OVERTRAVEL, opening_at
from pregrasp.hardware.simulation.world import TIME_STEP, World

FULLY_CLOSED = CLEARANCE + OVERTRAVEL
"""How far each jaw travels when there is nothing between them [m]."""

_QUIET_SPEED = 0.2 * MM
"""Slower jaws count as standing still [m/s]."""
_QUIET_TIME = 0.04
"""How long they must stand still [s]."""
_TIMEOUT = 1.5
_OPEN_WITHIN = 0.3 * MM


class SimulatedGripper:
    """A parallel gripper in the simulated world.

    Args:
        world: Where it is.
        clock: What its motions add their time to.
        arm: What it is mounted on; told when something may be held.
    """

    name = "gripper"

    def __init__(self, world: World, clock: SimulatedClock, arm: SimulatedArm) -> None:
        self._world = world
        self._clock = clock
        self._arm = arm
        self._closing = False

    def open(self, token: CancelToken) -> GripperReading:
        """Open fully.

        Raises:
            GripperError: The fingers did not get there.
            CancelledError: The token was cancelled; the fingers stand still.
        """
        self._closing = False
        self._drive(0.0, token)
        reading = self.reading()
        fully = opening_at(self._world.part, 0.0)
        if reading.opening < fully - 2.0 * _OPEN_WITHIN:
            raise GripperError(
                self.name,
                f"opened to {reading.opening / MM:.1f} mm instead of {fully / MM:.1f} mm.",
                "Something blocks the fingers.",
            )
        self._arm.occupied = False
        return reading

    def close(self, token: CancelToken) -> GripperReading:
        """Close until something is held or the fingers meet.

        Raises:
            GripperError: The fingers did not move.
            CancelledError: The token was cancelled; the fingers stand still.
        """
        self._arm.occupied = True
        self._closing = True
        self._drive(FULLY_CLOSED, token)
        reading = self.reading()
        if reading.opening > opening_at(self._world.part, _OPEN_WITHIN):
            raise GripperError(
                self.name,
                f"did not close: the fingers are still {reading.opening / MM:.1f} mm apart.",
                "Something wider than the part is between them.",
            )
        return reading

    def reading(self) -> GripperReading:
        """What the fingers do now."""
        with self._world.lock:
            closed_by, _ = self._world.fingers()
        return GripperReading(
            opening=opening_at(self._world.part, closed_by),
            holding=self._closing and closed_by < CLEARANCE + 0.5 * OVERTRAVEL,
        )

    def reset(self) -> None:
        """Stand open, without moving there, at the beginning of an episode."""
        with self._world.lock:
            self._world.open_fingers()
        self._closing = False
        self._arm.occupied = False

    def _drive(self, closed_by: float, token: CancelToken) -> None:
        """Move until the fingers come to rest, and what they touched with them."""
        with self._clock.working():
            waited = quiet = 0.0
            with self._world.lock:
                self._world.command_fingers(closed_by)
            while waited < _TIMEOUT and quiet < _QUIET_TIME:
                with self._world.lock:
                    if token.cancelled:
                        # Letting go of what is held would be the worse way of stopping.
                        if closed_by == 0.0:
                            self._world.command_fingers(self._world.fingers()[0])
                        raise CancelledError(f"{self.name}: cancelled while moving")
                    for _ in range(round(CONTROL_STEP / TIME_STEP)):
                        self._world.step()
                    _, speed = self._world.fingers()
                    still = speed < _QUIET_SPEED and not self._world.part_moves()
                quiet = quiet + CONTROL_STEP if still else 0.0
                waited += CONTROL_STEP
                self._clock.advance(CONTROL_STEP)
            with self._world.lock:
                self._world.refresh()
