"""Any GigE Vision or USB3 Vision camera, through Aravis.

A Flea3 GigE works with this as well, without FLIR's SDK.
"""

from __future__ import annotations

import ctypes

import numpy as np

from pregrasp.hardware.aravis_library import Aravis, AravisError, load_aravis
from pregrasp.hardware.cameras.configuration import AravisConfiguration, PictureBy, Sensor
from pregrasp.hardware.cameras.errors import (
    CameraLostError,
    CameraNotFoundError,
    CameraSettingError,
)
from pregrasp.hardware.cameras.grabbing import Frame, GrabbingCamera
from pregrasp.hardware.cameras.network import check_packet_fits
from pregrasp.hardware.clock import WallClock

BUFFERS = 4
"""Pictures that may be under way; the newest is taken, so more would only hold old ones."""

STATUS = {
    1: "the buffer was cleared",
    2: "packets came too late",
    3: "packets are missing",
    4: "packets came in the wrong order",
    5: "it has another size than was promised",
    6: "it is not filled yet",
    7: "it was aborted",
}
"""Aravis' states of a picture that is not whole."""

HEARTBEAT_REGISTER = 0x0938
"""Of every GigE Vision camera: how long it waits for a sign of life before it lets go [ms]."""
HEARTBEAT_MS = 10_000

_CONTINUOUS = 0
_OFF = 0
_RESEND_NEVER, _RESEND_ALWAYS = 0, 1
_BUFFER_AUTO = 1


def open_aravis(configuration: AravisConfiguration, *, name: str = "camera") -> GrabbingCamera:
    """Open a camera.

    Raises:
        CameraNotFoundError: It is not there, or another program has it.
        CameraSettingError: It refuses a setting.
        DeviceUnavailableError: Aravis is not installed.
    """
    return GrabbingCamera(AravisSource(configuration, name), configuration.pictures, WallClock())


def list_cameras() -> dict[str, str]:
    """Name and address of every camera that answers; takes about a second.

    Raises:
        DeviceUnavailableError: Aravis is not installed.
    """
    aravis = load_aravis()
    aravis.call("arv_update_device_list")
    return {
        aravis.call("arv_get_device_id", n).decode(): (
            aravis.call("arv_get_device_address", n) or b""
        ).decode()
        for n in range(aravis.call("arv_get_n_devices"))
    }


class AravisSource:
    """One camera as Aravis shows it; connects again after it was lost.

    Args:
        configuration: Which camera, and its settings.
        name: For messages.

    Raises:
        CameraNotFoundError: It is not there, or another program has it.
        CameraSettingError: It refuses a setting.
        DeviceUnavailableError: Aravis is not installed.
    """

    def __init__(self, configuration: AravisConfiguration, name: str) -> None:
        self.name = name
        self.model = ""
        """Name of the camera's model."""
        self.packet_bytes: int | None = None
        """Size of the picture packets; None for a camera that is not on a network."""
        self._configuration = configuration
        self._aravis: Aravis = load_aravis()
        self._camera: int | None = None
        self._stream: int | None = None
        self._lost = False
        self._size = (0, 0)
        self._connect()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""
        return self._size

    def start(self) -> None:
        """Begin to acquire.

        Raises:
            CameraNotFoundError: The camera was lost before and is not back.
        """
        if self._lost:
            # Giving up a camera that does not answer takes seconds, so it is done late.
            self.close()
        if self._camera is None:
            self._connect()
        self._ask("start_acquisition")

    def stop(self) -> None:
        """End acquiring; a camera that is gone has ended."""
        if self._camera is not None and not self._lost:
            try:
                self._aravis.camera("stop_acquisition", self._camera)
            except AravisError:
                self._lost = True

    def flush(self) -> None:
        """Throw away the pictures that are waiting."""
        while buffer := self._aravis.call("arv_stream_try_pop_buffer", self._stream):
            self._aravis.call("arv_stream_push_buffer", self._stream, buffer)

    def trigger(self) -> None:
        """Have one picture exposed now.

        Raises:
            CameraLostError: The camera does not answer.
        """
        self._ask("software_trigger")

    def fetch(self, timeout: float) -> Frame | None:
        """The next picture; None if none came in time.

        Args:
            timeout: Longest wait [s].

        Raises:
            CameraLostError: The camera has not answered for some seconds.
        """
        call = self._aravis.call
        buffer = call("arv_stream_timeout_pop_buffer", self._stream, round(timeout * 1e6))
        if not buffer:
            self._check_heartbeat()
            return None
        try:
            status = call("arv_buffer_get_status", buffer)
            if status != 0:
                return Frame(damage=STATUS.get(status, f"state {status}"))
            width = call("arv_buffer_get_image_width", buffer)
            height = call("arv_buffer_get_image_height", buffer)
            length = ctypes.c_size_t()
            data = call("arv_buffer_get_data", buffer, ctypes.byref(length))
            if (width, height) != self._size or length.value < width * height:
                return Frame(damage=f"it has {width} x {height} px in {length.value} bytes")
            shared = np.ctypeslib.as_array((ctypes.c_uint8 * (width * height)).from_address(data))
            # The buffer is filled again as soon as it is given back.
            return Frame(shared.reshape(height, width).copy())
        finally:
            call("arv_stream_push_buffer", self._stream, buffer)

    def close(self) -> None:
        """Release the camera; calling it again changes nothing."""
        # The stream first: its thread uses the camera.
        for instance in (self._stream, self._camera):
            if instance is not None:
                self._aravis.call("g_object_unref", instance)
        self._stream = self._camera = None
        self._lost = False

    # --- Connecting ------------------------------------------------------------------------
    def _connect(self) -> None:
        identity, address = self._find()
        try:
            self._camera = self._aravis.open_camera(identity)
        except AravisError as error:
            raise CameraNotFoundError(
                self.name,
                f"{identity} cannot be opened: {error.message}.",
                "Check its address and that no other program uses it.",
            ) from error
        try:
            self._check_control(identity)
            self._set_up(self._camera, address)
        except AravisError as error:
            self.close()
            raise CameraSettingError(
                self.name, f"refuses {error.call}: {error.message}.", "Change the cell file."
            ) from error
        except BaseException:
            self.close()
            raise

    def _find(self) -> tuple[str, str]:
        """Name and address of the camera."""
        # Without this the stream of a camera on a second interface stays empty (0.8.26).
        present = list_cameras()
        wanted = self._configuration.camera
        found = [item for item in present.items() if wanted is None or wanted in item]
        if len(found) == 1:
            return found[0]
        seen = ", ".join(f"{name} at {address}" for name, address in present.items()) or "none"
        if wanted is None and present:
            raise CameraNotFoundError(
                self.name,
                f"there are {len(present)}: {seen}.",
                "Name one of them in the cell file.",
            )
        raise CameraNotFoundError(
            self.name,
            f"{wanted or 'a camera'} does not answer; found: {seen}.",
            "Check power, cable, and that camera and computer are in one network.",
        )

    def _check_control(self, identity: str) -> None:
        if not self._controls():
            raise CameraNotFoundError(
                self.name,
                f"{identity} is controlled by another program.",
                "Close that program, or wait until the camera lets go of it (10 s).",
            )

    def _controls(self) -> bool:
        call = self._aravis.call
        return not call("arv_camera_is_gv_device", self._camera) or bool(
            call("arv_gv_device_is_controller", call("arv_camera_get_device", self._camera))
        )

    def _set_up(self, camera: int, address: str) -> None:
        aravis, configuration = self._aravis, self._configuration
        self.model = aravis.camera("get_model_name", camera).decode()
        aravis.camera("set_acquisition_mode", camera, _CONTINUOUS)
        aravis.camera("set_pixel_format_from_string", camera, b"Mono8")
        self._set_region(camera, configuration.sensor)
        self._set_exposure(camera, configuration.sensor)
        if configuration.pictures.by is PictureBy.TRIGGER:
            aravis.camera("set_trigger", camera, b"Software")
        else:
            aravis.camera("clear_triggers", camera)
        if aravis.call("arv_camera_is_gv_device", camera):
            self._set_packets(camera, address)
        self._make_stream(camera)

    def _set_region(self, camera: int, sensor: Sensor) -> None:
        full = (ctypes.c_int(), ctypes.c_int())
        self._aravis.camera("get_sensor_size", camera, *map(ctypes.byref, full))
        columns, rows = full[0].value, full[1].value
        width, height = sensor.width_px or columns, sensor.height_px or rows
        if sensor.x_px + width > columns or sensor.y_px + height > rows:
            raise CameraSettingError(
                self.name,
                f"cannot show {width} x {height} px from ({sensor.x_px}, {sensor.y_px}): "
                f"its sensor has {columns} x {rows} px.",
                "Change sensor in the cell file.",
            )
        wanted = (sensor.x_px, sensor.y_px, width, height)
        self._aravis.camera("set_region", camera, *wanted)
        numbers = [ctypes.c_int() for _ in wanted]
        self._aravis.camera("get_region", camera, *map(ctypes.byref, numbers))
        got = tuple(number.value for number in numbers)
        if got != wanted:
            raise CameraSettingError(
                self.name,
                f"shows the region {got} (x, y, width, height in px) instead of {wanted}.",
                "Give a region that the sensor has, in the steps that the camera allows.",
            )
        self._size = (width, height)

    def _set_exposure(self, camera: int, sensor: Sensor) -> None:
        aravis = self._aravis
        if sensor.exposure is not None:
            if aravis.camera("is_exposure_auto_available", camera):
                aravis.camera("set_exposure_time_auto", camera, _OFF)
            aravis.camera("set_exposure_time", camera, sensor.exposure * 1e6)
        if sensor.gain_db is not None:
            if aravis.camera("is_gain_auto_available", camera):
                aravis.camera("set_gain_auto", camera, _OFF)
            aravis.camera("set_gain", camera, sensor.gain_db)
        if sensor.frame_rate_hz is not None:
            aravis.camera("set_frame_rate", camera, sensor.frame_rate_hz)

    def _set_packets(self, camera: int, address: str) -> None:
        # The usual three seconds are too short for a computer that is busy for a moment.
        self._aravis.write_register(camera, HEARTBEAT_REGISTER, HEARTBEAT_MS)
        wanted = self._configuration.packet_bytes
        if wanted is None:
            self._aravis.camera("gv_auto_packet_size", camera)
        else:
            check_packet_fits(self.name, wanted, address)
            self._aravis.camera("gv_set_packet_size", camera, wanted)
        self.packet_bytes = self._aravis.camera("gv_get_packet_size", camera)

    def _make_stream(self, camera: int) -> None:
        aravis = self._aravis
        self._stream = aravis.camera("create_stream", camera, None, None)
        if aravis.call("arv_camera_is_gv_device", camera):
            resend = _RESEND_ALWAYS if self._configuration.resend else _RESEND_NEVER
            kind = "arv_gv_stream_packet_resend_get_type"
            aravis.set_choice(self._stream, "packet-resend", kind, resend)
            kind = "arv_gv_stream_socket_buffer_get_type"
            aravis.set_choice(self._stream, "socket-buffer", kind, _BUFFER_AUTO)
        payload = aravis.camera("get_payload", camera)
        for _ in range(BUFFERS):
            # The stream owns its buffers and frees them with itself.
            buffer = aravis.call("arv_buffer_new", payload, None)
            aravis.call("arv_stream_push_buffer", self._stream, buffer)

    def _ask(self, request: str) -> None:
        self._check_heartbeat()
        try:
            self._aravis.camera(request, self._camera or 0)
        except AravisError as error:
            self._lost = True
            raise self._lost_error(f"{request}: {error.message}") from error

    def _check_heartbeat(self) -> None:
        """Aravis gives up control when the camera leaves its heartbeat unanswered."""
        if not self._controls():
            self._lost = True
            raise self._lost_error("its heartbeat stopped")

    def _lost_error(self, why: str) -> CameraLostError:
        return CameraLostError(
            self.name,
            f"no longer answers ({why}).",
            "Check its power and cable; the next picture connects again.",
        )
