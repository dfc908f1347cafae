from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG
from pregrasp.hardware.abb.configuration import AbbEgm
from pregrasp.hardware.abb.controller import AbbController
from pregrasp.hardware.abb.egm_stream import EgmStream, _towards
from pregrasp.hardware.clock import WallClock
from pregrasp.hardware.errors import (
    ConnectionLostError,
    DeviceUnavailableError,
    EmergencyStopError,
    HardwareError,
    MotionError,
)
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.faults import Fault
from pregrasp.hardware.virtual_controller.mechanics import KinematicArm
from pregrasp.hardware.virtual_controller.server import VirtualControllerServer

pytestmark = pytest.mark.slow


class Rig:
    """A stream in real time; the watchdog is patient, because test machines are slow."""

    def __init__(self, stack: ExitStack, describe: Any) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("", 0))
            port = probe.getsockname()[1]
        self.mechanics = KinematicArm(SimulatedClock(pace=1.0))
        self.virtual = VirtualController(self.mechanics, clock=WallClock(), egm=("127.0.0.1", port))
        self.server = stack.enter_context(VirtualControllerServer(self.virtual))
        egm = AbbEgm(port=port, watchdog=0.4, speed=0.5, deviation=0.1)
        self.controller = stack.enter_context(AbbController(describe(self.server.url, egm=egm)))


@pytest.fixture(scope="module")
def shared(describe: Any) -> Iterator[Rig]:
    with ExitStack() as stack:
        yield Rig(stack, describe)


@pytest.fixture
def rig(shared: Rig) -> Iterator[Rig]:
    yield shared
    shared.server.faults.clear()


def wait_for_error(stream: EgmStream) -> HardwareError:
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        try:
            stream.joints()
        except HardwareError as error:
            return error
        time.sleep(0.01)
    raise AssertionError("the stream went on")


def test_the_joints_are_led_to_a_goal_no_faster_than_allowed(rig: Rig) -> None:
    with EgmStream(rig.controller) as stream:
        start = stream.joints()
        goal = (start[0] + 8 * DEG, *start[1:])
        began = time.monotonic()
        deadline = began + 10.0
        while not stream.arrived(goal):
            stream.lead(goal)
            assert time.monotonic() < deadline
            time.sleep(0.005)
        took = time.monotonic() - began
        assert took >= 8 * DEG / 0.5
        assert stream.packets > 20
    assert rig.virtual.execution == "stopped"
    assert rig.mechanics.joints() == pytest.approx(goal, abs=0.1 * DEG)


def test_without_packets_the_stream_ends_and_the_arm_stands(rig: Rig) -> None:
    with EgmStream(rig.controller) as stream:
        start = stream.joints()
        stream.lead((start[0] - 20 * DEG, *start[1:]))
        rig.server.faults.inject(Fault.EGM_LOSS)
        error = wait_for_error(stream)
    assert isinstance(error, ConnectionLostError)
    assert "no EGM packet came for 400 ms" in str(error)
    assert rig.virtual.execution == "stopped"


def test_an_emergency_stop_is_named_as_the_cause_of_the_silence(rig: Rig) -> None:
    with EgmStream(rig.controller) as stream:
        rig.virtual.press_emergency_stop()
        assert isinstance(wait_for_error(stream), EmergencyStopError)


def test_cancelling_ends_the_stream(rig: Rig) -> None:
    token = CancelToken()
    with EgmStream(rig.controller, token) as stream:
        token.cancel()
        assert "was stopped" in str(wait_for_error(stream))


def test_a_goal_out_of_range_is_refused(rig: Rig) -> None:
    with EgmStream(rig.controller) as stream, pytest.raises(MotionError, match="joint 3"):
        stream.lead((0.0, 0.0, 80 * DEG, 0.0, 90 * DEG, 0.0))


def test_a_taken_port_is_named(rig: Rig) -> None:
    egm = rig.controller.configuration.egm
    assert egm is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", egm.port))
        with pytest.raises(DeviceUnavailableError, match=f"port {egm.port}"):
            EgmStream(rig.controller)


def test_a_step_is_bounded_by_speed_and_by_distance() -> None:
    goal, here = [1.0, 0.5, 0.0], [0.0, 0.0, 0.0]
    assert _towards(here, goal, here, 0.01, 0.1) == pytest.approx([0.01, 0.005, 0.0])
    assert _towards([0.099, 0, 0], goal, here, 0.01, 0.1)[0] == pytest.approx(0.1)
    assert _towards([0.999, 0.5, 0], goal, [0.99, 0.5, 0], 0.01, 0.1) == pytest.approx(goal)
