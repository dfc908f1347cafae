"""What a task says about its part, so that the simulated cell can make one.

Pure configuration: nothing here needs MuJoCo, so tasks load without it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from pregrasp.configuration import quantity
from pregrasp.frames import MM, MotionCommand


class Generator(enum.Enum):
    """Seeded makers of part surfaces."""

    CIRCUIT_BOARD = "circuit_board"
    """A populated board: traces, pads, print, chips and connectors."""
    PLAIN_PLATE = "plain_plate"
    """A brushed metal plate with a few holes: little texture."""
    PAD_GRID = "pad_grid"
    """A regular grid of pads: texture that repeats."""
    MOULDED_COVER = "moulded_cover"
    """A dark plastic cover with ribs, a logo and screw bosses."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Texture:
    """The look of a part from above: either made or photographed."""

    generator: Generator | None = None
    """A seeded maker."""
    seed: int = 0
    """Which one of the maker's many parts."""
    image: Path | None = None
    """A photo of the part's top, cut to its outline; relative to the task's folder."""

    def __post_init__(self) -> None:
        """Check that exactly one source is named."""
        if (self.generator is None) == (self.image is None):
            raise ValueError("a texture needs either a generator or an image")
        if self.seed < 0:
            raise ValueError(f"seed: found {self.seed}, expected 0 or more")


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """A block that stands on the part."""

    x: float = quantity("mm")
    """Centre, in the part's frame [m]."""
    y: float = quantity("mm")
    """Centre, in the part's frame [m]."""
    length: float = quantity("mm")
    """Along the part's x axis [m]."""
    width: float = quantity("mm")
    """Along the part's y axis [m]."""
    height: float = quantity("mm")
    """Above the part's surface [m]."""
    grey: float = 0.15
    """Brightness, 0 black to 1 white."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if min(self.length, self.width, self.height) <= 0 or not 0 <= self.grey <= 1:
            raise ValueError("a component needs positive sizes and a grey between 0 and 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A flat, rectangular part."""

    length: float = quantity("mm")
    """Along x; the gripper closes along this axis [m]."""
    width: float = quantity("mm")
    """Along y [m]."""
    thickness: float = quantity("mm")
    """Without components [m]."""
    mass: float = quantity("g", default=0.08)
    """[kg]"""
    texture: Texture
    """What its top looks like."""
    components: tuple[Component, ...] = ()
    """Blocks on top, beside those that the texture's generator puts there."""

    def __post_init__(self) -> None:
        """Check the sizes against what the simulated gripper can hold."""
        for key, size, least, most in (
            ("length_mm", self.length, 20, 140),
            ("width_mm", self.width, 20, 100),
            ("thickness_mm", self.thickness, 2, 40),
        ):
            if not least * MM <= size <= most * MM:
                raise ValueError(
                    f"{key}: found {size / MM:g}, expected {least} to {most}: "
                    "what the simulated gripper can hold"
                )
        if not 0.001 <= self.mass <= 1.0:
            raise ValueError(f"mass_g: found {self.mass * 1000:g}, expected 1 to 1000")


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedObject:
    """The part of a task and where it lies when the task is taught."""

    part: Part
    """The part."""
    placement: MotionCommand = MotionCommand(374 * MM, 0.0, 0.0)
    """``T_base_part`` on the table at teaching time."""
    table_seed: int = 1
    """Which table the part is taught on; evaluations use others."""

    def __post_init__(self) -> None:
        """Check the seed."""
        if self.table_seed < 0:
            raise ValueError(f"table_seed: found {self.table_seed}, expected 0 or more")
