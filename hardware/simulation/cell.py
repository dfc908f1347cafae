"""The simulated cell: one arm, gripper and camera around one part on a table.

Example::

    with SimulatedCell(task.simulation, task_folder=task.folder) as cell:
        cell.reset(start=task.taught.pregrasp, seed=3)
        image = cell.camera.capture(token)

Devices are for skills; `SimulatedCell.truth` is for whoever judges what the skills did.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MotionCommand, Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.kinematics import forward, tool_of
from pregrasp.hardware.simulation import table
from pregrasp.hardware.simulation.accuracy import RobotErrors
from pregrasp.hardware.simulation.arm import SimulatedArm
from pregrasp.hardware.simulation.camera import SimulatedCamera, dress_scene
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.simulation.conditions import Condition, Scene, draw_scene
from pregrasp.hardware.simulation.gripper import SimulatedGripper
from pregrasp.hardware.simulation.irb120_model import TOOL_LENGTH
from pregrasp.hardware.simulation.lighting import light_scene
from pregrasp.hardware.simulation.part import repaint_part
from pregrasp.hardware.simulation.rendering import PictureMaker
from pregrasp.hardware.simulation.specification import SimulatedObject
from pregrasp.hardware.simulation.truth import Truth
from pregrasp.hardware.simulation.world import OVERVIEW_CAMERA, World

OVERVIEW_SIZE = (1280, 960)
"""Width and height of the pictures for people [px]."""

HOME: Pose = tool_of(forward(irb120.HOME), TOOL_LENGTH)
"""``T_base_tool`` of the arm's home configuration."""


class SimulatedCell:
    """A whole cell in the computer.

    Args:
        scene: The part, and where it lies when the task is taught.
        task_folder: The task's folder, for photographs of the part.
        seed: Of what is random in an episode: scatter of arrivals, noise, disturbances.
        condition: A named disturbance, or the scene of an episode.
        placement: ``T_base_part`` as the arm would read it at the table, which is how a
            person who jogs the jaws round the part finds it; None for the taught one.
        table_seed: Which table; None for the one the task is taught on.
        errors: How the arm misses; None for a usual arm.
        identity: Which cell: camera mounting, lens, and, without ``errors``, which arm.
            Stays the same for the life of a cell, from teaching to the last grasp.
        pace: Simulated seconds per real second, for people who watch; None for as fast as
            the machine can.

    Raises:
        DeviceUnavailableError: There is no OpenGL to draw pictures with.
        ConfigurationError: The part's photograph is missing or cannot be read.
    """

    name = "simulated cell"

    def __init__(
        self,
        scene: SimulatedObject,
        *,
        task_folder: Path,
        seed: int = 0,
        condition: Condition | Scene = Condition.NOMINAL,
        placement: MotionCommand | None = None,
        table_seed: int | None = None,
        errors: RobotErrors | None = None,
        identity: int = 0,
        pace: float | None = None,
    ) -> None:
        self._object = scene
        self._folder = task_folder
        self._table_seed = scene.table_seed if table_seed is None else table_seed
        self._look: tuple[Any, Any] = (scene.part, None)
        self._scene = Scene()
        self._T_base_start = MotionCommand()
        self._clock = SimulatedClock(pace=pace)
        rng = np.random.default_rng(seed)
        self._world = World(
            scene.part, folder=task_folder, table_seed=self._table_seed, camera_seed=identity
        )
        errors = RobotErrors(seed=identity) if errors is None else errors
        self._arm = SimulatedArm(self._world, self._clock, errors, rng)
        self._gripper = SimulatedGripper(self._world, self._clock, self._arm)
        self._truth = Truth(self._world, self._arm.smooth_error)
        self._maker = PictureMaker(self._world)
        self._camera = _CellCamera(
            self._maker, scene.part, rng=rng, clock=self._clock, seed=identity
        )
        self._camera.time = self._clock
        try:
            self.reset(placement=placement, condition=condition, seed=seed)
        except BaseException:
            self.close()
            raise

    @property
    def clock(self) -> SimulatedClock:
        """The cell's time; goes on from episode to episode."""
        return self._clock

    @property
    def arm(self) -> SimulatedArm:
        """The robot arm."""
        return self._arm

    @property
    def gripper(self) -> SimulatedGripper:
        """The gripper on the arm."""
        return self._gripper

    @property
    def camera(self) -> SimulatedCamera:
        """The camera on the arm."""
        return self._camera

    @property
    def truth(self) -> Truth:
        """What is really the case; for evaluations and tests only."""
        return self._truth

    @property
    def scene(self) -> Scene:
        """What is not as usual in this episode; for evaluations and tests only."""
        return self._scene

    def reset(
        self,
        *,
        placement: MotionCommand | None = None,
        table_seed: int | None = None,
        condition: Condition | Scene = Condition.NOMINAL,
        seed: int = 0,
        start: Pose | None = None,
    ) -> None:
        """Begin an episode; nothing may be moving.

        Args:
            placement: ``T_base_part`` as the arm would read it; None for the taught one.
            table_seed: Which table; None for the one that is there.
            condition: A named disturbance, or the scene of an episode.
            seed: Of everything random in the episode.
            start: ``T_base_tool`` at which the arm stands; None for its home.

        Raises:
            OutOfReachError: The start cannot be reached.
        """
        scene_rng, arm_rng, camera_rng = np.random.default_rng([seed, 0xE9]).spawn(3)
        if isinstance(condition, Condition):
            condition = draw_scene(condition, self._object.part, scene_rng)
        self._scene = condition
        read = self._object.placement if placement is None else placement
        self._T_base_start = self._arm.smooth_error.true_placement(read)
        uploads = []
        with self._world.lock:
            if table_seed is not None and table_seed != self._table_seed:
                uploads.append(table.repaint(self._world.model, table_seed))
                self._table_seed = table_seed
            look = (condition.shown(self._object.part), condition.variation)
            if look != self._look:
                uploads.append(
                    repaint_part(self._world.model, look[0], folder=self._folder, variation=look[1])
                )
                self._look = look
            self._world.restart()
            self._world.place_part(*condition.resting_pose(self._object.part, self._T_base_start))
            self._gripper.reset()
            self._arm.reseed(arm_rng)
            self._arm.place(HOME if start is None else start)
        # Uploading needs the lock on the renderer's thread, so it must be free here.
        for upload in uploads:
            self._maker.upload(upload)
        self._camera.show(condition, self._T_base_start, camera_rng)

    def overview(self, size: tuple[int, int] = OVERVIEW_SIZE) -> npt.NDArray[np.uint8]:
        """A picture of the cell for people.

        Args:
            size: Width and height [px].

        Returns:
            uint8 (height, width, 3), red green blue.
        """
        T_base_start = self._T_base_start.matrix()

        def dress(drawn: Any, model: Any, data: Any) -> None:
            dress_scene(drawn, model, self._scene, T_base_start)
            # Shadows are drawn in a square of some decimetres only: round the tool.
            light_scene(drawn, np.array([tool.x, tool.y, 0.0]))

        tool = self._truth.T_base_tool()
        with self._world.lock:
            self._world.refresh()
        shot = self._maker.picture(OVERVIEW_CAMERA, size, dress=dress, smooth=True)
        return np.ascontiguousarray(shot.rgb[::-1])

    def stop(self) -> None:
        """Bring everything that moves to rest; safe from any thread at any time."""
        self._arm.stop()

    def close(self) -> None:
        """Release the devices; calling it again changes nothing."""
        self.stop()
        self._maker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _CellCamera(SimulatedCamera):
    """Tells the clock that it is busy, so that trees wait for its pictures for real."""

    time: SimulatedClock

    def capture(self, token: CancelToken) -> Image:
        """Take one picture."""
        with self.time.working():
            return super().capture(token)
