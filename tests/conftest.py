"""What several rooms need: a cell to teach on that costs nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.cell_file import find_cell
from pregrasp.hardware.errors import CaptureError
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.modes import Mode
from pregrasp.skills.ideal_cell import IdealArm, IdealCamera, IdealCell

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("exploring")
# What passed must pass again: new examples are looked for on purpose, not in somebody's change.
settings.load_profile("repeatable")


class PartInView(IdealCamera):
    """A camera that sees a part with texture; or nothing, or is broken."""

    size = (320, 240)

    def __init__(self, arm: IdealArm) -> None:
        super().__init__(arm)
        self.broken = False
        self.shots = 0
        squares = np.random.default_rng(5).integers(40, 200, (12, 12)).astype(np.uint8)
        self.sight = np.full((240, 320), 110, np.uint8)
        self.sight[60:180, 100:220] = np.kron(squares, np.ones((10, 10), np.uint8))

    def capture(self, token: CancelToken) -> Image:
        """What it sees, uint8 (240, 320)."""
        token.raise_if_cancelled()
        self.shots += 1
        if self.broken:
            raise CaptureError(self.name, "gives no picture.", "Plug it in.")
        return np.zeros_like(self.sight) if self.covered else self.sight.copy()


class Bench(IdealCell):
    """A cell whose arm stands where a pregrasp pose could be taught."""

    camera: PartInView

    def __init__(self) -> None:
        super().__init__(Pose(0.35, 0.0, 0.0))
        self.camera = PartInView(self.arm)
        self.arm.move([Pose(0.35, 0.0, 0.2)], CancelToken())
        self.guarded = GuardedCell(self, find_cell("simulated").limits)
        self.guarded.modes.enter(Mode.TEACHING)


@pytest.fixture
def bench() -> Bench:
    """A cell in mode teaching."""
    return Bench()
