"""What every implementation of the capabilities must keep.

A new device joins by adding its fixture to the parameters of `cell`. The cell of real
devices is the one whose ABB controller's address stands in PREGRASP_HARDWARE; its arm moves
around START, so look before you set it.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import MM, Pose
from pregrasp.hardware.abb import AbbConfiguration, AbbGripperSignals, AbbTool, connect
from pregrasp.hardware.abb.arm import AbbArm
from pregrasp.hardware.abb.gripper import AbbGripper
from pregrasp.hardware.capabilities import Arm, Camera, Cell, Clock, Gripper, PathShape
from pregrasp.hardware.errors import DeviceUnavailableError, OutOfReachError
from pregrasp.hardware.simulation.cell import SimulatedCell
from pregrasp.hardware.simulation.irb120_model import TOOL_LENGTH
from pregrasp.hardware.simulation.specification import Part, SimulatedObject
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.server import VirtualControllerServer
from pregrasp.hardware.virtual_controller.signals import GripperWiring

START = Pose(0.35, 0.03, 0.2, 0.1)
NEAR = Pose(0.33, 0.0, 0.22, 0.3)
OUT_OF_REACH = Pose(2.0, 0.0, 0.2, 0.0)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulated(plate_of_session: Part) -> Iterator[SimulatedCell]:
    with SimulatedCell(SimulatedObject(part=plate_of_session), task_folder=Path()) as cell:
        yield cell


@dataclasses.dataclass
class AbbCell:
    """An ABB arm and gripper; the camera is the simulated cell's."""

    name: str
    clock: Clock
    arm: AbbArm
    gripper: AbbGripper
    camera: Camera
    virtual: VirtualController | None = None

    def stop(self) -> None:
        self.arm.stop()

    def close(self) -> None:
        pass


def describe(url: str) -> AbbConfiguration:
    return AbbConfiguration(
        url=url,
        tool=AbbTool(z=TOOL_LENGTH, mass=1.4),
        gripper=AbbGripperSignals(
            close=GripperWiring.CLOSE,
            open=GripperWiring.OPEN,
            opened=GripperWiring.OPENED,
            closed=GripperWiring.CLOSED,
            holding=GripperWiring.HOLDING,
            width_open=82 * MM,
        ),
    )


@pytest.fixture(scope="module")
def virtual_controller(simulated: SimulatedCell) -> Iterator[AbbCell]:
    """The driver, over loopback, moving the arm and the gripper of the simulated cell."""
    clock = simulated.clock
    virtual = VirtualController(simulated.arm, simulated.gripper, clock=clock)
    with (
        VirtualControllerServer(virtual) as server,
        connect(describe(server.url), clock=clock) as controller,
    ):
        arm, gripper = AbbArm(controller), AbbGripper(controller)
        yield AbbCell("loopback", clock, arm, gripper, simulated.camera, virtual)


@pytest.fixture(scope="module")
def real_abb(simulated: SimulatedCell) -> Iterator[AbbCell]:
    url = os.environ.get("PREGRASP_HARDWARE", "")
    if not url.startswith("http"):
        pytest.skip("no robot: set PREGRASP_HARDWARE to the address of an ABB controller")
    with connect(describe(url)) as controller:
        arm, gripper = AbbArm(controller), AbbGripper(controller)
        yield AbbCell("real", controller.clock, arm, gripper, simulated.camera)


@pytest.fixture(
    params=[
        "simulated",
        "virtual_controller",
        pytest.param("real_abb", marks=pytest.mark.hardware),
    ]
)
def cell(request: pytest.FixtureRequest, simulated: SimulatedCell) -> Cell:
    """A cell whose arm stands at START, away from the part."""
    found: Any = request.getfixturevalue(request.param)
    simulated.reset(start=START)
    if request.param == "real_abb":
        found.arm.move([START], CancelToken(), speed=0.2)
    if request.param == "virtual_controller":
        found.gripper.open(CancelToken())
    return found  # type: ignore[no-any-return]


@pytest.fixture
def cancel_on_the_way(cancel_after: Callable[[int], CancelToken]) -> Callable[[Cell], CancelToken]:
    """Makes a token that is cancelled in the middle of the next move."""

    def make(cell: Cell) -> CancelToken:
        virtual = getattr(cell, "virtual", None)
        if isinstance(cell, SimulatedCell):
            return cancel_after(30)
        token = CancelToken()
        if virtual is None:
            threading.Timer(0.3, token.cancel).start()
            return token
        interpreter, steps = virtual.interpreter, itertools.count(1)
        usual, asked = interpreter.on_step, threading.Event()
        virtual.listeners.append(lambda what, value: asked.set() if what == "stop" else None)

        def step() -> None:
            if next(steps) == 30:
                interpreter.on_step = usual
                token.cancel()
                # The way of the request through the network takes no modelled time.
                assert asked.wait(5.0)

        interpreter.on_step = step
        return token

    return make


def test_devices_have_the_capabilities_they_claim(cell: Cell) -> None:
    assert isinstance(cell, Cell)
    assert isinstance(cell.arm, Arm)
    assert isinstance(cell.gripper, Gripper)
    assert isinstance(cell.camera, Camera)
    assert isinstance(cell.clock, Clock)
    assert all((cell.name, cell.arm.name, cell.gripper.name, cell.camera.name))


def test_the_arm_arrives_and_says_where(cell: Cell) -> None:
    reached = cell.arm.move([NEAR], CancelToken())
    assert reached.matrix() == pytest.approx(NEAR.matrix(), abs=1e-5)
    assert cell.arm.pose().matrix() == pytest.approx(reached.matrix(), abs=1e-5)


@pytest.mark.parametrize("shape", PathShape)
def test_the_arm_ends_at_the_last_of_several_goals(cell: Cell, shape: PathShape) -> None:
    reached = cell.arm.move([NEAR, START], CancelToken(), shape=shape)
    assert reached.matrix() == pytest.approx(START.matrix(), abs=1e-5)


def test_checking_does_not_move(cell: Cell) -> None:
    before = cell.arm.pose()
    cell.arm.check([NEAR])
    with pytest.raises(OutOfReachError):
        cell.arm.check([NEAR, OUT_OF_REACH])
    assert cell.arm.pose() == before


@pytest.mark.parametrize("shape", PathShape)
def test_out_of_reach_is_found_before_the_first_motion(cell: Cell, shape: PathShape) -> None:
    before = cell.arm.pose()
    with pytest.raises(OutOfReachError) as caught:
        cell.arm.move([NEAR, OUT_OF_REACH], CancelToken(), shape=shape)
    assert caught.value.device == cell.arm.name
    assert cell.arm.pose() == before


def test_a_move_needs_a_goal(cell: Cell) -> None:
    with pytest.raises(ValueError, match="goal"):
        cell.arm.move([], CancelToken())


def test_a_cancelled_token_starts_nothing(cell: Cell) -> None:
    token = CancelToken()
    token.cancel()
    before = cell.arm.pose()
    with pytest.raises(CancelledError):
        cell.arm.move([NEAR], token)
    with pytest.raises(CancelledError):
        cell.camera.capture(token)
    assert cell.arm.pose() == before


def test_a_move_cancelled_on_its_way_leaves_the_arm_at_rest(
    cell: Cell, cancel_on_the_way: Callable[[Cell], CancelToken]
) -> None:
    with pytest.raises(CancelledError):
        cell.arm.move([NEAR], cancel_on_the_way(cell))
    here = cell.arm.pose()
    cell.clock.wait(threading.Event(), 0.2)
    assert cell.arm.pose().matrix() == pytest.approx(here.matrix(), abs=1e-6)
    assert here.matrix() != pytest.approx(NEAR.matrix(), abs=1e-4)


def test_stopping_twice_and_at_rest_does_no_harm(cell: Cell) -> None:
    for _ in range(2):
        cell.stop()
        cell.arm.stop()
    assert cell.arm.move([NEAR], CancelToken()).matrix() == pytest.approx(NEAR.matrix(), abs=1e-5)


def test_opening_and_closing_may_be_repeated(cell: Cell) -> None:
    gripper, token = cell.gripper, CancelToken()
    opened = [gripper.open(token) for _ in range(2)]
    closed = [gripper.close(token) for _ in range(2)]
    assert opened[0].opening == pytest.approx(opened[1].opening, abs=1e-4)
    assert closed[0].opening == pytest.approx(closed[1].opening, abs=1e-4)
    assert opened[0].opening > closed[0].opening
    assert not opened[0].holding
    assert not closed[1].holding, "nothing is between the fingers"
    assert gripper.reading() == closed[1]
    gripper.open(token)


def test_pictures_are_fresh_owned_and_of_the_promised_size(cell: Cell) -> None:
    first, second = (cell.camera.capture(CancelToken()) for _ in range(2))
    width, height = cell.camera.size
    for image in (first, second):
        assert image.shape == (height, width)
        assert image.dtype == np.uint8
        assert image.flags.writeable
    assert not np.shares_memory(first, second)
    assert (first != second).any(), "a sensor has noise"


def test_pictures_can_be_taken_from_any_thread(cell: Cell) -> None:
    images: list[Any] = []
    workers = [
        threading.Thread(target=lambda: images.append(cell.camera.capture(CancelToken())))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(images) == 2


def test_devices_take_time_and_the_clock_never_goes_back(cell: Cell) -> None:
    times = [cell.clock.now()]
    for act in (
        lambda: cell.arm.move([NEAR], CancelToken()),
        lambda: cell.camera.capture(CancelToken()),
        lambda: cell.gripper.close(CancelToken()),
        lambda: cell.gripper.open(CancelToken()),
    ):
        act()
        times.append(cell.clock.now())
    assert all(later > earlier for earlier, later in pairwise(times))


def test_a_closed_cell_says_so(plate_of_session: Part) -> None:
    cell = SimulatedCell(SimulatedObject(part=plate_of_session), task_folder=Path())
    cell.close()
    cell.close()
    with pytest.raises(DeviceUnavailableError):
        cell.camera.capture(CancelToken())
