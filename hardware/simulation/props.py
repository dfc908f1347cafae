"""Things that only show: what lies on and around a part, and what stands in the light.

They are added to a scene as it is drawn and are unknown to the physics, so nothing can
bump into them.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pregrasp.hardware.simulation.components import Colour
from pregrasp.hardware.simulation.lighting import KEY_AZIMUTH, KEY_ELEVATION, direction


class Shape(enum.Enum):
    """Shapes of things."""

    BOX = "box"
    CYLINDER = "cylinder"
    ELLIPSOID = "ellipsoid"
    ROD = "rod"
    """A capsule that lies along its x axis."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """One piece, in the frame of the part as it lay at the start (z up from the table)."""

    shape: Shape
    x: float
    """Middle [m]."""
    y: float
    """Middle [m]."""
    bottom: float
    """Height of its lowest point [m]."""
    length: float
    """Along its x [m]."""
    width: float
    """Along its y [m]."""
    height: float
    """[m]"""
    colour: Colour
    angle: float = 0.0
    """About the vertical [rad]."""
    shadow_at_place: bool = False
    """Whether it hangs between the main lamp and its place, so that its shadow falls there."""

    def moved(self, x: float, y: float, angle: float, bottom: float = 0.0) -> Thing:
        """The thing in a frame that is turned by an angle [rad] and shifted [m]."""
        c, s = math.cos(angle), math.sin(angle)
        return replace(
            self,
            x=x + c * self.x - s * self.y,
            y=y + s * self.x + c * self.y,
            bottom=self.bottom + bottom,
            angle=self.angle + angle,
        )


def place_things(
    scene: Any, things: tuple[Thing, ...], T_base_start: npt.NDArray[np.float64]
) -> None:
    """Add things to a scene about to be drawn.

    Args:
        scene: ``mujoco.MjvScene`` after ``mjv_updateScene``.
        things: What to add.
        T_base_start: Pose of the part at the start, SE(2), float64 (3, 3) [m].
    """
    import mujoco

    kinds = {
        Shape.BOX: mujoco.mjtGeom.mjGEOM_BOX,
        Shape.CYLINDER: mujoco.mjtGeom.mjGEOM_CYLINDER,
        Shape.ELLIPSOID: mujoco.mjtGeom.mjGEOM_ELLIPSOID,
        Shape.ROD: mujoco.mjtGeom.mjGEOM_CAPSULE,
    }
    start = math.atan2(T_base_start[1, 0], T_base_start[0, 0])
    for thing in things:
        if scene.ngeom >= scene.maxgeom:
            return
        x, y, _ = T_base_start @ np.array([thing.x, thing.y, 1.0])
        if thing.shadow_at_place:
            toward = direction(KEY_AZIMUTH, KEY_ELEVATION)
            x, y = np.array([x, y]) + toward[:2] * thing.bottom / toward[2]
        c, s = math.cos(start + thing.angle), math.sin(start + thing.angle)
        turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        size = 0.5 * np.array([thing.length, thing.width, thing.height])
        if thing.shape is Shape.ROD:
            turn = turn @ np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
            radius = 0.5 * thing.width
            size = np.array([radius, max(0.5 * thing.length - radius, 1e-4), 0.0])
        elif thing.shape is Shape.CYLINDER:
            size = np.array([0.5 * thing.length, 0.5 * thing.height, 0.0])
        colour = np.array([*(value / 255.0 for value in thing.colour), 1.0], np.float32)
        mujoco.mjv_initGeom(
            scene.geoms[scene.ngeom],
            kinds[thing.shape],
            size,
            np.array([x, y, thing.bottom + 0.5 * thing.height]),
            turn.ravel(),
            colour,
        )
        # Decorations throw no shadows; things do.
        scene.geoms[scene.ngeom].category = mujoco.mjtCatBit.mjCAT_DYNAMIC
        scene.geoms[scene.ngeom].castshadow = 1
        scene.ngeom += 1


def hide_body(scene: Any, model: Any, name: str) -> None:
    """Leave a body's geoms out of a scene about to be drawn."""
    import mujoco

    body = model.body(name).id
    for index in range(scene.ngeom):
        geom = scene.geoms[index]
        if geom.objtype == mujoco.mjtObj.mjOBJ_GEOM and model.geom_bodyid[geom.objid] == body:
            geom.pos[2] = -10.0  # deep below the floor


def sheet(length: float, width: float, rng: np.random.Generator) -> list[Thing]:
    """A delivery note: a thin pad of paper with printed lines."""
    paper = int(rng.integers(190, 225))
    pieces = [_box(0, 0, 0, length, width, 0.002, (paper, paper, paper - 8))]
    line = -0.5 * width + 0.006
    while line < 0.5 * width - 0.005:
        long = float(rng.uniform(0.4, 0.85)) * length
        x = -0.45 * length + 0.5 * long
        pieces.append(_box(x, line, 0.002, long, 0.0009, 0.0001, (50, 50, 56)))
        line += 0.0042
    return pieces


def carton(length: float, width: float, rng: np.random.Generator) -> list[Thing]:
    """A flat cardboard box with tape and a label."""
    tone = int(rng.integers(-15, 15))
    high = float(rng.uniform(0.006, 0.016))
    label = min(0.4 * length, 0.03)
    return [
        _box(0, 0, 0, length, width, high, (158 + tone, 124 + tone, 86 + tone)),
        _box(0, 0, high, length, 0.16 * width, 0.0002, (184, 160, 124)),
        _box(0.2 * length, 0.3 * width, high, label, 0.2 * width, 0.0002, (222, 222, 220)),
        _box(
            0.2 * length, 0.3 * width, high + 0.0002, 0.8 * label, 0.03 * width, 1e-4, (30, 30, 30)
        ),
    ]


def rubber_block(length: float, width: float, rng: np.random.Generator) -> list[Thing]:
    """A dark pad with ribs."""
    high, dark = float(rng.uniform(0.005, 0.012)), int(rng.integers(30, 60))
    pieces = [_box(0, 0, 0, length, width, high, (dark, dark, dark + 3))]
    ribs = int(length / 0.008)
    for rib in range(ribs):
        x = (rib + 0.5) / ribs * length - 0.5 * length
        pieces.append(_box(x, 0, high, 0.003, 0.92 * width, 0.0015, (dark + 22,) * 3))
    return pieces


def nut(rng: np.random.Generator) -> list[Thing]:
    """A nut or washer with its hole."""
    size, high = float(rng.uniform(0.007, 0.018)), float(rng.uniform(0.0015, 0.008))
    steel = int(rng.integers(120, 190))
    return [
        _round(0, 0, 0, size, high, (steel, steel, steel)),
        _round(0, 0, high, 0.82 * size, 0.0001, (steel - 25,) * 3),
        _round(0, 0, high + 0.0001, 0.5 * size, 0.0001, (28, 28, 28)),
    ]


def screw(rng: np.random.Generator) -> list[Thing]:
    """A screw that lies on its side."""
    long, thick = float(rng.uniform(0.014, 0.036)), float(rng.uniform(0.003, 0.006))
    steel = int(rng.integers(90, 180))
    shaft = Thing(
        shape=Shape.ROD, x=0, y=0, bottom=0.3 * thick, length=long, width=thick, height=thick,
        colour=(steel, steel, steel),
    )  # fmt: skip
    head = _box(-0.5 * long, 0, 0, 0.9 * thick, 1.8 * thick, 1.6 * thick, (steel - 12,) * 3)
    return [shaft, head]


def module(rng: np.random.Generator) -> list[Thing]:
    """A small circuit board of another kind."""
    length, width = rng.uniform(0.016, 0.032, 2).tolist()
    mask: Colour = ((20, 80, 50), (20, 50, 100), (96, 26, 28))[int(rng.integers(3))]
    pieces = [_box(0, 0, 0, length, width, 0.0016, mask)]
    for _ in range(int(rng.integers(6, 14))):
        x, y = rng.uniform(-0.38, 0.38, 2) * [length, width]
        a, b = rng.uniform(0.0012, 0.006, 2).tolist()
        grey = int(rng.choice([38, 60, 190, 210]))
        pieces.append(
            _box(float(x), float(y), 0.0016, a, b, float(rng.uniform(0.0004, 0.003)), (grey,) * 3)
        )
    return pieces


def pen(rng: np.random.Generator) -> list[Thing]:
    """A marker pen."""
    colour: Colour = ((40, 60, 150), (150, 40, 40), (40, 40, 44), (200, 190, 60))[
        int(rng.integers(4))
    ]
    long, thick = float(rng.uniform(0.09, 0.13)), float(rng.uniform(0.008, 0.012))
    body = Thing(
        shape=Shape.ROD, x=0, y=0, bottom=0, length=long, width=thick, height=thick, colour=colour
    )
    cap = replace(
        body, x=0.36 * long, length=0.36 * long, width=1.15 * thick, colour=(205, 205, 205)
    )
    return [body, cap]


def _box(
    x: float, y: float, bottom: float, length: float, width: float, height: float, colour: Colour
) -> Thing:
    return Thing(
        shape=Shape.BOX, x=x, y=y, bottom=bottom, length=length, width=width, height=height,
        colour=colour,
    )  # fmt: skip


def _round(x: float, y: float, bottom: float, size: float, height: float, colour: Colour) -> Thing:
    return Thing(
        shape=Shape.CYLINDER, x=x, y=y, bottom=bottom, length=size, width=size, height=height,
        colour=colour,
    )  # fmt: skip
