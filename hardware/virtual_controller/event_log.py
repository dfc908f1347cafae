"""The controller's event log: what happened, in ABB's numbers and in the order of time."""

from __future__ import annotations

import datetime
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

INFORMATION, WARNING, ERROR = 1, 2, 3
"""Severities."""

LAST_NUMBER = 65535
"""After it numbers begin at 1 again."""
KEPT = 50
"""How many entries are kept, as a controller does for each kind of event."""


@dataclass(frozen=True, slots=True)
class Text:
    """What an event number says."""

    severity: int
    title: str
    description: str
    causes: str = ""
    actions: str = ""


TEXTS: dict[int, Text] = {
    10002: Text(INFORMATION, "Program pointer has been reset", "PP of the task was reset."),
    10010: Text(INFORMATION, "Motors OFF state", "The system is in the Motors OFF state."),
    10011: Text(INFORMATION, "Motors ON state", "The system is in the Motors ON state."),
    10012: Text(
        WARNING,
        "Safety guard stop state",
        "The system is in the Guard stop state.",
        "A guard was opened.",
        "Close the guard, acknowledge, and switch to Motors ON.",
    ),
    10013: Text(
        WARNING,
        "Emergency stop state",
        "The system is in the Emergency stop state.",
        "An emergency stop button was pressed.",
        "Release the button, acknowledge, and switch to Motors ON.",
    ),
    10015: Text(WARNING, "Manual mode selected", "The system is in the Manual mode."),
    10017: Text(INFORMATION, "Automatic mode confirmed", "The system is in the Automatic mode."),
    10020: Text(WARNING, "Execution error state", "Program execution was stopped by an error."),
    10125: Text(INFORMATION, "Program stopped", "Program execution has been stopped."),
    10151: Text(INFORMATION, "Program started", "Program execution has been started."),
    10205: Text(INFORMATION, "System restarted", "The controller has been restarted."),
    50021: Text(ERROR, "Circle uncertain", "The points of a circle are too close together."),
    50026: Text(
        ERROR,
        "Close to singularity",
        "The path goes too close to a singularity.",
        "Axis 5 would turn through zero.",
        "Modify the path, or use a joint move.",
    ),
    50027: Text(
        ERROR,
        "Joint Out of Range",
        "A position is outside the working range of a joint.",
        "The target cannot be reached.",
        "Modify the target, or jog the joint into its range.",
    ),
    50050: Text(
        ERROR,
        "Position outside reach",
        "The position is outside the robot's working area.",
        "The target is too far away.",
        "Modify the target.",
    ),
    50080: Text(
        ERROR,
        "Position not compatible",
        "The position cannot be reached with the given configuration.",
        "The configuration data of the target is wrong.",
        "Modify the configuration data, or use a joint move.",
    ),
    50204: Text(
        ERROR,
        "Motion supervision",
        "Motion supervision has stopped the robot.",
        "The robot has collided, or the load data is wrong.",
        "Look for what is in the way, then continue the program.",
    ),
    40322: Text(ERROR, "Load error", "The program could not be loaded."),
    41688: Text(
        ERROR,
        "UdpUc communication timeout",
        "No message has come from the UdpUc device in time.",
        "The computer that guides the robot does not answer.",
        "Check the network and the computer.",
    ),
    71367: Text(
        WARNING,
        "No communication with I/O device",
        "The communication with an I/O device was lost.",
        "The device has no power, or the cable is loose.",
        "Check the device and the cable.",
    ),
    80001: Text(INFORMATION, "", ""),
    80002: Text(WARNING, "", ""),
    80003: Text(INFORMATION, "", ""),
}
"""ABB's numbers for what is simulated; 80001 to 80003 are written by RAPID programs."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry."""

    number: int
    severity: int
    code: int
    time: datetime.datetime
    title: str
    description: str
    causes: str
    actions: str
    arguments: tuple[str, ...]


class EventLog:
    """The newest entries; listeners are told of each.

    Args:
        now: The controller's calendar time.
    """

    def __init__(self, now: Callable[[], datetime.datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._entries: deque[Event] = deque(maxlen=KEPT)
        self._number = 0
        self.listeners: list[Callable[[Event], None]] = []

    def write(self, code: int, *arguments: str, severity: int | None = None) -> None:
        """Add an entry.

        Args:
            code: A key of `TEXTS`.
            arguments: Values of its text; the first is the title of a program's entry.
            severity: If not the usual one.
        """
        text = TEXTS[code]
        with self._lock:
            self._number = self._number % LAST_NUMBER + 1
            event = Event(
                number=self._number,
                severity=text.severity if severity is None else severity,
                code=code,
                time=self._now(),
                title=text.title or (arguments[0] if arguments else ""),
                description=text.description or " ".join(arguments[1:]),
                causes=text.causes,
                actions=text.actions,
                arguments=arguments,
            )
            self._entries.appendleft(event)
        for listener in tuple(self.listeners):
            listener(event)

    def newest_first(self) -> list[Event]:
        """All entries that are kept."""
        with self._lock:
            return list(self._entries)
