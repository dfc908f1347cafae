"""Serve a virtual ABB controller, with or without the simulated cell behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pregrasp.configuration import load
from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.jobs.simulated import open_cell
from pregrasp.task import find_task

SERIAL = "VIRTUAL"
"""Serial number of the served camera."""

if TYPE_CHECKING:
    from pregrasp.hardware.virtual_controller.server import VirtualControllerServer


@contextmanager
def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    egm_port: int = 6510,
    task: str | None = None,
    faults: Path | None = None,
    pace: float = 1.0,
    limited: bool = True,
    camera: str | None = None,
) -> Iterator[VirtualControllerServer]:
    """A virtual controller that answers as long as the context lasts.

    Args:
        host: Address to listen at.
        port: TCP port; 0 for a free one.
        egm_port: UDP port that EGM packets are sent to, at the same address.
        task: Whose simulated cell is moved; None for an arm without mass in an empty room.
        faults: A file of what goes wrong.
        pace: Simulated seconds per real second.
        limited: Keep a controller's limit of requests.
        camera: Address of this computer at which the simulated cell's camera is served too, as
            a GigE Vision camera; None serves none.

    Raises:
        DeviceUnavailableError: The port is taken, or a package is not installed; or a camera is
            asked for without a task.
        ConfigurationError: The task, or the file of faults, has mistakes.
    """
    try:
        from pregrasp.hardware.virtual_controller.server import VirtualControllerServer
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "aiohttp":
            raise
        raise DeviceUnavailableError(
            "virtual controller",
            "the package 'aiohttp', which it answers with, is not installed.",
            "Install it: pip install 'pregrasp[virtual-controller]'",
        ) from error
    from pregrasp.hardware.clock import WallClock
    from pregrasp.hardware.gige_server.server import GigeServer
    from pregrasp.hardware.simulation.clock import SimulatedClock
    from pregrasp.hardware.virtual_controller.controller import VirtualController
    from pregrasp.hardware.virtual_controller.faults import FaultPlan
    from pregrasp.hardware.virtual_controller.mechanics import (
        GripperMechanics,
        KinematicArm,
        KinematicGripper,
        Mechanics,
    )
    from pregrasp.hardware.virtual_controller.sessions import MOST_REQUESTS

    planned = load(faults, FaultPlan).faults if faults is not None else ()
    if camera is not None and task is None:
        raise DeviceUnavailableError(
            "camera server", "an empty room has no camera.", "Name a task, whose part it shows."
        )
    with ExitStack() as stack:
        arm: Mechanics
        gripper: GripperMechanics
        if task is None:
            clock = SimulatedClock(pace=pace)
            arm, gripper = KinematicArm(clock), KinematicGripper(clock)
        else:
            cell = stack.enter_context(open_cell(find_task(task), pace=pace))
            arm, gripper = cell.arm, cell.gripper
            if camera is not None:
                stack.enter_context(GigeServer(cell.camera, address=camera, serial=SERIAL))
        controller = VirtualController(arm, gripper, clock=WallClock(), egm=(host, egm_port))
        most = MOST_REQUESTS if limited else None
        server = stack.enter_context(
            VirtualControllerServer(controller, host=host, port=port, most_requests=most)
        )
        for plan in planned:
            server.faults.inject(plan)
        yield server
