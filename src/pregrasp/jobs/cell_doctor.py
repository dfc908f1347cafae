"""Whether a cell has everything it needs, device by device; nothing moves."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from pregrasp.cancellation import CancelToken
from pregrasp.errors import PregraspError
from pregrasp.frames import MM, Pose
from pregrasp.hardware.cameras.grabbing import GrabbingCamera
from pregrasp.hardware.capabilities import Camera, Cell, Clock, GripperReading
from pregrasp.hardware.cell_file import CellFile
from pregrasp.jobs.cells import open_camera, open_cell, open_controller
from pregrasp.jobs.doctor import Finding
from pregrasp.jobs.model_digest import model_digest
from pregrasp.perception.model import load_estimator
from pregrasp.task import Task

if TYPE_CHECKING:
    from pregrasp.hardware.abb.configuration import AbbConfiguration
    from pregrasp.hardware.abb.controller import AbbController

TEST_PICTURES = 5

TOO_DARK, TOO_BRIGHT = 25.0, 230.0
"""Mean grey levels outside of which a camera's exposure cannot be right."""


def examine_cell(file: CellFile, task: Task | None = None) -> Iterator[Finding]:
    """Look at every device of a cell, one thing after the other.

    A device that fails does not hide the others.

    Args:
        file: The cell.
        task: Whose model is looked at too; a simulated cell needs it.
    """
    yield Finding("cell file", True, f"{file.cell}: {file.description or file.file}")
    if file.robot.abb is not None:
        yield from _abb(file.robot.abb, file)
        yield from _real_camera(file)
    else:
        yield from _whole(file, task)
    if task is not None:
        yield _model(task)


# --- Robots --------------------------------------------------------------------------------
def _abb(configuration: AbbConfiguration, file: CellFile) -> Iterator[Finding]:
    try:
        controller = open_controller(configuration)
    except PregraspError as error:
        yield _bad("robot", error)
        return
    try:
        yield from _controller(controller, configuration, file)
    except PregraspError as error:
        yield _bad("robot", error)
    finally:
        controller.close()


def _controller(
    controller: AbbController, configuration: AbbConfiguration, file: CellFile
) -> Iterator[Finding]:
    from pregrasp.hardware.abb.arm import AbbArm
    from pregrasp.hardware.abb.gripper import AbbGripper

    seen = controller.examine()
    yield Finding(
        "robot", True, f"{seen.system} at {configuration.url}, RobotWare {seen.robotware}"
    )
    state = seen.state
    said = f"mode {state.mode}, {state.state}, program {state.execution}"
    try:
        controller.require_ready()
        yield Finding("mode and motors", True, said)
    except PregraspError as error:
        yield Finding("mode and motors", False, said, str(error))
    yield Finding(
        "options and modules",
        not seen.missing,
        f"{len(seen.options)} options, {len(seen.modules)} RAPID modules",
        "; ".join(seen.missing),
    )
    yield from _signals(controller, configuration)
    if configuration.gripper is not None:
        try:
            yield _gripper(AbbGripper(controller).reading())
        except PregraspError as error:
            yield _bad("gripper", error)
    yield _position(AbbArm(controller).pose(), file)
    yield _clock(controller.clock)


def _signals(controller: AbbController, configuration: AbbConfiguration) -> Iterator[Finding]:
    signals = configuration.gripper
    if signals is None:
        remedy = "Add robot.abb.gripper to the cell file."
        yield Finding("signals", False, "the cell file names none", remedy)
        return
    wanted = (signals.close, signals.open, signals.opened, signals.closed, signals.holding)
    names = [name for name in wanted if name is not None]
    try:
        values = [f"{name} {int(controller.digital(name))}" for name in names]
        yield Finding("signals", True, ", ".join(values))
    except PregraspError as error:
        yield _bad("signals", error)


def _gripper(reading: GripperReading) -> Finding:
    held = "holds something" if reading.holding else "holds nothing"
    return Finding("gripper", True, f"{reading.opening / MM:.1f} mm open, {held}")


def _position(pose: Pose, file: CellFile) -> Finding:
    excess, where = file.limits.workspace.excess(pose)
    remedy = f"outside the cell's limits: {where}. It may only move back in."
    return Finding("position", excess <= 0, str(pose), remedy, needed=False)


def _clock(clock: Clock) -> Finding:
    first = clock.now()
    began = time.monotonic()
    while clock.now() == first and time.monotonic() - began < 1.0:
        pass
    step = clock.now() - first
    good = 0.0 < step < 0.01
    return Finding(
        "clock", good, f"goes on by {step * 1e6:.1f} us", "This computer's clock stands."
    )


# --- Cameras -------------------------------------------------------------------------------
def _real_camera(file: CellFile) -> Iterator[Finding]:
    with ExitStack() as resources:
        try:
            camera = open_camera(file, resources)
        except PregraspError as error:
            yield _bad("camera", error)
            return
        yield from _pictures(camera)


def _pictures(camera: Camera) -> Iterator[Finding]:
    width, height = camera.size
    packets = ""
    if isinstance(camera, GrabbingCamera) and camera.packet_bytes is not None:
        packets = f", packets of {camera.packet_bytes} bytes"
    model = f"{camera.model}, " if isinstance(camera, GrabbingCamera) and camera.model else ""
    yield Finding("camera", True, f"{model}{width} x {height} px{packets}")
    times, grey = [], 0.0
    try:
        # The first one starts the camera.
        camera.capture(CancelToken())
        for _ in range(TEST_PICTURES):
            began = time.perf_counter()
            image = camera.capture(CancelToken())
            times.append(time.perf_counter() - began)
            grey = float(image.mean())
    except PregraspError as error:
        yield _bad("pictures", error)
        return
    lost = camera.counters.incomplete if isinstance(camera, GrabbingCamera) else 0
    told = f"{TEST_PICTURES} of {TEST_PICTURES}, {statistics.median(times) * 1e3:.0f} ms each"
    told += f", {lost} incomplete, mean grey {grey:.0f}"
    remedy = "Too dark or too bright: set exposure_ms and gain_db in the cell file."
    yield Finding("pictures", TOO_DARK <= grey <= TOO_BRIGHT, told, remedy)


# --- Simulated cells and models --------------------------------------------------------------
def _whole(file: CellFile, task: Task | None) -> Iterator[Finding]:
    try:
        cell = open_cell(file, task)
    except PregraspError as error:
        yield _bad("simulated cell", error)
        return
    with cell:
        yield Finding("robot", True, "simulated")
        yield from _devices(cell, file)


def _devices(cell: Cell, file: CellFile) -> Iterator[Finding]:
    yield _gripper(cell.gripper.reading())
    yield _position(cell.arm.pose(), file)
    yield from _pictures(cell.camera)


def _model(task: Task) -> Finding:
    try:
        load_estimator(task.model_folder, task.task)
    except PregraspError as error:
        return _bad(f"model of {task.task}", error)
    digest = model_digest(task.model_folder)
    return Finding(f"model of {task.task}", True, f"loads, sha256 {str(digest)[:12]}")


def _bad(name: str, error: PregraspError) -> Finding:
    found = getattr(error, "found", None) or str(error)
    return Finding(name, False, str(found), getattr(error, "remedy", ""))
