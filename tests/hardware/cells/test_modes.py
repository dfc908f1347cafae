import threading
from pathlib import Path

import pytest

from pregrasp.hardware.errors import (
    HardwareError,
    LimitError,
    ModeError,
    MotionError,
    MotorsOffError,
)
from pregrasp.hardware.modes import (
    MOVING,
    CellModes,
    Mode,
    mode_diagram,
    recover,
    report_failure,
    working,
)

PAGE = Path(__file__).parents[3] / "docs" / "cells.md"

WORK = (Mode.TEACHING, Mode.COLLECTING, Mode.PRODUCING)


@pytest.fixture
def modes() -> CellModes:
    made = CellModes("cell 7")
    made.connect()
    return made


def now(modes: CellModes) -> Mode:
    """The mode, which mypy would otherwise believe to stay what it was."""
    return modes.mode


class Cell:
    """Something that has modes."""

    def __init__(self, modes: CellModes) -> None:
        self.modes = modes


@pytest.mark.parametrize("mode", WORK)
def test_work_begins_and_ends_in_idle(modes: CellModes, mode: Mode) -> None:
    with modes.working(mode):
        assert now(modes) is mode
        modes.require_motion("arm")
    assert now(modes) is Mode.IDLE


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode not in MOVING])
def test_nothing_moves_while_nobody_works(mode: Mode) -> None:
    modes = CellModes("cell 7")
    if mode is not Mode.DISCONNECTED:
        modes.connect()
    if mode is Mode.FAULT:
        modes.fail("arm: fell off")
    assert now(modes) is mode
    with pytest.raises(ModeError, match=f"arm: must not move: cell 7 is in mode {mode.value}"):
        modes.require_motion("arm")


@pytest.mark.parametrize("second", WORK)
def test_nobody_works_while_somebody_else_does(modes: CellModes, second: Mode) -> None:
    with modes.working(Mode.COLLECTING):
        with pytest.raises(ModeError, match="in mode collecting"), modes.working(second):
            pytest.fail("two at once")
        assert now(modes) is Mode.COLLECTING


def test_a_device_that_fails_leads_to_fault_and_only_recovering_leads_out(
    modes: CellModes,
) -> None:
    with pytest.raises(MotionError), modes.working(Mode.PRODUCING):
        raise MotionError("arm", "was blocked.")
    assert now(modes) is Mode.FAULT
    assert modes.fault == "arm: was blocked."
    with pytest.raises(ModeError, match="it can recover"):
        modes.enter(Mode.PRODUCING)
    with pytest.raises(ModeError, match=r"What failed: arm: was blocked\."):
        modes.require_motion("arm")
    modes.enter(Mode.RECOVERING)
    modes.require_motion("arm")
    modes.finish()
    assert now(modes) is Mode.IDLE
    assert modes.fault == ""


def test_a_failure_behind_another_error_counts(modes: CellModes) -> None:
    failed = RuntimeError("the tree failed")
    failed.__cause__ = MotionError("arm", "was blocked.")
    with pytest.raises(RuntimeError), modes.working(Mode.PRODUCING):
        raise failed
    assert now(modes) is Mode.FAULT


@pytest.mark.parametrize(
    "error", [LimitError("arm", "too far."), ModeError("arm", "idle."), KeyError("x")]
)
def test_a_refusal_before_anything_moved_is_no_fault(modes: CellModes, error: Exception) -> None:
    with pytest.raises(type(error)), modes.working(Mode.PRODUCING):
        raise error
    assert now(modes) is Mode.IDLE


def test_work_does_not_begin_while_a_device_would_not_obey() -> None:
    state: list[HardwareError] = [MotorsOffError("arm", "motors off.")]

    def check() -> None:
        if state:
            raise state[0]

    modes = CellModes("cell", check)
    modes.connect()
    for mode in (Mode.COLLECTING, Mode.PRODUCING):
        with pytest.raises(MotorsOffError):
            modes.enter(mode)
        assert now(modes) is Mode.IDLE
    modes.enter(Mode.TEACHING)  # by hand, with the motors off
    modes.finish()
    modes.fail("arm: motors off.")
    with pytest.raises(MotorsOffError):
        recover(Cell(modes))
    assert now(modes) is Mode.FAULT
    state.clear()
    recover(Cell(modes))
    assert now(modes) is Mode.IDLE


def test_a_failure_that_a_result_tells_of_leads_to_fault(modes: CellModes) -> None:
    cell = Cell(modes)
    with working(cell, Mode.PRODUCING):
        report_failure(cell, MotionError("arm", "was blocked."))
    assert now(modes) is Mode.FAULT


def test_cells_without_modes_work_as_they_are() -> None:
    with working(object(), Mode.PRODUCING):
        report_failure(object(), MotionError("arm", "was blocked."))
    recover(object())


def test_disconnecting_is_possible_from_everywhere_and_twice(modes: CellModes) -> None:
    modes.enter(Mode.PRODUCING)
    modes.disconnect()
    modes.disconnect()
    assert now(modes) is Mode.DISCONNECTED


def test_every_change_is_told(modes: CellModes) -> None:
    told: list[Mode] = []
    modes.observe(told.append)
    with modes.working(Mode.COLLECTING):
        pass
    assert told == [Mode.COLLECTING, Mode.IDLE]


def test_of_many_threads_one_gets_to_work(modes: CellModes) -> None:
    ready, won = threading.Barrier(8), []

    def run() -> None:
        ready.wait()
        try:
            modes.enter(Mode.PRODUCING)
        except ModeError:
            return
        won.append(1)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [1]


def test_the_diagram_in_the_documentation_is_the_code_s() -> None:
    text = PAGE.read_text()
    assert f"```mermaid\n{mode_diagram()}\n```" in text, (
        "docs/cells.md: replace the diagram by the output of python -c "
        "'from pregrasp.hardware.modes import mode_diagram; print(mode_diagram())'"
    )
