"""The eye-in-hand camera of the simulated cell."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MotionCommand
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.simulation.conditions import Scene
from pregrasp.hardware.simulation.light_field import look_at_plane, mirrored_light, ramp_light
from pregrasp.hardware.simulation.lighting import light_scene, on_table_under
from pregrasp.hardware.simulation.optics import Sensor, draw_lens
from pregrasp.hardware.simulation.part import PART_BODY
from pregrasp.hardware.simulation.props import hide_body, place_things
from pregrasp.hardware.simulation.rendering import PictureMaker
from pregrasp.hardware.simulation.specification import Part

CAMERA = "eye_in_hand"
"""Name of the camera in the model."""
SIZE = (1600, 1200)
"""Width and height of its pictures [px]."""
MOUNT = (0.003, -0.055, 0.06)
"""Where the lens sits in the tool frame [m]."""
HALF_HEIGHT = 0.084 / 0.26
"""Tangent of half the vertical opening: 168 mm are seen at a distance of 260 mm."""
EXPOSURE = 0.02
"""Modelled [s]."""
READOUT = 0.08
"""Trigger, transfer and handing over, modelled [s]."""
COVERED = 0.02
"""Share of the light that a covered lens lets through."""


class AdvancingClock(Protocol):
    """A clock whose time is made by the devices."""

    def advance(self, seconds: float) -> None:
        """Let time pass [s]."""


def add_camera(spec: Any, body: str = "tool", *, seed: int = 0) -> None:
    """Fix the camera to a body, a little askew, as every real one is.

    Args:
        spec: ``mujoco.MjSpec``.
        body: The tool's body: tool centre point, z up.
        seed: Which mounting: up to 1.5 deg about the optical axis and 1 deg of tilt.
    """
    import mujoco

    rng = np.random.default_rng([seed, 51])
    turn = math.radians(rng.uniform(-1.5, 1.5))
    tilt, toward = math.radians(rng.uniform(0.3, 1.0)), rng.uniform(0.0, 2.0 * math.pi)
    about_axis, askew, quat = np.empty(4), np.empty(4), np.empty(4)
    mujoco.mju_axisAngle2Quat(about_axis, np.array([0.0, 0.0, 1.0]), turn)
    mujoco.mju_axisAngle2Quat(askew, np.array([math.cos(toward), math.sin(toward), 0.0]), tilt)
    mujoco.mju_mulQuat(quat, askew, about_axis)
    spec.body(body).add_camera(
        name=CAMERA,
        pos=list(MOUNT),
        quat=quat.tolist(),
        fovy=math.degrees(2.0 * math.atan(HALF_HEIGHT)),
    )


class SimulatedCamera:
    """Takes the pictures of the camera that `add_camera` fixed to the tool.

    Do not hold the world's lock while calling it: the pictures are drawn on another thread,
    which needs the lock.

    Args:
        maker: Draws the world.
        part: The task's part; only what disturbs the light needs to know it.
        seed: Which lens; the same cell always has the same.
        rng: Where the noise of the pictures comes from.
        clock: Is advanced by `EXPOSURE` and `READOUT` for every picture.
        name: For messages.
    """

    def __init__(
        self,
        maker: PictureMaker,
        part: Part,
        *,
        rng: np.random.Generator,
        clock: AdvancingClock,
        seed: int = 0,
        name: str = "camera",
    ) -> None:
        self.name = name
        self._maker = maker
        self._part = part
        self._clock = clock
        self._sensor = Sensor(SIZE, draw_lens(np.random.default_rng([seed, 52])), rng)
        self._scene = Scene()
        self._T_base_start = MotionCommand().matrix()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""
        return SIZE

    def show(
        self, scene: Scene, T_base_part: MotionCommand, rng: np.random.Generator | None = None
    ) -> None:
        """Begin an episode.

        Args:
            scene: What is not as usual.
            T_base_part: Where the part lies as the episode begins; what lies about stays
                there when the part is moved.
            rng: Where the noise comes from from now on; None for no change.
        """
        self._scene = scene
        self._T_base_start = T_base_part.matrix()
        if rng is not None:
            self._sensor.rng = rng

    def capture(self, token: CancelToken) -> Image:
        """Take one picture.

        Returns:
            uint8 (1200, 1600), owned by the caller.

        Raises:
            CancelledError: The token was cancelled.
            DeviceUnavailableError: The renderer was closed.
        """
        token.raise_if_cancelled()
        scene, T_base_start = self._scene, self._T_base_start
        part_pose: list[npt.NDArray[np.float64]] = []

        def dress(drawn: Any, model: Any, data: Any) -> None:
            body = model.body(PART_BODY).id
            part_pose.extend((data.xpos[body].copy(), data.xmat[body].reshape(3, 3).copy()))
            camera = model.camera(CAMERA).id
            axes = data.cam_xmat[camera].reshape(3, 3)
            dress_scene(drawn, model, scene, T_base_start)
            light_scene(drawn, on_table_under(data.cam_xpos[camera], axes))

        shot = self._maker.picture(CAMERA, SIZE, dress=dress)
        self._clock.advance(EXPOSURE + READOUT)
        view = look_at_plane(
            shot.camera_position, shot.camera_axes, HALF_HEIGHT, self._part.thickness
        )
        light = ramp_light(view, scene.ramp, T_base_start) if scene.ramp else None
        glare = None
        if scene.lamps:
            outline = _outline(self._part, *part_pose)
            glare = mirrored_light(view, scene.lamps, T_base_start, outline, 1.0)
        return self._sensor.expose(
            shot.rgb,
            gain=scene.brightness * (COVERED if scene.covered else 1.0),
            light=light,
            glare=None if scene.covered else glare,
            blur=scene.blur,
        )


def dress_scene(
    drawn: Any, model: Any, scene: Scene, T_base_start: npt.NDArray[np.float64]
) -> None:
    """Add what a scene shows to a picture about to be drawn, and leave out what it lacks.

    Args:
        drawn: ``mujoco.MjvScene`` after ``mjv_updateScene``.
        model: ``mujoco.MjModel``.
        scene: The scene.
        T_base_start: Pose of the part at the start, SE(2), float64 (3, 3) [m].
    """
    if not scene.object_present:
        hide_body(drawn, model, PART_BODY)
    place_things(drawn, scene.things, T_base_start)


def _outline(
    part: Part, position: npt.NDArray[np.float64], axes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Corners of the part as it lies, counter-clockwise, in base, float64 (4, 2) [m]."""
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    corners = position[:2] + (0.5 * np.array([part.length, part.width]) * signs) @ axes[:2, :2].T
    # A part on its face is seen mirrored.
    return corners if axes[2, 2] > 0 else corners[::-1]
