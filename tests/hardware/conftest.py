from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.hardware.capabilities import PathShape
from pregrasp.hardware.simulation.accuracy import RobotErrors
from pregrasp.hardware.simulation.arm import SimulatedArm
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.simulation.gripper import SimulatedGripper
from pregrasp.hardware.simulation.specification import Generator, Part, Texture
from pregrasp.hardware.simulation.truth import Truth
from pregrasp.hardware.simulation.world import World

PLATE = Part(
    length=80 * MM,
    width=60 * MM,
    thickness=4 * MM,
    mass=0.07,
    texture=Texture(generator=Generator.CIRCUIT_BOARD, seed=3),
)


@dataclasses.dataclass
class Bench:
    """Arm, gripper and part without a camera, so without OpenGL."""

    world: World
    clock: SimulatedClock
    arm: SimulatedArm
    gripper: SimulatedGripper
    truth: Truth
    placement: MotionCommand = MotionCommand(0.374, 0.0, 0.0)
    pregrasp: Pose = Pose(0.374, 0.055, 0.2, 0.0)

    def reach_down(self, T_base_grasp: Pose) -> None:
        """Down to a grasp pose: sideways first, then straight down."""
        above = T_base_grasp.at_height(self.pregrasp.z)
        token = CancelToken()
        self.arm.move([above, T_base_grasp], token, shape=PathShape.LINEAR)

    def lift(self) -> None:
        here = self.arm.pose()
        self.arm.move([here.at_height(self.pregrasp.z)], CancelToken(), shape=PathShape.LINEAR)


MakeBench = Callable[..., Bench]


@pytest.fixture
def plate() -> Part:
    return PLATE


@pytest.fixture(scope="session")
def plate_of_session() -> Part:
    return PLATE


@pytest.fixture(scope="session")
def worlds() -> dict[Part, World]:
    return {}


@pytest.fixture
def make_bench(worlds: dict[Part, World]) -> MakeBench:
    """Benches share compiled worlds, because making a part's texture takes a second."""

    def make(
        errors: RobotErrors | None = None,
        part: Part = PLATE,
        seed: int = 0,
        start: Pose | None = None,
    ) -> Bench:
        if part not in worlds:
            worlds[part] = World(part, folder=Path(), table_seed=1, camera_seed=0)
        world = worlds[part]
        clock = SimulatedClock(linger=0.0)
        arm = SimulatedArm(world, clock, errors or RobotErrors.none(), np.random.default_rng(seed))
        bench = Bench(
            world, clock, arm, SimulatedGripper(world, clock, arm), Truth(world, arm.smooth_error)
        )
        world.restart()
        world.lay_part(arm.smooth_error.true_placement(bench.placement))
        bench.gripper.reset()
        arm.place(start or bench.pregrasp)
        return bench

    return make


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    return make_bench()


class CountingToken(CancelToken):
    """Cancels itself when it has been looked at a number of times."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    @property
    def cancelled(self) -> bool:
        self.looks -= 1
        if self.looks == 0:
            self.cancel()
        return super().cancelled


@pytest.fixture
def cancel_after() -> Callable[[int], CancelToken]:
    return CountingToken
