from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from pregrasp.frames import MM
from pregrasp.hardware.abb.arm import AbbArm
from pregrasp.hardware.abb.configuration import (
    AbbConfiguration,
    AbbGripperSignals,
    AbbNetwork,
    AbbTool,
)
from pregrasp.hardware.abb.controller import AbbController
from pregrasp.hardware.abb.gripper import AbbGripper
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.mechanics import KinematicArm, KinematicGripper
from pregrasp.hardware.virtual_controller.server import VirtualControllerServer

Describe = Callable[..., AbbConfiguration]


class Loopback:
    """A driver and the virtual controller it talks to, in one modelled time."""

    def __init__(self, stack: ExitStack, describe: Describe) -> None:
        # Nothing is computed beside the devices, so time need not linger for it.
        self.clock = SimulatedClock(linger=0.001)
        self.mechanics = KinematicArm(self.clock)
        self.fingers = KinematicGripper(self.clock)
        self.virtual = VirtualController(self.mechanics, self.fingers, clock=self.clock)
        self.server = stack.enter_context(VirtualControllerServer(self.virtual))
        self.configuration = describe(self.server.url)
        self.controller = stack.enter_context(AbbController(self.configuration, clock=self.clock))
        self.arm = AbbArm(self.controller)
        self.gripper = AbbGripper(self.controller)

    @property
    def faults(self) -> object:
        return self.server.faults


@pytest.fixture(scope="session")
def describe() -> Describe:
    def make(url: str, **changes: object) -> AbbConfiguration:
        return AbbConfiguration(
            url=url,
            tool=AbbTool(z=165 * MM, mass=1.4),
            gripper=AbbGripperSignals(
                close="doGripperClose",
                open="doGripperOpen",
                opened="diGripperOpened",
                closed="diGripperClosed",
                holding="diPartInGripper",
                width_open=84 * MM,
            ),
            network=AbbNetwork(connect_timeout=1.0, answer_timeout=1.0),
            **changes,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture(scope="session")
def shared_loopback(describe: Describe) -> Iterator[Loopback]:
    with ExitStack() as stack:
        yield Loopback(stack, describe)


@pytest.fixture
def loopback(shared_loopback: Loopback) -> Iterator[Loopback]:
    """A loopback without faults, and without requests in the last second."""
    shared_loopback.clock.advance(2.0)
    yield shared_loopback
    shared_loopback.server.faults.clear()
