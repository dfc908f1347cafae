"""How a real arm misses: it repeats itself far better than it is right.

An arm that is sent to the same pose again comes back within some hundredths of a
millimetre (*repeatability*, ISO 9283), yet that place is tenths of a millimetre from where
its encoders say it is (*accuracy*), because the real links differ from the drawing. The
second error hardly changes over a few millimetres and is a different one on the other side
of the table: a smooth field over the workspace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pregrasp.configuration import quantity
from pregrasp.frames import DEG, MM, MotionCommand, Pose


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotErrors:
    """How far the simulated arm is from where its encoders say it is."""

    repeatability: float = quantity("mm", default=0.02 * MM)
    """Standard deviation per axis, drawn at every arrival [m]."""
    repeatability_rotation: float = quantity("deg", default=0.005 * DEG)
    """Standard deviation about the vertical, drawn at every arrival [rad]."""
    accuracy: float = quantity("mm", default=0.45 * MM)
    """Middle size of the smooth error; it varies by a third over the workspace [m]."""
    accuracy_rotation: float = quantity("deg", default=0.03 * DEG)
    """Typical smooth error about the vertical [rad]."""
    length_scale: float = quantity("mm", default=0.3)
    """Distance over which the smooth error becomes a different one [m]."""
    seed: int = 0
    """Which arm: each has links of its own."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        sizes = (
            self.repeatability,
            self.repeatability_rotation,
            self.accuracy,
            self.accuracy_rotation,
        )
        if min(sizes) < 0 or self.length_scale <= 0:
            raise ValueError("robot errors must not be negative and length_scale_mm positive")

    @classmethod
    def none(cls) -> RobotErrors:
        """An arm that is always exactly where it says it is."""
        return cls(
            repeatability=0.0, repeatability_rotation=0.0, accuracy=0.0, accuracy_rotation=0.0
        )


_TURNING_LEVER = 0.1
"""A tool that turns by one radian changes the error like one that travels this far [m]."""
_WAVES = 24
_MEDIAN_LEAN = 0.25
"""Typical slope of the error against the horizontal [rad]: gravity bends, it does not lift."""


class SmoothError:
    """The absolute error of one arm, the same at every visit.

    Four independent smooth random functions (random Fourier features of a Gaussian kernel,
    Rahimi and Recht 2007) give the size, the heading and the slope of the displacement, and
    the rotation.

    Args:
        errors: The sizes, and which arm.
    """

    def __init__(self, errors: RobotErrors) -> None:
        self._errors = errors
        rng = np.random.default_rng([errors.seed, 0xACC])
        self._frequencies = rng.normal(0.0, 1.0 / errors.length_scale, (4, _WAVES, 5))
        self._phases = rng.uniform(0.0, 2.0 * math.pi, (4, _WAVES))
        self._heading = float(rng.uniform(-math.pi, math.pi))

    def at(self, T_base_tool: Pose) -> Pose:
        """The displacement of the true tool, in the base frame, and its rotation.

        Args:
            T_base_tool: Where the encoders say the tool is.
        """
        tool, lever = T_base_tool, _TURNING_LEVER
        place = np.array(
            [tool.x, tool.y, tool.z, lever * math.cos(tool.theta), lever * math.sin(tool.theta)]
        )
        waves = np.cos(self._frequencies @ place + self._phases).sum(axis=1)
        size, heading, slope, turn = (waves * math.sqrt(2.0 / _WAVES)).tolist()
        # tanh keeps the size between two thirds and four thirds of the middle.
        length = self._errors.accuracy * (1.0 + math.tanh(size) / 3.0)
        azimuth, lean = self._heading + heading, _MEDIAN_LEAN * math.tanh(slope)
        return Pose(
            length * math.cos(lean) * math.cos(azimuth),
            length * math.cos(lean) * math.sin(azimuth),
            length * math.sin(lean),
            self._errors.accuracy_rotation * turn,
        )

    def true_pose(self, T_base_tool: Pose) -> Pose:
        """Where the tool is on average when the encoders say ``T_base_tool``."""
        return displaced(T_base_tool, self.at(T_base_tool))

    def true_placement(self, T_base_part: MotionCommand) -> MotionCommand:
        """Where a part is whose placement was read off the arm's encoders at the table."""
        return self.true_pose(Pose.from_motion(T_base_part)).planar


def displaced(T_base_tool: Pose, error: Pose) -> Pose:
    """A pose shifted in the base frame and turned on the spot."""
    return Pose(
        T_base_tool.x + error.x,
        T_base_tool.y + error.y,
        T_base_tool.z + error.z,
        T_base_tool.theta + error.theta,
    )


def arrival_error(errors: RobotErrors, rng: np.random.Generator) -> Pose:
    """What one arrival adds to the smooth error, in the base frame."""
    dx, dy, dz, turn = rng.normal(size=4).tolist()
    spread = errors.repeatability
    return Pose(spread * dx, spread * dy, spread * dz, errors.repeatability_rotation * turn)
