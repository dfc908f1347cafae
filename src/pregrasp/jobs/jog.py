"""Jogging by keyboard: which key does what, apart from any terminal."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.capabilities import Arm
from pregrasp.hardware.errors import HardwareError

STEPS = (0.1 * MM, 1 * MM, 10 * MM, 50 * MM)
"""Sizes of a step [m]; angles turn by one degree for every millimetre, at most 15."""

MAX_TURN = 15 * DEG
"""Largest turn of one key press [rad]."""

KEYS = {
    "left": (-1, 0, 0, 0),
    "right": (1, 0, 0, 0),
    "up": (0, 1, 0, 0),
    "down": (0, -1, 0, 0),
    "page_up": (0, 0, 1, 0),
    "page_down": (0, 0, -1, 0),
    "q": (0, 0, 0, 1),
    "e": (0, 0, 0, -1),
}
"""Direction of each jog key in the tool frame: x, y, z and theta."""

HELP = (
    "arrows: x, y   PgUp/PgDn: z   q/e: turn   +/-: step size   "
    "p: this is the pregrasp pose   g: this is the grasp pose   s: save   Esc: leave"
)


class JogEvent(enum.Enum):
    """What a key press led to."""

    MOVED = "moved"
    NOTED = "noted"
    REFUSED = "refused"
    SAVE = "save"
    LEAVE = "leave"


@dataclass(slots=True)
class Jog:
    """An arm that is driven by key presses, and the two poses a person picks on the way.

    Args:
        arm: The arm.
        picture: Called when a new picture should be shown.
    """

    arm: Arm
    picture: Callable[[], None]
    step: float = STEPS[2]
    """Of the next key press [m]."""
    pregrasp: Pose | None = None
    """``T_base_pregrasp``, once it was picked."""
    grasp: Pose | None = None
    """``T_base_grasp``, once it was picked."""
    message: str = ""
    """What to tell the person."""
    token: CancelToken = field(default_factory=CancelToken)
    """Stops a move that is under way."""

    def press(self, key: str) -> JogEvent:
        """Do what a key stands for; unknown keys do nothing."""
        if key in KEYS:
            return self._move(KEYS[key])
        if key in {"+", "-"}:
            index = STEPS.index(self.step) + (1 if key == "+" else -1)
            self.step = STEPS[min(max(index, 0), len(STEPS) - 1)]
            self.message = f"step {self.step / MM:g} mm"
        elif key == "p":
            self.pregrasp = self.arm.pose()
            self.message = f"pregrasp pose: {self.pregrasp}"
        elif key == "g":
            self.grasp = self.arm.pose()
            self.message = f"grasp pose: {self.grasp}"
        elif key == "s":
            return self._save()
        elif key == "escape":
            return JogEvent.LEAVE
        return JogEvent.NOTED

    def _move(self, direction: tuple[int, int, int, int]) -> JogEvent:
        x, y, z, theta = direction
        turn = min(self.step / MM * DEG, MAX_TURN)
        planar = MotionCommand(x * self.step, y * self.step, theta * turn)
        goal = self.arm.pose() @ Pose.from_motion(planar, z * self.step)
        try:
            self.arm.move([goal], self.token)
        except HardwareError as error:
            self.message = str(error)
            return JogEvent.REFUSED
        self.message = ""
        self.picture()
        return JogEvent.MOVED

    def _save(self) -> JogEvent:
        missing = [
            name
            for name, pose in (("pregrasp (p)", self.pregrasp), ("grasp (g)", self.grasp))
            if pose is None
        ]
        if missing:
            self.message = f"not saved: pick the {' and the '.join(missing)} pose first"
            return JogEvent.REFUSED
        return JogEvent.SAVE
