"""Robot Web Services as the released client, and as a plain HTTP client, sees them."""

from __future__ import annotations

import queue
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from abb_robot_client.rws import (
    RWS,
    ABBException,
    ControllerState,
    EventLogEntryEvent,
    OperationalMode,
    RAPIDExecutionState,
    Signal,
    SubscriptionResourcePriority,
    SubscriptionResourceRequest,
    SubscriptionResourceType,
    VariableValue,
)
from requests.auth import HTTPDigestAuth

from pregrasp.configuration import load
from pregrasp.documents import ConfigurationError
from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.faults import Fault, FaultPlan, PlannedFault
from pregrasp.hardware.virtual_controller.mechanics import KinematicArm
from pregrasp.hardware.virtual_controller.server import VirtualControllerServer

LOGIN = HTTPDigestAuth("Default User", "robotics")


def test_the_client_reads_the_state(rws: RWS) -> None:
    assert rws.get_controller_state() == "motoron"
    assert rws.get_operation_mode() == "AUTO"
    assert rws.get_execution_state() == ("stopped", "once")
    assert rws.get_speedratio() == 100.0
    assert set(rws.get_tasks()) == {"T_ROB1", "logger", "error_reporter"}
    assert rws.get_ramdisk_path() == "$RAMDISK"


def test_the_client_reads_where_the_arm_is(rws: RWS) -> None:
    assert rws.get_jointtarget().robax == pytest.approx([0, 0, 0, 0, 90, 0], abs=1e-5)
    found = rws.get_robtarget()
    assert found.trans == pytest.approx([302, 0, 558], abs=1e-3)
    assert found.rot == pytest.approx([0, 0, 1, 0], abs=1e-6)
    assert found.robconf == pytest.approx([0, 0, 0, 0])


def test_the_speed_ratio_can_be_set(rws: RWS, virtual: VirtualController) -> None:
    rws.set_speedratio(30)
    assert rws.get_speedratio() == 30.0
    assert virtual.speed_ratio == pytest.approx(0.3)
    with pytest.raises(ABBException):
        rws.set_speedratio(130)


def test_files_come_back_as_they_went(rws: RWS) -> None:
    rws.upload_file("$RAMDISK/a.bin", b"\x00\x01binary")
    assert rws.read_file("$RAMDISK/a.bin") == b"\x00\x01binary"
    assert rws.list_files("$RAMDISK?json=1".removesuffix("?json=1")) == ["a.bin"]
    rws.delete_file("$RAMDISK/a.bin")
    with pytest.raises(Exception, match="File not found"):
        rws.read_file("$RAMDISK/a.bin")


def test_signals_are_set_read_and_refused(rws: RWS) -> None:
    rws.set_digital_io("doGripperOpen", 1)
    assert rws.get_digital_io("doGripperOpen") == 1
    rws.set_analog_io("motion_program_preempt", 2.5)
    assert rws.get_analog_io("motion_program_preempt") == 2.5
    with pytest.raises(ABBException) as refused:
        rws.set_digital_io("diGripperOpened", 1)
    assert refused.value.code == -1073445881
    with pytest.raises(ABBException) as missing:
        rws.get_digital_io("nothing")
    assert missing.value.code == -1073445866


def test_variables_are_text_as_rapid_writes_it(rws: RWS, virtual: VirtualController) -> None:
    virtual.variables["T_ROB1/speed"] = "[1,2,3]"
    assert list(rws.get_rapid_variable_num_array("speed")) == [1, 2, 3]
    rws.set_rapid_variable("speed", "[4]")
    assert rws.get_rapid_variable("speed") == "[4]"
    assert [symbol["name"] for symbol in rws.get_rapid_variables()] == ["speed"]
    with pytest.raises(ABBException) as missing:
        rws.get_rapid_variable("nothing")
    assert missing.value.code == -1073414146


def test_starting_is_refused_in_the_wrong_state_and_under_foreign_mastership(
    rws: RWS, virtual: VirtualController
) -> None:
    virtual.set_mode("MANR")
    with pytest.raises(ABBException) as manual:
        rws.start(cycle="once")
    assert manual.value.code == -1073442809
    virtual.clear()
    virtual.take_mastership("RobotStudio")
    with pytest.raises(ABBException, match="RobotStudio") as held:
        rws.resetpp()
    assert held.value.code == -1073445862


def test_manual_mode_needs_the_consent_of_who_stands_there(
    rws: RWS, virtual: VirtualController
) -> None:
    virtual.set_mode("MANR")
    with pytest.raises(ABBException):
        rws.set_digital_io("doGripperOpen", 1)
    # The package's own `request_rmmp` asks for a wrong address (release 0.4.0).
    rws._do_post("users/rmmp", {"privilege": "modify"})
    said = [rws._do_get("users/rmmp/poll")["_embedded"]["_state"][0]["status"] for _ in range(2)]
    assert said == ["PENDING", "GRANTED"]
    rws.set_digital_io("doGripperOpen", 1)
    assert rws.get_digital_io("doGripperOpen") == 1


def test_motors_can_be_switched_but_not_while_a_stop_is_pressed(
    rws: RWS, virtual: VirtualController
) -> None:
    rws.set_controller_state("motoroff")
    assert rws.get_controller_state() == "motoroff"
    rws.set_controller_state("motoron")
    virtual.press_emergency_stop()
    with pytest.raises(ABBException):
        rws.set_controller_state("motoron")
    entry = rws.read_event_log()[0]
    assert (entry.code, entry.msgtype) == (10013, 2)
    assert "Release the button" in entry.actions


def test_the_log_is_newest_first_and_keeps_fifty(rws: RWS, virtual: VirtualController) -> None:
    for _ in range(60):
        virtual.log.write(10011)
    numbers = [entry.seqnum for entry in rws.read_event_log()]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 50


def test_changes_arrive_over_the_websocket(rws: RWS, virtual: VirtualController) -> None:
    virtual.variables["T_ROB1/count"] = "1"
    kinds, medium = SubscriptionResourceType, SubscriptionResourcePriority.Medium
    events: queue.Queue[Any] = queue.Queue()
    subscription = rws.subscribe(
        [
            SubscriptionResourceRequest(kinds.ControllerState, medium),
            SubscriptionResourceRequest(kinds.OperationalMode, medium),
            SubscriptionResourceRequest(kinds.ExecutionState, medium),
            SubscriptionResourceRequest(kinds.Elog, medium),
            SubscriptionResourceRequest(kinds.Signal, medium, "doGripperClose"),
            SubscriptionResourceRequest(kinds.PersVar, medium, "count"),
        ],
        events.put,
    )
    try:
        first = [events.get(timeout=10) for _ in range(5)]
        assert ControllerState("motoron") in first
        rws.set_rapid_variable("count", "2")
        virtual.signals.set("doGripperClose", 1.0)
        virtual.set_mode("MANR")
        later = [events.get(timeout=10) for _ in range(6)]
    finally:
        subscription.close()
    assert VariableValue("T_ROB1", "2", "count") in later
    assert Signal("doGripperClose", "1") in later
    assert OperationalMode("MANR") in later
    assert ControllerState("motoroff") in later
    assert {type(event) for event in (*first, *later)} >= {
        RAPIDExecutionState,
        EventLogEntryEvent,
    }


def test_an_unknown_resource_cannot_be_subscribed_to(server: VirtualControllerServer) -> None:
    form = {"resources": "1", "1": "/rw/nothing", "1-p": "1"}
    answer = requests.post(f"{server.url}/subscription?json=1", form, auth=LOGIN, timeout=5)
    assert answer.status_code == 400


def test_without_json_answers_are_xhtml(server: VirtualControllerServer) -> None:
    answer = requests.get(f"{server.url}/rw/panel/ctrlstate", auth=LOGIN, timeout=5)
    assert answer.headers["Content-Type"].startswith("application/xhtml+xml")
    assert '<span class="ctrlstate">motoron</span>' in answer.text
    missing = requests.get(f"{server.url}/rw/nothing", auth=LOGIN, timeout=5)
    assert missing.status_code == 404
    assert '<span class="code">' in missing.text


def test_nobody_gets_in_without_the_password(server: VirtualControllerServer) -> None:
    url = f"{server.url}/rw/panel/ctrlstate?json=1"
    assert requests.get(url, timeout=5).headers["WWW-Authenticate"].startswith("Digest ")
    wrong = HTTPDigestAuth("Default User", "guess")
    assert requests.get(url, auth=wrong, timeout=5).status_code == 401
    right = requests.get(url, auth=LOGIN, timeout=5)
    assert right.status_code == 200
    assert set(right.cookies.keys()) == {"-http-session-", "ABBCX"}


def test_the_pool_of_sessions_is_finite_and_logging_out_frees_one(
    virtual: VirtualController,
) -> None:
    with VirtualControllerServer(virtual, most_requests=None, most_sessions=3) as server:
        clients = [RWS(server.url) for _ in range(4)]
        for client in clients[:3]:
            client.get_controller_state()
        with pytest.raises(Exception, match="Robot returning"):
            clients[3].get_controller_state()
        clients[0].logout()
        assert clients[3].get_controller_state() == "motoron"
        for client in clients:
            client.close()


def test_sessions_expire(virtual: VirtualController, clock: SimulatedClock) -> None:
    with VirtualControllerServer(virtual, most_requests=None) as server:
        client = RWS(server.url)
        client.get_controller_state()
        assert len(server.sessions) == 1
        clock.advance(301.0)
        assert len(server.sessions) == 0
        client.close()


def test_more_than_twenty_requests_a_second_are_too_many(
    virtual: VirtualController, clock: SimulatedClock
) -> None:
    with VirtualControllerServer(virtual) as server:
        client = RWS(server.url)
        for _ in range(20):
            client.get_controller_state()
        with pytest.raises(Exception, match="Robot returning"):
            client.get_controller_state()
        clock.advance(1.1)
        assert client.get_controller_state() == "motoron"
        client.close()


def test_a_taken_port_is_named(server: VirtualControllerServer) -> None:
    controller = VirtualController(KinematicArm(SimulatedClock()), clock=SimulatedClock())
    with pytest.raises(DeviceUnavailableError, match=f"127.0.0.1:{server.port}"):
        VirtualControllerServer(controller, port=server.port)


def test_faults_are_injected_over_http(server: VirtualControllerServer, rws: RWS) -> None:
    service = f"{server.url}/virtual/faults"
    answer = requests.post(service, '{"fault": "emergency_stop"}', timeout=5)
    assert answer.json()["struck"][0]["fault"] == "emergency_stop"
    assert rws.get_controller_state() == "emergencystop"
    requests.delete(service, timeout=5)
    assert rws.get_controller_state() == "motoron"
    wrong = requests.post(service, '{"fault": "emergency_stopp"}', timeout=5)
    assert wrong.status_code == 400
    assert "emergency_stop" in wrong.text


def test_a_fault_may_pass_by_itself(
    server: VirtualControllerServer, rws: RWS, clock: SimulatedClock
) -> None:
    server.faults.inject(PlannedFault(fault=Fault.OVERLOAD, lasting=2.0))
    with pytest.raises(Exception, match="Robot returning"):
        rws.get_controller_state()
    clock.advance(2.1)
    assert rws.get_controller_state() == "motoron"


def test_a_half_open_connection_never_answers(server: VirtualControllerServer) -> None:
    server.faults.inject(Fault.HALF_OPEN)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{server.url}/rw/panel/ctrlstate", timeout=0.3)
    server.faults.clear()
    assert requests.get(f"{server.url}/rw/panel/ctrlstate", timeout=5).status_code == 401


def test_a_slow_answer_comes_late(server: VirtualControllerServer, rws: RWS) -> None:
    rws.get_controller_state()
    server.faults.inject(Fault.SLOW)
    began = time.monotonic()
    rws.get_controller_state()
    assert time.monotonic() - began >= 0.3


def test_a_file_of_faults_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(
        "faults:\n"
        "  - {fault: emergency_stop, program: 2, after_s: 0.3}\n"
        "  - {fault: overload, lasting_s: 2}\n"
    )
    plan = load(file, FaultPlan)
    assert [planned.fault for planned in plan.faults] == [Fault.EMERGENCY_STOP, Fault.OVERLOAD]
    assert plan.faults[0].after == pytest.approx(0.3)
    file.write_text("faults:\n  - {fault: emergency_stop, program: 0}\n")
    with pytest.raises(ConfigurationError, match="program is 0"):
        load(file, FaultPlan)


def test_every_fault_says_what_it_is() -> None:
    assert all(fault.description for fault in Fault)
