from __future__ import annotations

from collections.abc import Iterator

import abb_motion_program_exec as abb
import pytest
from abb_robot_client.rws import RWS

from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.mechanics import KinematicArm, KinematicGripper
from pregrasp.hardware.virtual_controller.server import VirtualControllerServer


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(linger=0.001)


@pytest.fixture
def virtual(clock: SimulatedClock) -> VirtualController:
    return VirtualController(KinematicArm(clock), KinematicGripper(clock), clock=clock)


@pytest.fixture
def server(virtual: VirtualController) -> Iterator[VirtualControllerServer]:
    """Without a limit of requests: the client package keeps none."""
    with VirtualControllerServer(virtual, most_requests=None) as server:
        yield server


@pytest.fixture
def rws(server: VirtualControllerServer) -> Iterator[RWS]:
    """The released client, as it is."""
    client = RWS(server.url)
    yield client
    client.close()


@pytest.fixture
def client(rws: RWS) -> abb.MotionProgramExecClient:
    """The released client of motion programs, as it is."""
    return abb.MotionProgramExecClient(abb_client=rws)
