"""How far a teaching has come, and everything that a front end shows of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pregrasp.frames import Pose
from pregrasp.jobs.jog import STEPS
from pregrasp.jobs.teach import PlannedFile, TaughtFile
from pregrasp.jobs.teaching_checks import Check


class Stage(enum.Enum):
    """How far the person has come."""

    PREGRASP = "pregrasp"
    """The pregrasp pose is to be shown."""
    GRASP = "grasp"
    """The grasp pose is to be shown."""
    FINISH = "finish"
    """Both are there: rehearse, save."""
    SAVED = "saved"
    """The file is written."""
    LEFT = "left"
    """The person left without saving."""


INSTRUCTIONS = {
    Stage.PREGRASP: "bring the tool above the part, where the camera sees it",
    Stage.GRASP: "open the gripper, go down to where it shall close",
    Stage.FINISH: "stay there: rehearse, then save",
    Stage.SAVED: "saved",
    Stage.LEFT: "left; nothing was written",
}
"""What the person should do now."""

OVER = frozenset({Stage.SAVED, Stage.LEFT})
"""Stages from which there is no way on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TeachingState:
    """Everything that a front end shows."""

    stage: Stage = Stage.PREGRASP
    """How far the person has come."""
    pose: Pose
    """``T_base_tool`` when it was last looked at."""
    step: float = STEPS[2]
    """Of jogging [m]."""
    checks: tuple[Check, ...] = ()
    """Of the pose as it is now; in the last stage, of the pose that was taken last."""
    pregrasp: Pose | None = None
    """``T_base_pregrasp``, once it was taken."""
    grasp: Pose | None = None
    """``T_base_grasp``, once it was taken."""
    planned: PlannedFile | None = None
    """What saving would write, once both poses were taken."""
    rehearsed: bool = False
    """Whether the approach was tried to its end."""
    at_work: str = ""
    """What is under way, in one word; empty if nothing is."""
    message: str = ""
    """What came of the last request."""
    good: bool = True
    """Whether that was what the person wanted."""
    trouble: str = ""
    """Why there is no picture, or no pose."""
    written: TaughtFile | None = None
    """What was written."""

    @property
    def approach(self) -> Pose | None:
        """``T_pregrasp_grasp``, once both poses were taken."""
        if self.pregrasp is None or self.grasp is None:
            return None
        return self.pregrasp.inverse() @ self.grasp
