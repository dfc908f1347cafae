from __future__ import annotations

import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pregrasp.hardware import abb
from pregrasp.hardware.abb.configuration import AbbNetwork, AbbSpeed, AbbTool
from pregrasp.hardware.abb.controller import AbbController
from pregrasp.hardware.abb.gripper import AbbGripper
from pregrasp.hardware.abb.session import Pacer
from pregrasp.hardware.errors import (
    BusyError,
    ConnectionLostError,
    DeviceUnavailableError,
    RefusedError,
    UnsupportedError,
)
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.virtual_controller.faults import Fault, PlannedFault


@contextmanager
def answering(status: int, **headers: str) -> Iterator[str]:
    """A web server that always says the same."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_examination_finds_what_motion_programs_need(loopback: Any) -> None:
    found = loopback.controller.examine()
    assert found.robotware == "6.16.01.00"
    assert found.missing == ()
    loopback.virtual.modules.remove("motion_program_exec")
    try:
        assert "RAPID module motion_program_exec" in loopback.controller.examine().missing[0]
    finally:
        loopback.virtual.modules.insert(0, "motion_program_exec")


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {"WWW_Authenticate": 'Basic realm="validusers@robapi.abb"'}),
        (301, {"Location": "https://127.0.0.1/rw/system"}),
    ],
)
def test_robotware_7_is_recognised_and_refused(
    describe: Any, status: int, headers: dict[str, str]
) -> None:
    with answering(status, **headers) as url, pytest.raises(UnsupportedError, match="RobotWare 7"):
        AbbController(describe(url))


def test_what_is_no_robot_at_all_is_refused(describe: Any) -> None:
    with answering(200) as url, pytest.raises(UnsupportedError, match="no Robot Web Services"):
        AbbController(describe(url))


def test_nobody_at_the_address(describe: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionLostError, match=f"nobody answers at http://127.0.0.1:{port}"):
        AbbController(describe(f"http://127.0.0.1:{port}"))


def test_a_wrong_password_names_where_it_comes_from(
    loopback: Any, describe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREGRASP_ABB_PASSWORD", "guess")
    with pytest.raises(DeviceUnavailableError, match="PREGRASP_ABB_PASSWORD") as caught:
        AbbController(describe(loopback.server.url), clock=loopback.clock)
    assert "guess" not in str(caught.value)


def test_the_password_may_come_from_a_function(
    loopback: Any, describe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREGRASP_ABB_PASSWORD", "guess")
    description = describe(loopback.server.url)
    with AbbController(description, clock=loopback.clock, password=lambda: "robotics") as session:
        assert session.state().mode == "AUTO"


def test_a_session_is_freed_at_the_end(loopback: Any, describe: Any) -> None:
    before = len(loopback.server.sessions)
    session = AbbController(describe(loopback.server.url), clock=loopback.clock)
    assert len(loopback.server.sessions) == before + 1
    session.close()
    session.close()
    assert len(loopback.server.sessions) == before
    with pytest.raises(DeviceUnavailableError, match="has been closed"):
        session.joints()


def test_a_full_pool_of_sessions_is_named(loopback: Any, describe: Any) -> None:
    loopback.server.faults.inject(Fault.SESSIONS_FULL)
    with pytest.raises(BusyError, match="70 sessions"):
        AbbController(describe(loopback.server.url), clock=loopback.clock)


def test_many_questions_stay_below_the_controllers_limit(loopback: Any) -> None:
    refused, answered = loopback.server.rate.refused, loopback.server.requests
    for _ in range(60):
        loopback.controller.digital("doGripperOpen")
    assert loopback.server.requests >= answered + 60
    assert loopback.server.rate.refused == refused


def test_the_pacer_lets_bursts_through_and_holds_back_who_goes_on() -> None:
    clock = SimulatedClock(linger=0.0)
    pacer = Pacer(clock, 5)
    for _ in range(5):
        with pacer.turn(at_once=False):
            pass
    assert clock.now() == 0.0
    with pacer.turn(at_once=False):
        assert clock.now() == pytest.approx(1.0)


def test_a_request_that_is_answered_late_counts_from_its_answer_on() -> None:
    """Nobody knows when it reached the controller: perhaps only just before the answer."""
    clock = SimulatedClock(linger=0.0)
    pacer = Pacer(clock, 1)
    with pacer.turn(at_once=False):
        clock.advance(3.0)
    with pacer.turn(at_once=False):
        assert clock.now() == pytest.approx(4.0)
    with pacer.turn(at_once=True):
        assert clock.now() == pytest.approx(4.0), "a stop waits for nobody"


def test_a_program_that_meets_an_overload_is_started_when_it_is_over(loopback: Any) -> None:
    """503 is answered instead of doing something: it is safe to ask again."""
    loopback.server.faults.inject(PlannedFault(fault=Fault.OVERLOAD, lasting=0.3))
    loopback.controller.set_digital("doGripperOpen", True)
    assert loopback.controller.digital("doGripperOpen")


def test_an_input_cannot_be_set_and_a_wrong_name_is_told(loopback: Any) -> None:
    with pytest.raises(RefusedError, match=r"diGripperOpened.*access level"):
        loopback.controller.set_digital("diGripperOpened", True)
    with pytest.raises(RefusedError, match=r"doGriper.*Look up the signal's name"):
        loopback.controller.digital("doGriper")


def test_a_gripper_without_signals_says_what_to_write(loopback: Any, describe: Any) -> None:
    import dataclasses

    bare = dataclasses.replace(describe(loopback.server.url), gripper=None)
    with (
        AbbController(bare, clock=loopback.clock) as session,
        pytest.raises(DeviceUnavailableError, match="section `gripper`"),
    ):
        AbbGripper(session)


def test_without_the_packages_the_install_line_is_told(
    describe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in list(sys.modules):
        if module.startswith(("abb_robot_client", "pregrasp.hardware.abb.")):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "abb_robot_client", None)
    description = describe("http://192.0.2.1")
    with pytest.raises(DeviceUnavailableError, match=r"pip install 'pregrasp\[abb\]'"):
        abb.connect(description)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: AbbTool(z=0.1, mass=4.0), "mass_g is 4000"),
        (lambda: AbbTool(z=1.0, mass=1.0), "z_mm is 1000"),
        (lambda: AbbSpeed(free=0.0), "positive"),
        (lambda: AbbNetwork(requests_per_second=2), "requests_per_second is 2"),
        (lambda: AbbNetwork(poll=0.001), "poll_ms is 1"),
    ],
)
def test_numbers_that_cannot_be_meant_are_refused(make: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_https_is_refused_in_the_file(describe: Any) -> None:
    with pytest.raises(ValueError, match="RobotWare 7"):
        describe("https://192.168.125.1")
