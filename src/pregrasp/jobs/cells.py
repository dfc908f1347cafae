"""From a cell file to open devices behind their limits.

Nothing of a vendor is imported before a cell file asks for it; a missing package is an error
with the line that installs it.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from pregrasp.hardware.capabilities import Arm, Camera, Cell, Clock, Gripper
from pregrasp.hardware.cell_file import SIMULATED, CellFile, find_cell
from pregrasp.hardware.clock import WallClock
from pregrasp.hardware.device_cell import DeviceCell
from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.secrets import find_secret
from pregrasp.hardware.sole_user import become_sole_user
from pregrasp.jobs import simulated
from pregrasp.task import Task

if TYPE_CHECKING:
    from pregrasp.hardware.abb.configuration import AbbConfiguration
    from pregrasp.hardware.abb.controller import AbbController
    from pregrasp.hardware.simulation.cell import SimulatedCell


def open_cell(file: CellFile, task: Task | None = None, *, seed: int = 0) -> GuardedCell:
    """Open every device of a cell, behind the cell's limits and modes.

    Args:
        file: The cell.
        task: Whose part lies in it; only a simulated cell needs to know.
        seed: Of a simulated cell's randomness.

    Returns:
        The cell in mode idle; a context manager that closes it.

    Raises:
        HardwareError: A device is missing or not ready; those that were open are closed.
        NotSimulatedError: The cell is simulated and the task does not describe its part.
    """
    with ExitStack() as resources:
        cell = _open(file, task, seed, resources)
        resources.pop_all()
    return GuardedCell(cell, file.limits)


def at_the_speed_of_life(file: CellFile) -> CellFile:
    """A cell for people who watch: simulated time runs with the wall unless the file says how.

    A real cell is as it was.
    """
    robot = file.robot.simulated
    if robot is None or robot.pace is not None:
        return file
    return replace(file, robot=replace(file.robot, simulated=replace(robot, pace=1.0)))


def guard(cell: SimulatedCell) -> GuardedCell:
    """Put the limits of the cell file ``simulated`` around a cell that is open already."""
    return GuardedCell(cell, find_cell(SIMULATED).limits)


def _open(file: CellFile, task: Task | None, seed: int, resources: ExitStack) -> Cell:
    if file.robot.simulated is not None:
        robot = file.robot.simulated
        if task is None:
            raise DeviceUnavailableError(
                file.cell, "a simulated cell needs a task, whose part lies in it."
            )
        cell = simulated.open_cell(task, seed=seed, identity=robot.identity, pace=robot.pace)
        if file.camera.simulated is not None:
            return cell
        resources.callback(cell.close)
        devices: tuple[Clock, Arm, Gripper] = (cell.clock, cell.arm, cell.gripper)
    else:
        devices = _open_robot(file, resources)
    clock, arm, gripper = devices
    camera = open_camera(file, resources)
    return DeviceCell(
        file.cell,
        clock=clock,
        arm=arm,
        gripper=gripper,
        camera=camera,
        resources=resources.pop_all(),
    )


def open_controller(configuration: AbbConfiguration) -> AbbController:
    """Log in to an ABB controller, with the password from the environment or a keyring.

    Raises:
        DeviceUnavailableError: It is not there, is another kind, or a package is missing.
    """
    from pregrasp.hardware.abb import connect

    secret = find_secret(configuration.password_variable)
    password = None if secret is None else lambda: secret
    return connect(configuration, clock=WallClock(), password=password)


def _open_robot(file: CellFile, resources: ExitStack) -> tuple[Clock, Arm, Gripper]:
    configuration = file.robot.abb
    if configuration is None:
        raise ValueError("a cell file has one robot")
    resources.enter_context(become_sole_user(file.cell, configuration.url))
    controller = open_controller(configuration)
    resources.callback(controller.close)
    # They need the packages of the extra, which `open_controller` has found.
    from pregrasp.hardware.abb.arm import AbbArm
    from pregrasp.hardware.abb.gripper import AbbGripper

    return controller.clock, AbbArm(controller), AbbGripper(controller)


def open_camera(file: CellFile, resources: ExitStack) -> Camera:
    """Open the camera of a cell whose camera is a device of its own.

    Args:
        file: The cell.
        resources: Releases the camera in the end.

    Raises:
        DeviceUnavailableError: It is not there, refuses a setting, or a package is missing.
    """
    choice = file.camera
    if choice.folder is not None:
        from pregrasp.hardware.cameras.folder import FolderCamera

        folder = FolderCamera(choice.folder)
        resources.callback(folder.close)
        return folder
    if choice.aravis is not None:
        from pregrasp.hardware.cameras.aravis import open_aravis

        camera = open_aravis(choice.aravis)
    elif choice.pyspin is not None:
        from pregrasp.hardware.cameras.pyspin import open_pyspin

        camera = open_pyspin(choice.pyspin)
    else:
        raise ValueError("a cell file has one camera")
    resources.callback(camera.close)
    return camera
