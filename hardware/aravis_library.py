"""The library Aravis (GenICam cameras) by ctypes: just the calls that are needed here.

Debian's package ``libaravis-0.8-0`` is enough; neither its tools nor GObject introspection
is. Aravis is under the LGPL 2.1 or later and is loaded, not shipped.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from typing import Any

from pregrasp.errors import PregraspError
from pregrasp.hardware.errors import DeviceUnavailableError

LIBRARIES = ("libaravis-0.8.so.0", "libgobject-2.0.so.0", "libglib-2.0.so.0")
INSTALL = "Install it: sudo apt-get install libaravis-0.8-0"

_G_TYPE_DOUBLE = 15 << 2
_pointer = ctypes.c_void_p
_text = ctypes.c_char_p
_int = ctypes.c_int
_uint = ctypes.c_uint
_double = ctypes.c_double

FILL = ctypes.CFUNCTYPE(None, _pointer, _pointer, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32)
"""Called by the fake camera to fill a picture: buffer, user data, exposure, gain, format."""


class _GError(ctypes.Structure):
    _fields_ = (("domain", ctypes.c_uint32), ("code", _int), ("message", _text))


class _GValue(ctypes.Structure):
    _fields_ = (("type", ctypes.c_size_t), ("data", ctypes.c_uint64 * 2))


class AravisError(PregraspError):
    """Aravis refused a call.

    Args:
        call: The function.
        code: Aravis' own number.
        message: Aravis' own words.
    """

    def __init__(self, call: str, code: int, message: str) -> None:
        self.call = call
        self.code = code
        self.message = message
        super().__init__(f"{call}: {message}")


_CAMERA: dict[str, tuple[Any, ...]] = {
    "create_stream": (_pointer, _pointer, _pointer),
    "get_model_name": (_text,),
    "get_payload": (_uint,),
    "get_region": (None, *[ctypes.POINTER(_int)] * 4),
    "get_sensor_size": (None, ctypes.POINTER(_int), ctypes.POINTER(_int)),
    "gv_auto_packet_size": (_uint,),
    "gv_get_packet_size": (_uint,),
    "gv_set_packet_size": (None, _int),
    "is_exposure_auto_available": (_int,),
    "is_gain_auto_available": (_int,),
    "set_acquisition_mode": (None, _int),
    "set_exposure_time": (None, _double),
    "set_exposure_time_auto": (None, _int),
    "set_frame_rate": (None, _double),
    "set_gain": (None, _double),
    "set_gain_auto": (None, _int),
    "set_pixel_format_from_string": (None, _text),
    "set_region": (None, _int, _int, _int, _int),
    "set_trigger": (None, _text),
    "clear_triggers": (None,),
    "software_trigger": (None,),
    "start_acquisition": (None,),
    "stop_acquisition": (None,),
}
"""``arv_camera_NAME(camera, ..., GError **)``: what it returns and takes."""

_PLAIN: dict[str, tuple[Any, ...]] = {
    "arv_buffer_get_data": (_pointer, _pointer, ctypes.POINTER(ctypes.c_size_t)),
    "arv_buffer_get_image_height": (_int, _pointer),
    "arv_buffer_get_image_width": (_int, _pointer),
    "arv_buffer_get_status": (_int, _pointer),
    "arv_buffer_new": (_pointer, ctypes.c_size_t, _pointer),
    "arv_camera_get_device": (_pointer, _pointer),
    "arv_camera_is_gv_device": (_int, _pointer),
    "arv_fake_camera_set_fill_pattern": (None, _pointer, FILL, _pointer),
    "arv_get_device_address": (_text, _uint),
    "arv_get_device_id": (_text, _uint),
    "arv_get_n_devices": (_uint,),
    "arv_gv_device_is_controller": (_int, _pointer),
    "arv_gv_fake_camera_get_fake_camera": (_pointer, _pointer),
    "arv_gv_fake_camera_is_running": (_int, _pointer),
    "arv_gv_fake_camera_new": (_pointer, _text, _text),
    "arv_gv_stream_packet_resend_get_type": (ctypes.c_size_t,),
    "arv_gv_stream_socket_buffer_get_type": (ctypes.c_size_t,),
    "arv_stream_push_buffer": (None, _pointer, _pointer),
    "arv_stream_timeout_pop_buffer": (_pointer, _pointer, ctypes.c_uint64),
    "arv_stream_try_pop_buffer": (_pointer, _pointer),
    "arv_update_device_list": (None,),
    "g_object_set_property": (None, _pointer, _text, ctypes.POINTER(_GValue)),
    "g_object_unref": (None, _pointer),
    "g_value_init": (_pointer, ctypes.POINTER(_GValue), ctypes.c_size_t),
    "g_value_set_double": (None, ctypes.POINTER(_GValue), _double),
    "g_value_set_enum": (None, ctypes.POINTER(_GValue), _int),
}
"""Functions without a GError: what each returns and takes."""


class Aravis:
    """The loaded library."""

    def __init__(self, libraries: tuple[ctypes.CDLL, ...]) -> None:
        self._libraries = libraries
        self._functions: dict[str, Any] = {}
        self._function("g_error_free", (None, ctypes.POINTER(_GError)))
        for name, signature in _PLAIN.items():
            self._function(name, signature)
        for name, (result, *arguments) in _CAMERA.items():
            error = ctypes.POINTER(ctypes.POINTER(_GError))
            self._function(f"arv_camera_{name}", (result, _pointer, *arguments, error))
        error = ctypes.POINTER(ctypes.POINTER(_GError))
        self._function("arv_camera_new", (_pointer, _text, error))
        register = (_int, _pointer, ctypes.c_uint64, ctypes.c_uint32, error)
        self._function("arv_device_write_register", register)

    @property
    def version(self) -> str:
        """Version of the library."""
        parts = ("major", "minor", "micro")
        return ".".join(str(self._libraries[0][f"arv_get_{part}_version"]()) for part in parts)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function that reports no errors."""
        return self._functions[name](*arguments)

    def open_camera(self, name: str) -> int:
        """Open a camera by address or name and take control of it.

        Raises:
            AravisError: It is not there, or says nothing that can be understood.
        """
        return int(self._checked("arv_camera_new", name.encode()))

    def camera(self, name: str, camera: int, *arguments: Any) -> Any:
        """Call ``arv_camera_NAME`` on an open camera.

        Raises:
            AravisError: The camera refused, or did not answer.
        """
        return self._checked(f"arv_camera_{name}", camera, *arguments)

    def write_register(self, camera: int, address: int, value: int) -> None:
        """Write a register of an open camera.

        Raises:
            AravisError: The camera refused, or did not answer.
        """
        device = self.call("arv_camera_get_device", camera)
        self._checked("arv_device_write_register", device, address, value)

    def set_double(self, instance: int, name: str, value: float) -> None:
        """Set a property that is a floating-point number."""
        held = _GValue()
        self.call("g_value_init", held, _G_TYPE_DOUBLE)
        self.call("g_value_set_double", held, value)
        self.call("g_object_set_property", instance, name.encode(), held)

    def set_choice(self, instance: int, name: str, kind: str, value: int) -> None:
        """Set a property that is one of an enumeration's numbers.

        Args:
            instance: The object.
            name: Of the property.
            kind: The function that names the enumeration's type.
            value: The number.
        """
        held = _GValue()
        self.call("g_value_init", held, self.call(kind))
        self.call("g_value_set_enum", held, value)
        self.call("g_object_set_property", instance, name.encode(), held)

    def _function(self, name: str, signature: tuple[Any, ...]) -> None:
        library = next(lib for lib in self._libraries if hasattr(lib, name))
        function = getattr(library, name)
        function.restype, function.argtypes = signature[0], signature[1:]
        self._functions[name] = function

    def _checked(self, name: str, *arguments: Any) -> Any:
        error = ctypes.POINTER(_GError)()
        result = self._functions[name](*arguments, ctypes.byref(error))
        if error:
            told = AravisError(name, error.contents.code, error.contents.message.decode())
            self._functions["g_error_free"](error)
            raise told
        return result


@cache
def load_aravis() -> Aravis:
    """The library, loaded once.

    Raises:
        DeviceUnavailableError: It is not installed, or lacks what is needed.
    """
    try:
        return Aravis(tuple(ctypes.CDLL(name) for name in LIBRARIES))
    except OSError as error:
        raise DeviceUnavailableError(
            "Aravis", f"the library is not installed ({error}).", INSTALL
        ) from error
    except StopIteration as error:
        raise DeviceUnavailableError(
            "Aravis", "the library is another version.", "Version 0.8.20 or newer is needed."
        ) from error
