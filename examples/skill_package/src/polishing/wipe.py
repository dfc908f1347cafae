"""Wipe a table with what the gripper holds."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.skills import Action, Input, Output, skill


@skill()
class Wipe(Action):
    """Moves the tool to and fro sideways, and ends where it began."""

    start = Input(Pose, "T_base_tool where wiping begins.")
    width = Input(float, "Length of a stroke.", unit="mm", default=50 * MM)
    strokes = Input(int, "How many strokes.", default=3)
    wiped = Output(float, "Length of all strokes.", unit="mm")

    def work(self, token: CancelToken) -> None:
        """Move to and fro."""
        if self.strokes < 1:
            raise ValueError(f"strokes is {self.strokes}, expected at least 1")
        side = self.start @ Pose(0.0, self.width)
        self.cell.arm.move([self.start], token)
        for stroke in range(self.strokes):
            there = side if stroke % 2 == 0 else self.start
            self.cell.arm.move([there], token, shape=PathShape.LINEAR)
            self.feedback_message = f"{stroke + 1} of {self.strokes}"
        self.cell.arm.move([self.start], token, shape=PathShape.LINEAR)
        self.wiped = self.strokes * self.width

    def stop_devices(self) -> None:
        """Bring the arm to rest."""
        self.cell.arm.stop()
