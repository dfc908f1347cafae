"""Solids that stand on a part: what gives a picture parallax and cast shadows.

A solid is drawn twice from one description: flat into the part's texture, which is the look
of its top, and as a prism of the part's mesh, whose top face shows that piece of texture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pregrasp.hardware.simulation.specification import Component

Colour = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

ROUND_CORNERS = 20
"""Corners of a prism that stands for a cylinder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Solid:
    """A prism on the part's top, in the part's frame."""

    x: float
    """Centre [m]."""
    y: float
    """Centre [m]."""
    length: float
    """Along x before it is turned [m]."""
    width: float
    """Along y before it is turned [m]."""
    height: float
    """Above the part's top [m]."""
    colour: Colour
    """Of its sides."""
    angle: float = 0.0
    """About the vertical [rad]."""
    round: bool = False
    """An elliptic prism instead of a rectangular one."""
    taper: float = 0.0
    """How far the top's outline lies inside the foot's [m]."""

    def outline(self, inset: float = 0.0) -> npt.NDArray[np.float64]:
        """Corners of the foot, counter-clockwise from above, float64 (N, 2) [m].

        Args:
            inset: How far the corners lie inside the foot [m].
        """
        a = max(0.5 * self.length - inset, 1e-5)
        b = max(0.5 * self.width - inset, 1e-5)
        if self.round:
            turn = np.arange(ROUND_CORNERS) * (2.0 * math.pi / ROUND_CORNERS)
            corners = np.column_stack([a * np.cos(turn), b * np.sin(turn)])
        else:
            corners = np.array([[-a, -b], [a, -b], [a, b], [-a, b]])
        c, s = math.cos(self.angle), math.sin(self.angle)
        turned: npt.NDArray[np.float64] = corners @ np.array([[c, s], [-s, c]])
        turned += np.array([self.x, self.y])
        return turned


def solid_of(component: Component) -> Solid:
    """A block that a task lists, as a solid."""
    grey = round(255 * component.grey)
    return Solid(
        x=component.x,
        y=component.y,
        length=component.length,
        width=component.width,
        height=component.height,
        colour=(grey, grey, grey),
    )
