"""A GigE Vision camera in software, made of Aravis' own fake camera and another camera.

Control protocol (GVCP), picture stream (GVSP) and GenICam description come from Aravis; the
pictures come from any `Camera`, such as that of the simulated cell. A picture is asked for
when the client triggers it, so it is as fresh as a real one::

    with GigeServer(cell.camera, address="127.0.0.1"):
        ...

What it cannot do is what Aravis' fake camera cannot: one camera for each address of this
computer, at most 2048 x 2048 px, grey pictures only, and no resending of lost packets.
"""

from __future__ import annotations

import ctypes
import logging
import socket
from types import TracebackType
from typing import Any, Self

import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.errors import PregraspError
from pregrasp.hardware.aravis_library import FILL, load_aravis
from pregrasp.hardware.capabilities import Camera
from pregrasp.hardware.errors import DeviceUnavailableError

SENSOR = 2048
"""Width and height of the fake camera's sensor [px]."""

CONTROL_PORT = 3956
"""Of the GigE Vision control protocol [UDP]."""

_log = logging.getLogger(__name__)


class GigeServer:
    """Serves a camera's pictures until it is closed.

    Args:
        camera: Whose pictures; belongs to the caller.
        address: Of this computer, where to serve them.
        serial: Serial number it shows.
        lost_share: Share of the picture packets that get lost on purpose, 0 to 1.

    Raises:
        DeviceUnavailableError: Aravis is not installed, the address is not one of this
            computer's, or another program serves a camera there.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        address: str = "127.0.0.1",
        serial: str = "PREGRASP",
        lost_share: float = 0.0,
    ) -> None:
        width, height = camera.size
        if max(width, height) > SENSOR:
            raise DeviceUnavailableError(
                "camera server",
                f"pictures of {width} x {height} px are larger than the {SENSOR} px it serves.",
            )
        self.served = 0
        """How many pictures were sent."""
        self.failure: PregraspError | None = None
        """Why the latest picture is black, if it is."""
        self._camera = camera
        self._token = CancelToken()
        self._aravis = load_aravis()
        self._probe_version()
        self._server: int | None = None
        if not _is_free(address):
            raise _unavailable(address)
        self._server = self._aravis.call(
            "arv_gv_fake_camera_new", address.encode(), serial.encode()
        )
        if not self._server or not self._aravis.call("arv_gv_fake_camera_is_running", self._server):
            self.close()
            raise _unavailable(address)
        # Kept as long as the server: Aravis holds only a bare pointer to it.
        self._fill = FILL(self._on_fill)
        self.lose(lost_share)
        fake = self._aravis.call("arv_gv_fake_camera_get_fake_camera", self._server)
        self._aravis.call("arv_fake_camera_set_fill_pattern", fake, self._fill, None)

    def lose(self, share: float) -> None:
        """Lose packets on purpose from now on.

        Args:
            share: Of the picture packets, 0 to 1.
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"the share of lost packets is {share}, expected 0 to 1")
        self._aravis.set_double(self._server or 0, "gvsp-lost-ratio", share)

    def close(self) -> None:
        """Serve no more; calling it again changes nothing."""
        self._token.cancel()
        if self._server:
            # Joins the serving thread.
            self._aravis.call("g_object_unref", self._server)
        self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _probe_version(self) -> None:
        version = self._aravis.version
        numbers = tuple(int(part) for part in version.split("."))
        # From 0.9 on the callback has another signature.
        if not (0, 8, 20) <= numbers < (0, 9):
            raise DeviceUnavailableError(
                "camera server",
                f"Aravis {version} is installed.",
                "The camera server needs 0.8.20 or newer of the 0.8 series; the driver does not.",
            )

    def _on_fill(self, buffer: int, data: Any, exposure: int, gain: int, pixels: int) -> None:
        """Called by Aravis' thread; nothing may be raised into C."""
        call = self._aravis.call
        # Of the size it only knows width and height here (0.8.26 tells 0 bytes).
        width = call("arv_buffer_get_image_width", buffer)
        height = call("arv_buffer_get_image_height", buffer)
        memory = call("arv_buffer_get_data", buffer, ctypes.byref(ctypes.c_size_t()))
        raw = (ctypes.c_uint8 * (width * height)).from_address(memory)
        sent = np.ctypeslib.as_array(raw).reshape(height, width)
        try:
            image = self._camera.capture(self._token)
        except PregraspError as error:
            self.failure = error
            sent[:] = 0
            _log.warning("a black picture is sent: %s", error)
            return
        self.failure = None
        rows, columns = min(height, image.shape[0]), min(width, image.shape[1])
        if (rows, columns) != (height, width):
            sent[:] = 0
        sent[:rows, :columns] = image[:rows, :columns]
        self.served += 1


def _is_free(address: str) -> bool:
    """Whether nobody serves a camera there; Aravis would share the port without a word."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, CONTROL_PORT))
    except OSError:
        return False
    return True


def _unavailable(address: str) -> DeviceUnavailableError:
    return DeviceUnavailableError(
        "camera server",
        f"cannot serve a camera at {address}.",
        "It must be an address of this computer at which no other program serves one (UDP port "
        f"{CONTROL_PORT}).",
    )
