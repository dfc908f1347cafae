"""From what a controller says to an error that names the cause and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pregrasp.hardware.errors import (
    BusyError,
    CollisionError,
    EmergencyStopError,
    GuardStopError,
    HardwareError,
    MastershipError,
    MotionError,
    MotorsOffError,
    OutOfReachError,
    RefusedError,
    SingularityError,
    WrongModeError,
)

FAILED = "motion program failed"
"""First argument of the entry that the RAPID error reporter writes."""

MASTERSHIP_HELD = -1073445862
"""Code of a refused request: somebody else is in charge."""
ACCESS_DENIED = -1073445881
"""Code of a refused request: a signal may not be written from outside."""
NO_SUCH_SIGNAL = -1073445866
"""Code of a refused request: the controller has no signal of that name."""

_READ_ONLY = "Set its access level to 'All' in the controller's I/O configuration."


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the controller's event log."""

    number: int
    """Sequence number."""
    severity: int
    """1 information, 2 warning, 3 error."""
    code: int
    """ABB's event number."""
    title: str
    """One line."""
    actions: str
    """What ABB says can be done."""
    arguments: tuple[str, ...]
    """Values of the text."""

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


@dataclass(frozen=True, slots=True)
class ControllerState:
    """What a controller is ready for."""

    mode: str
    """AUTO, MANR (manual, reduced speed), MANF (manual, full speed), or changing."""
    state: str
    """motoron, motoroff, guardstop, emergencystop, emergencystopreset, init or sysfail."""
    execution: str
    """Of RAPID: running or stopped."""


def not_ready(device: str, state: ControllerState, log: Sequence[LogEntry]) -> HardwareError | None:
    """Why a controller could not run a program now, or None if it could.

    What a person did comes first: an open guard, or a key that was turned, also switches
    the motors off.

    Args:
        device: The robot's name.
        state: Of the controller.
        log: What it has written lately, newest first.
    """
    said = _said(log)
    if state.state in ("emergencystop", "emergencystopreset"):
        return EmergencyStopError(
            device,
            f"the emergency stop is pressed, or not reset yet{said}.",
            "Find out why it was pressed, release it, press motors-on, and start again.",
        )
    if state.state == "guardstop":
        return GuardStopError(
            device,
            f"a guard is open, or its interlock not acknowledged{said}.",
            "Close the guard, acknowledge it, press motors-on, and start again.",
        )
    if state.mode != "AUTO":
        return WrongModeError(
            device,
            f"the controller is in {_MODES.get(state.mode, state.mode)}{said}.",
            "Turn the key switch to automatic, confirm it on the pendant, and switch motors on.",
        )
    if state.state != "motoron":
        return MotorsOffError(
            device,
            f"the motors are off (the controller says '{state.state}'){said}.",
            "Press motors-on, on the controller or the pendant.",
        )
    return None


_MODES = {
    "MANR": "manual mode with reduced speed",
    "MANF": "manual mode with full speed",
    "AUTO_CH": "between manual and automatic mode",
    "MANF_CH": "between two manual modes",
}

_BY_CODE: dict[int, tuple[type[HardwareError], str]] = {
    50026: (SingularityError, "Go there by a joint move, or teach the poses elsewhere."),
    50027: (OutOfReachError, "Teach poses nearer to the middle of the joint ranges."),
    50050: (OutOfReachError, "Teach poses nearer to the robot."),
    50080: (OutOfReachError, "Go there by a joint move, or teach the poses elsewhere."),
    50204: (CollisionError, "Something is in the way; look before it moves again."),
    50056: (CollisionError, "Something is in the way; look before it moves again."),
}


def failure(device: str, log: Sequence[LogEntry]) -> HardwareError | None:
    """Why a motion program failed, or None if the log tells of no failure.

    Args:
        device: The robot's name.
        log: What was written since the program was started, newest first.
    """
    for entry in log:
        if len(entry.arguments) >= 5 and entry.arguments[0].lower() == FAILED:
            reason, code, title, detail = entry.arguments[1:5]
            return _typed(device, code, f"{reason} {code}, {title}, {detail}.", log)
    for entry in log:
        if entry.severity >= 3 and entry.code in _BY_CODE:
            return _typed(device, str(entry.code), f"the move was ended{_said(log)}.", log)
    errors = [entry for entry in log if entry.severity >= 3]
    if errors:
        remedy = errors[0].actions or "Look at the pendant's event log."
        return MotionError(device, f"the move was ended{_said(log)}.", remedy)
    return None


def refusal(device: str, doing: str, code: int, text: str) -> HardwareError:
    """A request that the controller answered with an error code.

    Args:
        device: The robot's name.
        doing: What was asked.
        code: Of the answer.
        text: Of the answer.
    """
    said = f"the controller refused to {doing} ({code}: {text})."
    if code == MASTERSHIP_HELD:
        return MastershipError(
            device, said, "Release mastership in RobotStudio or on the pendant, and start again."
        )
    if code == ACCESS_DENIED:
        return RefusedError(device, said, _READ_ONLY)
    if code == NO_SUCH_SIGNAL:
        return RefusedError(
            device, said, "Look up the signal's name in the controller's I/O configuration."
        )
    if "queue" in text.lower():
        return BusyError(device, said, "Wait for the running program to end, or stop it.")
    return RefusedError(device, said, "Look at the pendant's event log.")


def _typed(device: str, code: str, found: str, log: Sequence[LogEntry]) -> HardwareError:
    number = int("".join(filter(str.isdigit, code)) or 0)
    if number in _BY_CODE:
        kind, remedy = _BY_CODE[number]
        return kind(device, found, remedy)
    if "queue" in found.lower():
        return BusyError(device, found, "Wait for the running program to end, or stop it.")
    actions = next((entry.actions for entry in log if entry.actions), "")
    return MotionError(device, found, actions or "Look at the pendant's event log.")


def _said(log: Sequence[LogEntry]) -> str:
    """The newest error or warning, in brackets."""
    for entry in log:
        if entry.severity >= 2:
            return f" (event log: {entry})"
    return ""
