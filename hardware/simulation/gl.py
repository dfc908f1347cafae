"""Finding an OpenGL that draws without a screen.

MuJoCo picks its OpenGL from the variable ``MUJOCO_GL`` when it is imported, and the import
itself fails when that library is missing. So nothing is set blindly here: the libraries are
looked for, and MuJoCo's context class of the one that is there is imported explicitly.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from typing import Any

from pregrasp.hardware.errors import DeviceUnavailableError

REMEDY = "Install one: apt-get install libegl1 libgl1 (or libosmesa6)."

LIBRARIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "egl": (("libEGL.so.1",), ("libGL.so.1", "libOpenGL.so.0")),
    "osmesa": (("libOSMesa.so.8", "libOSMesa.so.6"),),
}
"""What each backend loads: one library of each group is needed."""


def find_backend() -> str:
    """The OpenGL backend to draw with: ``egl``, ``osmesa`` or what ``MUJOCO_GL`` says.

    Raises:
        DeviceUnavailableError: There is none; the message names the packages to install.
    """
    wanted = os.environ.get("MUJOCO_GL", "").strip().lower()
    if wanted in {"disable", "disabled", "off", "false", "0"}:
        raise DeviceUnavailableError(
            "renderer", f"MUJOCO_GL={wanted} switches drawing off.", "Unset MUJOCO_GL."
        )
    if wanted in {"egl", "osmesa"}:
        if not _loads(wanted):
            raise DeviceUnavailableError(
                "renderer", f"MUJOCO_GL={wanted}, but its library is not installed.", REMEDY
            )
        return wanted
    if wanted == "glfw":
        return wanted
    for backend in LIBRARIES:
        if _loads(backend):
            return backend
    raise DeviceUnavailableError(
        "renderer", "found neither EGL nor OSMesa, and the simulated camera needs one.", REMEDY
    )


def make_context(width: int, height: int) -> Any:
    """An OpenGL context, current in the calling thread; free it in the same thread.

    Raises:
        DeviceUnavailableError: There is no OpenGL, or it refuses to start.
    """
    backend = find_backend()
    try:
        context = importlib.import_module(f"mujoco.{backend}").GLContext(width, height)
        context.make_current()
    except Exception as error:
        # The bindings raise whatever they stumble over: AttributeError, RuntimeError, GLError.
        raise DeviceUnavailableError(
            "renderer", f"{backend} did not start: {error}.", REMEDY
        ) from error
    return context


def _loads(backend: str) -> bool:
    return all(any(_load(name) for name in group) for group in LIBRARIES[backend])


def _load(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
