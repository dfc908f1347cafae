"""The station on the simulated cell: ``pytest examples/customer_station``."""

from collections.abc import Iterator

import pytest

import pregrasp
from pregrasp.frames import MotionCommand
from pregrasp.hardware.simulation.cell import SimulatedCell
from pregrasp.jobs.simulated import open_cell
from station import Station, StationHaltedError

TASK = pregrasp.find_task("circuit_board")


@pytest.fixture(scope="module")
def devices() -> Iterator[SimulatedCell]:
    with open_cell(TASK) as opened:
        yield opened


@pytest.fixture
def station(devices: SimulatedCell) -> Station:
    cell = pregrasp.OpenCell(devices)
    return Station(cell, cell.load(TASK))


def test_a_part_is_taken(station: Station, devices: SimulatedCell) -> None:
    devices.reset(start=TASK.taught.pregrasp)
    assert station.take("order 1")
    assert station.tray.taken == ["order 1"]
    assert devices.truth.part_lifted(), "the physics agrees"


def test_a_part_that_is_not_there_is_left(station: Station, devices: SimulatedCell) -> None:
    devices.reset(placement=MotionCommand(0.0, 0.45, 0.0), start=TASK.taught.pregrasp)
    assert not station.take("order 2")
    assert "looks like circuit_board" in station.tray.left["order 2"]


def test_a_grasp_that_takes_too_long_halts_the_station(
    station: Station, devices: SimulatedCell
) -> None:
    devices.reset(start=TASK.taught.pregrasp)
    with pytest.raises(StationHaltedError, match="stopped on request"):
        station.take("order 3", timeout_s=0.0)
