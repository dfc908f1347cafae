"""What can go wrong with the viewer; nothing of it ever reaches a running tree.

::

    ViewerError
    ├── PortTakenError     something else listens there
    └── CommandError       what a page asked for makes no sense, or is not allowed
"""

from __future__ import annotations

from pregrasp.errors import PregraspError


class ViewerError(PregraspError):
    """The viewer cannot be started."""


class PortTakenError(ViewerError):
    """Another program listens on the port.

    Args:
        port: The port.
        reason: What the system says.
    """

    def __init__(self, port: int, reason: str) -> None:
        self.port = port
        super().__init__(
            f"the viewer cannot listen on port {port} of 127.0.0.1: {reason}. "
            "Choose another one with --port, or --port 0 for any that is free."
        )


class CommandError(PregraspError):
    """A page asked for something that makes no sense, or that it may not do."""
