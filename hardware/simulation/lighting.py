"""The lamps of the simulated cell.

One lamp throws shadows; a second one, opposite, and the light of the room fill them. All
of them are far away, as in a lit hall, and stay where they are when the arm moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

KEY_AZIMUTH = math.radians(-62.0)
"""Where the main lamp stands, seen from above, from the base's x axis [rad]: in front of
the arm, so that the arm's own shadow falls away from what the camera looks at."""
KEY_ELEVATION = math.radians(60.0)
"""How high it stands [rad]."""
FILL_AZIMUTH = math.radians(95.0)
FILL_ELEVATION = math.radians(55.0)

SHADOW_REACH = 0.2
"""Half the side of the square in which shadows are drawn [m]: what a picture shows."""
SHADOW_PIXELS = 2048
"""Side of the shadow map [px]; 0.2 mm a pixel with the reach above."""
_DISTANCE = 1.5
"""From the place that is lit to the lamp; shadows are drawn of what lies between [m]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lamps:
    """How bright the lamps are; 1 lights a white surface fully."""

    key: float = 0.6
    """The lamp that throws shadows."""
    fill: float = 0.2
    """The one opposite, without shadows."""
    ambient: float = 0.3
    """Light from everywhere."""


def add_lights(spec: Any) -> None:
    """Add the two lamps to a model in the making, and the quality of their shadows.

    Where the lamps stand and how bright they are is set for every picture by `light_scene`.

    Args:
        spec: ``mujoco.MjSpec``.
    """
    import mujoco

    spec.visual.headlight.active = 0
    spec.visual.quality.shadowsize = SHADOW_PIXELS
    # Shadows are clipped in units of the model's extent; one metre makes them metres.
    spec.stat.extent = 1.0
    spec.visual.map.shadowclip = SHADOW_REACH
    spec.visual.map.znear = 0.01
    for name, castshadow in (("key", True), ("fill", False)):
        spec.worldbody.add_light(
            name=name,
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            castshadow=castshadow,
            pos=[0.4, 0.0, 1.0],
            dir=[0.0, 0.0, -1.0],
        )


def light_scene(scene: Any, focus: npt.NDArray[np.float64], lamps: Lamps | None = None) -> None:
    """Set the lamps of a scene about to be drawn.

    Args:
        scene: ``mujoco.MjvScene`` after ``mjv_updateScene``.
        focus: Where shadows matter, in base, float64 (3,) [m].
        lamps: How bright they are; None for the usual light.
    """
    lamps = lamps or Lamps()
    places = ((KEY_AZIMUTH, KEY_ELEVATION, lamps.key), (FILL_AZIMUTH, FILL_ELEVATION, lamps.fill))
    for index, (azimuth, elevation, power) in enumerate(places):
        light = scene.lights[index]
        toward = direction(azimuth, elevation)
        light.pos[:] = focus + _DISTANCE * toward
        light.dir[:] = -toward
        # A lamp that throws shadows takes its ambient share along into them.
        light.ambient[:] = 0.0 if index == 0 else lamps.ambient
        light.diffuse[:] = power
        light.specular[:] = 0.4 * power


def direction(azimuth: float, elevation: float) -> npt.NDArray[np.float64]:
    """Unit vector towards a lamp, in base, float64 (3,)."""
    flat = math.cos(elevation)
    return np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])


def on_table_under(
    position: npt.NDArray[np.float64], axes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Where a camera's axis meets the table, in base, float64 (3,) [m].

    Args:
        position: Of the camera, in base, float64 (3,) [m].
        axes: Its right, up and backward axes as columns, in base, float64 (3, 3).
    """
    ahead = -axes[:, 2]
    if ahead[2] > -0.1:  # looks at the horizon: there is no such place
        return np.array([position[0], position[1], 0.0])
    reached: npt.NDArray[np.float64] = position - ahead * (position[2] / ahead[2])
    return reached
