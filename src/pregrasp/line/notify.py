"""Telling systemd how the service is: ready, stopping, alive.

The protocol is one datagram to the socket that systemd names; without systemd nothing is
sent.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Systemd:
    """The way to the service manager.

    Args:
        environment: Where the manager says how to reach it.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        microseconds = environment.get("WATCHDOG_USEC", "")
        self.watchdog = int(microseconds) / 1e6 if microseconds.isdigit() else None
        """How often it wants to hear that all is well [s]; None for never."""

    def tell(self, **state: str) -> None:
        """Send a state, for example ``READY="1"``, ``STATUS="Idle"``, ``WATCHDOG="1"``."""
        if not self._address:
            return
        # An address that begins with @ is an abstract one.
        address = self._address.replace("@", "\0", 1)
        message = "\n".join(f"{name}={value}" for name, value in state.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
            wire.sendto(message.encode(), address)
