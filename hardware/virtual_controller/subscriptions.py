"""Subscriptions: resources whose changes are sent over a websocket."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pregrasp.hardware.virtual_controller.answers import RefusalError, event
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.event_log import Event

PROTOCOL = "robapi2_subscription"
"""Websocket subprotocol of Robot Web Services 1.0."""
MOST_IN_A_GROUP = 1000
"""Resources; more are refused."""

_SIGNAL = re.compile(r"^/rw/iosystem/signals/(?:[^/]+/[^/]+/)?([^/;]+);state$")
_VARIABLE = re.compile(r"^/rw/rapid/symbol/data/RAPID/([^;]+);value$")
_PLAIN = {
    "/rw/panel/ctrlstate": ("ctrlstate", "pnl-ctrlstate-ev"),
    "/rw/panel/opmode": ("opmode", "pnl-opmode-ev"),
    "/rw/rapid/execution;ctrlexecstate": ("ctrlexecstate", "rap-ctrlexecstate-ev"),
}
_LOG = "/rw/elog/0"


@dataclass
class Group:
    """The resources that one client wants to hear of."""

    number: int
    session: str
    links: tuple[str, ...]
    events: asyncio.Queue[str] = field(default_factory=asyncio.Queue)


class Subscriptions:
    """All groups of one controller.

    Args:
        controller: What is listened to.
        soon: Runs a function on the server's thread.
    """

    def __init__(
        self, controller: VirtualController, soon: Callable[[Callable[[], None]], object]
    ) -> None:
        self._controller = controller
        self._soon = soon
        self._groups: dict[int, Group] = {}
        self._number = 0
        controller.listeners.append(self._changed)
        controller.log.listeners.append(self._logged)
        controller.signals.listeners.append(self._signalled)

    def close(self) -> None:
        """Listen no more."""
        self._controller.listeners.remove(self._changed)
        self._controller.log.listeners.remove(self._logged)
        self._controller.signals.listeners.remove(self._signalled)

    def add(self, session: str, links: list[str]) -> Group:
        """A new group; the values of now are its first events.

        Raises:
            RefusalError: A resource that cannot be subscribed to, or none at all.
        """
        if not 1 <= len(links) <= MOST_IN_A_GROUP:
            raise RefusalError(400, -1073445865, f"{len(links)} resources")
        self._number += 1
        group = Group(self._number, session, tuple(links))
        for link in links:
            first = self._now(link)
            if first:
                group.events.put_nowait(first)
        self._groups[group.number] = group
        return group

    def find(self, number: int, session: str) -> Group | None:
        """A session's group by its number."""
        group = self._groups.get(number)
        return group if group is not None and group.session == session else None

    def remove(self, number: int) -> None:
        """Forget a group."""
        self._groups.pop(number, None)

    def _now(self, link: str) -> str:
        if link in _PLAIN:
            what, kind = _PLAIN[link]
            values = {
                "ctrlstate": self._controller.state,
                "opmode": self._controller.mode,
                "ctrlexecstate": self._controller.execution,
            }
            return event(kind, link, {what: values[what]})
        signal, variable = _SIGNAL.match(link), _VARIABLE.match(link)
        if signal and signal[1] in self._controller.signals.names():
            return _signal_event(link, self._controller.signals.get(signal[1]).value)
        if variable and variable[1] in self._controller.variables:
            return event("rap-data", link, {"value": self._controller.variables[variable[1]]})
        if link == _LOG:
            return ""
        raise RefusalError(400, -1073445865, f"no such resource: {link}")

    def _changed(self, what: str, value: str) -> None:
        def matches(link: str) -> str:
            if link in _PLAIN and _PLAIN[link][0] == what:
                return event(_PLAIN[link][1], link, {what: value})
            variable = _VARIABLE.match(link)
            if variable and what == f"RAPID/{variable[1]}":
                return event("rap-data", link, {"value": value})
            return ""

        self._send(matches)

    def _logged(self, entry: Event) -> None:
        text = event("elog-message-ev", f"{_LOG}/{entry.number}", {"seqnum": str(entry.number)})
        self._send(lambda link: text if link == _LOG else "")

    def _signalled(self, name: str, value: float) -> None:
        def matches(link: str) -> str:
            signal = _SIGNAL.match(link)
            return _signal_event(link, value) if signal and signal[1] == name else ""

        self._send(matches)

    def _send(self, matches: Callable[[str], str]) -> None:
        def deliver() -> None:
            for group in self._groups.values():
                for link in group.links:
                    text = matches(link)
                    if text:
                        group.events.put_nowait(text)

        self._soon(deliver)


def _signal_event(link: str, value: float) -> str:
    return event("ios-signalstate-ev", link, {"lvalue": f"{value:g}", "lstate": "not simulated"})
