"""The conditions of an evaluation, and the scenes that are drawn from them.

A `Condition` is a name; a `Scene` is what it means in one episode. How strong a disturbance
is differs from scene to scene and comes from the generator that is handed in.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import MotionCommand
from pregrasp.hardware.simulation import props
from pregrasp.hardware.simulation.light_field import MirroredLamp, Ramp
from pregrasp.hardware.simulation.props import Shape, Thing
from pregrasp.hardware.simulation.specification import Generator, Part, Texture
from pregrasp.hardware.simulation.textures.look import PartVariation


class Condition(enum.Enum):
    """What an episode may be disturbed by."""

    NOMINAL = "nominal"
    DIM = "dim"
    BRIGHT = "bright"
    RAMP = "ramp"
    HARD_SHADOW = "hard_shadow"
    GLARE = "glare"
    OCCLUDED_30 = "occluded_30"
    OCCLUDED_60 = "occluded_60"
    PARTIAL_VIEW = "partial_view"
    DEFOCUS = "defocus"
    CLUTTER = "clutter"
    PART_VARIATION = "part_variation"
    NO_OBJECT = "no_object"
    WRONG_OBJECT = "wrong_object"
    UPSIDE_DOWN = "upside_down"
    LENS_COVERED = "lens_covered"

    @property
    def description(self) -> str:
        """One line for people."""
        return _DESCRIPTIONS[self]

    @property
    def graspable(self) -> bool:
        """Whether the part is there and can be grasped; where not, only refusing is right."""
        return self not in _HOPELESS

    @property
    def part_there(self) -> bool:
        """Whether any part lies in the cell, be it the wrong one."""
        return self is not Condition.NO_OBJECT


_DESCRIPTIONS = {
    Condition.NOMINAL: "the part on a table, in the light of the hall",
    Condition.DIM: "a quarter to a half of the light",
    Condition.BRIGHT: "one and a half to twice the light; white areas saturate",
    Condition.RAMP: "light that grows several times from one side of the picture to the other",
    Condition.HARD_SHADOW: "the sharp shadow of something else falls across the part",
    Condition.GLARE: "lamps mirror in the part and wander as the camera moves",
    Condition.OCCLUDED_30: "something lies on the part and hides about 30 % of it",
    Condition.OCCLUDED_60: "something lies on the part and hides about 60 % of it",
    Condition.PARTIAL_VIEW: "at the start most of the part is outside the picture",
    Condition.DEFOCUS: "the lens is out of focus",
    Condition.CLUTTER: "other small parts lie around",
    Condition.PART_VARIATION: "another individual: parts missing, other labels, shade, scratches",
    Condition.NO_OBJECT: "the table is empty",
    Condition.WRONG_OBJECT: "another part of the same size lies there",
    Condition.UPSIDE_DOWN: "the part lies on its face",
    Condition.LENS_COVERED: "the lens is covered",
}

_HOPELESS = {
    Condition.NO_OBJECT,
    Condition.WRONG_OBJECT,
    Condition.UPSIDE_DOWN,
    Condition.LENS_COVERED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Everything about one episode that is not as it was taught."""

    condition: Condition = Condition.NOMINAL
    """Where it comes from."""
    brightness: float = 1.0
    """Factor on all light."""
    ramp: Ramp | None = None
    """Uneven light."""
    lamps: tuple[MirroredLamp, ...] = ()
    """Lamps that mirror in the part."""
    things: tuple[Thing, ...] = ()
    """What lies about or stands in the light, in the part's frame at the start."""
    blur: float | None = None
    """Point spread of a lens out of focus, one sigma [px]."""
    covered: bool = False
    """Whether the lens is covered."""
    object_present: bool = True
    """Whether there is a part at all."""
    upside_down: bool = False
    """Whether it lies on its face."""
    other_part: Part | None = None
    """The part that lies there instead."""
    variation: PartVariation | None = None
    """Which individual lies there; None for the part as designed."""
    visible_share: float | None = None
    """How much of the part the first picture shows; None for a start like any other."""

    def shown(self, part: Part) -> Part:
        """The part that lies there when the task's own is ``part``."""
        return self.other_part or part

    def resting_pose(
        self, part: Part, T_base_part: MotionCommand
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Where the part's body is to be put at the start.

        Args:
            part: The task's part.
            T_base_part: Where it is meant to lie.

        Returns:
            Position, float64 (3,) [m], and quaternion, w first, float64 (4,), in base.
        """
        half = 0.5 * T_base_part.theta
        c, s = math.cos(half), math.sin(half)
        if not self.object_present:
            return np.array([-0.1, 0.5, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])
        if self.upside_down:
            # Half a turn about the part's x axis, then about the vertical.
            return np.array([T_base_part.x, T_base_part.y, part.thickness]), np.array(
                [0.0, c, s, 0.0]
            )
        return np.array([T_base_part.x, T_base_part.y, 0.0]), np.array([c, 0.0, 0.0, s])


def draw_scene(condition: Condition, part: Part, rng: np.random.Generator) -> Scene:
    """One scene of a condition; everyday light differs by a few per cent in all of them.

    Args:
        condition: Which.
        part: The task's part; its size decides where things lie.
        rng: Where the strengths come from.
    """
    scene = Scene(condition=condition, brightness=float(np.clip(rng.normal(1.0, 0.03), 0.92, 1.08)))
    return _DRAWERS[condition](scene, part, rng)


def start_offset(
    share: float,
    part: Part,
    rng: np.random.Generator,
    *,
    view: tuple[float, float] = (0.224, 0.168),
) -> MotionCommand:
    """``T_pregrasp_start`` of a start at which only a share of the part is in the picture.

    It assumes that the part is in the middle of the picture at the pregrasp pose.

    Args:
        share: Of the part's area, 0 to 1.
        part: The part.
        rng: Chooses the direction.
        view: Width and height of what the camera sees [m].
    """
    turn = rng.uniform(-math.pi, math.pi)
    along = np.array([math.cos(turn), math.sin(turn)])
    corners = 0.5 * np.array([part.length, part.width]) * _SIGNS
    window = 0.5 * np.array(view) * _SIGNS
    near, far = 0.0, 0.3
    for _ in range(30):
        middle = 0.5 * (near + far)
        if _overlap(corners, window + middle * along) > share * part.length * part.width:
            near = middle
        else:
            far = middle
    return MotionCommand(float(near * along[0]), float(near * along[1]), 0.0)


_SIGNS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)


def _overlap(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    # Millimetres: OpenCV's polygons are float32 and merge points that are closer than 1e-4.
    area, _ = cv2.intersectConvexConvex(
        (1e3 * first).astype(np.float32), (1e3 * second).astype(np.float32)
    )
    return 1e-6 * float(area)


def _occluded(share: float) -> Callable[[Scene, Part, np.random.Generator], Scene]:
    def draw(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
        wanted = float(np.clip(rng.normal(share, 0.03), 0.1, 0.9))
        length, width = rng.uniform(0.8, 1.1, 2) * 1.5 * max(part.length, part.width)
        toward, turn = rng.uniform(-math.pi, math.pi), rng.uniform(-math.pi, math.pi)
        c, s = math.cos(turn), math.sin(turn)
        shape = (0.5 * np.array([length, width]) * _SIGNS) @ np.array([[c, s], [-s, c]])
        corners = 0.5 * np.array([part.length, part.width]) * _SIGNS
        along = np.array([math.cos(toward), math.sin(toward)])
        near, far = 0.0, 0.4
        for _ in range(30):
            middle = 0.5 * (near + far)
            if _overlap(corners, shape + middle * along) > wanted * part.length * part.width:
                near = middle
            else:
                far = middle
        maker = (props.sheet, props.carton, props.rubber_block)[int(rng.integers(3))]
        x, y = (near * along).tolist()
        rest = part.thickness + 0.0095  # on the tallest component
        things = tuple(t.moved(x, y, turn, rest) for t in maker(length, width, rng))
        return replace(scene, things=scene.things + things)

    return draw


def _hard_shadow(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    """A plate near the lamp, out of the camera's sight, with one edge above the part."""
    side, height = 0.5, 0.55
    turn = rng.uniform(-math.pi, math.pi)
    edge = rng.uniform(-0.25, 0.25, 2) * [part.length, part.width]
    x, y = edge + 0.5 * side * np.array([math.cos(turn), math.sin(turn)])
    plate = Thing(
        shape=Shape.BOX, x=float(x), y=float(y), bottom=height, length=side, width=side,
        height=0.003, colour=(60, 60, 60), angle=turn, shadow_at_place=True,
    )  # fmt: skip
    return replace(scene, things=(*scene.things, plate))


def _clutter(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    reach = 0.5 * math.hypot(part.length, part.width)
    makers = (props.nut, props.screw, props.module, props.nut, props.pen, props.screw)
    things: list[Thing] = []
    taken: list[tuple[float, float]] = []
    for _ in range(int(rng.integers(7, 14))):
        maker = makers[int(rng.integers(len(makers)))]
        away = reach + (0.07 if maker is props.pen else rng.uniform(0.02, 0.06))
        toward = rng.uniform(-math.pi, math.pi)
        x, y = away * math.cos(toward), away * math.sin(toward)
        if any(math.hypot(x - a, y - b) < 0.028 for a, b in taken):
            continue
        taken.append((x, y))
        # Long things lie across the line to the part, so that they do not reach it.
        turn = toward + 0.5 * math.pi + rng.normal(0.0, 0.25)
        things += [thing.moved(x, y, turn) for thing in maker(rng)]
    return replace(scene, things=scene.things + tuple(things))


def _wrong_object(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    own = part.texture.generator
    kinds = [kind for kind in Generator if kind is not own]
    # Half of the time a sibling: the same kind of part with another layout.
    kind = own if own and rng.random() < 0.5 else kinds[int(rng.integers(len(kinds)))]
    texture = Texture(generator=kind, seed=part.texture.seed + int(rng.integers(1, 900)))
    return replace(scene, other_part=replace(part, texture=texture, components=()))


def _glare(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    lamps = tuple(
        MirroredLamp(
            x=float(rng.uniform(-0.9, 0.9) * part.length),
            y=float(rng.uniform(-0.9, 0.9) * part.width),
            height=float(rng.uniform(0.8, 1.6)),
            radius=float(rng.uniform(0.006, 0.014)),
            strength=float(rng.uniform(250.0, 600.0)),
        )
        for _ in range(int(rng.integers(1, 4)))
    )
    return replace(scene, lamps=lamps)


def _ramp(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    turn, slope = rng.uniform(-math.pi, math.pi), rng.uniform(4.0, 7.0)
    ramp = Ramp(slope_x=float(slope * math.cos(turn)), slope_y=float(slope * math.sin(turn)))
    return replace(scene, ramp=ramp)


def _scaled(low: float, high: float) -> Callable[[Scene, Part, np.random.Generator], Scene]:
    def draw(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
        return replace(scene, brightness=float(rng.uniform(low, high)))

    return draw


def _with(**changes: Any) -> Callable[[Scene, Part, np.random.Generator], Scene]:
    return lambda scene, part, rng: replace(scene, **changes)


def _defocus(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    return replace(scene, blur=float(rng.uniform(2.5, 5.0)))


def _partial(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    return replace(scene, visible_share=float(rng.uniform(0.25, 0.5)))


def _individual(scene: Scene, part: Part, rng: np.random.Generator) -> Scene:
    return replace(scene, variation=PartVariation(seed=int(rng.integers(1, 2**31))))


_DRAWERS: dict[Condition, Callable[[Scene, Part, np.random.Generator], Scene]] = {
    Condition.NOMINAL: _with(),
    Condition.DIM: _scaled(0.25, 0.5),
    Condition.BRIGHT: _scaled(1.5, 2.0),
    Condition.RAMP: _ramp,
    Condition.HARD_SHADOW: _hard_shadow,
    Condition.GLARE: _glare,
    Condition.OCCLUDED_30: _occluded(0.3),
    Condition.OCCLUDED_60: _occluded(0.6),
    Condition.PARTIAL_VIEW: _partial,
    Condition.DEFOCUS: _defocus,
    Condition.CLUTTER: _clutter,
    Condition.PART_VARIATION: _individual,
    Condition.NO_OBJECT: _with(object_present=False),
    Condition.WRONG_OBJECT: _wrong_object,
    Condition.UPSIDE_DOWN: _with(upside_down=True),
    Condition.LENS_COVERED: _with(covered=True),
}
