"""What is asked of a controller, one function a question, in pregrasp's words."""

from __future__ import annotations

import requests
from abb_robot_client.rws import RWS

from pregrasp.hardware.abb.diagnosis import ControllerState, LogEntry
from pregrasp.hardware.abb.geometry import from_degrees
from pregrasp.hardware.kinematics import Joints


def execution(rws: RWS) -> str:
    """Whether a program runs: running or stopped."""
    return str(rws.get_execution_state().ctrlexecstate)


def state(rws: RWS) -> ControllerState:
    """What the controller is ready for."""
    return ControllerState(
        mode=rws.get_operation_mode(),
        state=rws.get_controller_state(),
        execution=execution(rws),
    )


def joints(rws: RWS, mechanical_unit: str) -> Joints:
    """The joint angles as the encoders report them [rad]."""
    return from_degrees(rws.get_jointtarget(mechanical_unit).robax.tolist())


def log(rws: RWS, since: int) -> list[LogEntry]:
    """Entries of the event log with a higher number than one, newest first."""
    return [
        LogEntry(
            number=entry.seqnum,
            severity=entry.msgtype,
            code=entry.code,
            title=entry.title,
            actions=entry.actions,
            arguments=tuple(entry.args),
        )
        for entry in rws.read_event_log()
        # Numbers begin anew after 65535.
        if entry.seqnum > since or (since > 61440 and entry.seqnum < 4096)
    ]


def signal(rws: RWS, path: str) -> bool:
    """The value of a digital signal, written as NAME or NETWORK/UNIT/NAME."""
    return bool(rws.get_digital_io(*_address(path)))


def set_signal(rws: RWS, path: str, value: bool) -> None:
    """Set a digital signal, written as NAME or NETWORK/UNIT/NAME."""
    name, network, unit = _address(path)
    rws.set_digital_io(name, value, network, unit)


def brief(error: requests.RequestException) -> str:
    """What went wrong on the way, without the pile of wrapped exceptions."""
    if isinstance(error, requests.ConnectTimeout):
        return "no connection within the time limit"
    if isinstance(error, requests.Timeout):
        return "no answer within the time limit"
    inner: BaseException = error
    while True:
        wrapped = [getattr(inner, "reason", None), *inner.args]
        deeper = next((item for item in wrapped if isinstance(item, BaseException)), None)
        if deeper is None:
            return str(inner).rpartition(": ")[2] or type(inner).__name__
        inner = deeper


def _address(path: str) -> tuple[str, str, str]:
    """Name, network and unit of a signal."""
    place, _, name = path.rpartition("/")
    network, _, unit = place.partition("/")
    return name, network or "Local", unit or "DRV_1"
