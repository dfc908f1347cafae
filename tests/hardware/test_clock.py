from __future__ import annotations

import threading
import time

import pytest

from pregrasp.hardware.clock import WallClock
from pregrasp.hardware.simulation.clock import SimulatedClock


def test_a_set_event_is_seen_at_once_and_costs_no_time() -> None:
    clock, event = SimulatedClock(), threading.Event()
    event.set()
    assert clock.wait(event, 5.0)
    assert clock.now() == 0.0


def test_waiting_while_nothing_happens_lets_exactly_the_time_pass() -> None:
    clock = SimulatedClock(linger=0.0)
    assert not clock.wait(threading.Event(), 3600.0)
    assert clock.now() == 3600.0


def test_waiting_for_a_busy_device_lasts_until_it_tells() -> None:
    clock, event, entered = SimulatedClock(linger=0.0), threading.Event(), threading.Event()

    def device() -> None:
        with clock.working():
            entered.set()
            clock.advance(0.7)
            event.set()

    worker = threading.Thread(target=device)
    worker.start()
    entered.wait()
    assert clock.wait(event, 100.0)
    worker.join()
    assert clock.now() == pytest.approx(0.7)


def test_work_that_is_expected_to_end_costs_no_time_however_slow_the_computer() -> None:
    clock, event = SimulatedClock(linger=0.0, patience=60.0), threading.Event()
    over = clock.expect()

    def work() -> None:
        event.set()
        over()

    later = threading.Timer(0.05, work)
    later.start()
    assert clock.wait(event, 0.01)
    later.join()
    assert clock.now() == 0.0
    assert not clock.wait(threading.Event(), 0.01), "nothing is expected any more"
    assert clock.now() == 0.01


def test_work_that_waits_for_this_clock_does_not_hold_it_up() -> None:
    clock, event = SimulatedClock(linger=0.0, patience=60.0), threading.Event()
    over = clock.expect()

    def work() -> None:
        clock.wait(threading.Event(), 3.0)
        event.set()
        over()

    worker = threading.Thread(target=work)
    worker.start()
    began = time.monotonic()
    while not clock.wait(event, 0.05):
        pass
    worker.join()
    assert time.monotonic() - began < 30.0
    assert clock.now() >= 3.0


def test_work_that_hangs_holds_the_time_up_only_once() -> None:
    clock = SimulatedClock(linger=0.0, patience=0.01)
    over = clock.expect()
    assert not clock.wait(threading.Event(), 1.0)
    assert clock.now() == 1.0
    began = time.monotonic()
    for _ in range(1000):
        clock.wait(threading.Event(), 1.0)
    assert time.monotonic() - began < 5.0, "its patience is not used up again"
    assert clock.now() == 1001.0
    over()


def test_a_busy_devices_time_counts_towards_the_timeout() -> None:
    clock, seen = SimulatedClock(linger=0.0), threading.Event()

    def device() -> None:
        while not seen.is_set():
            clock.advance(0.1)

    with clock.working():
        worker = threading.Thread(target=device)
        worker.start()
        before = clock.now()
        assert not clock.wait(threading.Event(), 1.5)
        assert clock.now() >= before + 1.5
        seen.set()
        worker.join()


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        SimulatedClock().advance(-0.1)


def test_a_paced_clock_keeps_step_with_the_wall() -> None:
    clock = SimulatedClock(pace=10.0)
    start = time.monotonic()
    clock.advance(0.5)
    assert time.monotonic() - start >= 0.05


def test_a_clock_needs_a_pace_above_zero() -> None:
    with pytest.raises(ValueError, match="pace"):
        SimulatedClock(pace=0.0)


def test_the_wall_clock_waits_for_events() -> None:
    clock, event = WallClock(), threading.Event()
    before = clock.now()
    assert not clock.wait(event, 0.001)
    event.set()
    assert clock.wait(event, 1000.0)
    assert clock.now() > before
