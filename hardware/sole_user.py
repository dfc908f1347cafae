"""One program at a time moves a robot.

A controller does not mind whose motion programs it is given: two programs that take turns would
each move the arm away from under the other. So whoever opens a robot first binds a name to it,
in the kernel's own list (an abstract Unix socket): no file that could be left behind, the same
list for all users and services of the machine, and gone with its holder, however that ends.
Programs on other machines are not seen; the controller's mastership is for these.
"""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import struct

from pregrasp.hardware.errors import BusyError


def become_sole_user(device: str, address: str) -> socket.socket:
    """Hold a robot for this process.

    Args:
        device: Its name, for messages.
        address: What tells it from other robots.

    Returns:
        What holds it until it is closed; a context manager.

    Raises:
        BusyError: Another program of this machine, or this one, holds it.
    """
    digest = hashlib.sha256(address.encode("utf-8")).hexdigest()
    name = f"\0pregrasp-robot-{digest[:32]}"
    hold = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        hold.bind(name)
        # So that the next one can ask who it is.
        hold.listen()
    except OSError as error:
        hold.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise BusyError(
            device,
            f"{address} is in the hands of {_holder(name)}, and two programs must not move one "
            "robot.",
            "Stop that one first.",
        ) from error
    return hold


def _holder(name: str) -> str:
    """The process that has bound a name, for people."""
    credentials = struct.Struct("3i")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(1.0)
            asking.connect(name)
            told = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    except OSError:
        return "another program"
    process, _, _ = credentials.unpack(told)
    return "this program" if process == os.getpid() else f"process {process}"
