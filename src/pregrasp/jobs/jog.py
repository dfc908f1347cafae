"""Jogging by keyboard: which key does what, apart from any terminal."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.capabilities import Arm
from pregrasp.hardware.errors import HardwareError
from pregrasp.jobs.teaching_checks import Check

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

ENTER = frozenset({"\n", "\r"})
"""What terminals send for the key Enter."""

HELP = (
    "arrows: x, y   PgUp/PgDn: z   q/e: turn   +/-: step size   "
    "Enter: this is the pose (p, g: as the pregrasp, the grasp pose)   r: rehearse   s: save   "
    "Esc: leave"
)


class JogEvent(enum.Enum):
    """What a key press led to."""

    MOVED = "moved"
    NOTED = "noted"
    REFUSED = "refused"
    REHEARSE = "rehearse"
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
    examine: Callable[[bool, Pose], Sequence[Check]] = lambda is_pregrasp, pose: ()
    """Looks at a pose before it is noted; a serious finding keeps it from being noted."""
    checks: Sequence[Check] = ()
    """What was found about the latest pose."""
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
        elif key == "p" or (key in ENTER and self.pregrasp is None):
            return self._note(is_pregrasp=True)
        elif key == "g" or key in ENTER:
            return self._note(is_pregrasp=False)
        elif key in {"s", "r"}:
            return self._finish(JogEvent.SAVE if key == "s" else JogEvent.REHEARSE)
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

    def _note(self, *, is_pregrasp: bool) -> JogEvent:
        self.checks = ()
        try:
            pose = self.arm.pose()
            self.checks = self.examine(is_pregrasp, pose)
        except HardwareError as error:
            self.message = str(error)
            return JogEvent.REFUSED
        name = "pregrasp" if is_pregrasp else "grasp"
        bad = [check.name for check in self.checks if check.serious and not check.good]
        if bad:
            self.message = f"not taken as the {name} pose: {', '.join(bad)}"
            return JogEvent.REFUSED
        if is_pregrasp:
            self.pregrasp = pose
        else:
            self.grasp = pose
        self.message = f"{name} pose: {pose}"
        return JogEvent.NOTED

    def _finish(self, event: JogEvent) -> JogEvent:
        missing = [
            name
            for name, pose in (("pregrasp (p)", self.pregrasp), ("grasp (g)", self.grasp))
            if pose is None
        ]
        if missing:
            done = "saved" if event is JogEvent.SAVE else "rehearsed"
            self.message = f"not {done}: pick the {' and the '.join(missing)} pose first"
            return JogEvent.REFUSED
        return event
