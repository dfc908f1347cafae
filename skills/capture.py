"""Take a picture and remember where it was taken."""

from __future__ import annotations

from dataclasses import dataclass, field

from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Image
from pregrasp.skills.action import Action
from pregrasp.skills.ports import Output
from pregrasp.skills.registry import skill

STILL_TRANSLATION = 0.05 * MM
"""A tool that moves further than this during a picture was not at rest [m]."""

STILL_ROTATION = 0.05 * DEG
"""The same for turning [rad]."""


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """One picture with the robot pose it was taken at."""

    image: Image = field(repr=False)
    """uint8 (height, width)."""
    T_base_tool: Pose
    """As the encoders reported it just before the picture."""
    time: float
    """Of the cell's clock [s]."""


@skill("capture")
class TakeCapture(Action):
    """Takes one picture with the tool at rest."""

    capture = Output(Capture, "The picture and where it was taken.", kept=False)

    def work(self, token: CancelToken) -> Status | None:
        """Read the pose, take the picture, and make sure that the tool stood still."""
        before = self.cell.arm.pose()
        time = self.cell.clock.now()
        image = self.cell.camera.capture(token)
        drift = before.inverse() @ self.cell.arm.pose()
        moved = max(drift.planar.translation, abs(drift.z))
        # The other way round, a pose that is no number would count as standing still.
        if not (moved <= STILL_TRANSLATION and drift.planar.rotation <= STILL_ROTATION):
            return self.fail(f"the tool moved by {moved / MM:.2f} mm while the picture was taken")
        self.context.looked_from = before
        self.capture = Capture(image, before, time)
        return None
