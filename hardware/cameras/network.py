"""What the network between this computer and a camera lets through."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

from pregrasp.hardware.cameras.errors import PacketSizeError

_IP_MTU = 14
"""``IP_MTU`` of Linux' ip.h; the socket module does not name it."""

_CONTROL_PORT = 3956
"""Of the GigE Vision control protocol."""


def largest_packet(address: str) -> int | None:
    """The largest packet that this computer may send towards an address [bytes].

    None where the system does not tell, or the address is not one.
    """
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        return None
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
    ):
        probe.connect((address, _CONTROL_PORT))
        return probe.getsockopt(socket.IPPROTO_IP, _IP_MTU)
    return None


def check_packet_fits(name: str, packet_bytes: int, address: str) -> None:
    """Make sure that packets of a size can get through this computer's network card.

    Raises:
        PacketSizeError: They cannot.
    """
    largest = largest_packet(address)
    if largest is not None and packet_bytes > largest:
        raise PacketSizeError(
            name,
            f"packet_bytes is {packet_bytes}, but the network card towards {address} takes "
            f"{largest} at most.",
            f"Set packet_bytes to {min(largest, 1400)}, or raise the MTU of the card and of every "
            "switch.",
        )
