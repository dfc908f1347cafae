"""A camera of FLIR (Point Grey, Teledyne) through PySpin, the Spinnaker SDK for Python.

PySpin counts references: a camera, node or picture that is still held somewhere when the
system is released leaves the SDK in a state that only a new process cures (error -1004).
Everything is therefore taken and given back in one fixed order, on every way out::

    System.GetInstance - GetCameras - GetBySerial - Init
        BeginAcquisition - TriggerSoftware - GetNextImage - copy - Release - EndAcquisition
    DeInit - del camera - cameras.Clear - system.ReleaseInstance

Nodes are never kept in attributes, only in local variables, and errors forget those.
"""

from __future__ import annotations

import importlib
import traceback
from typing import Any

import numpy as np

from pregrasp.hardware.cameras.configuration import PictureBy, PySpinConfiguration
from pregrasp.hardware.cameras.errors import (
    CameraLostError,
    CameraNotFoundError,
    CameraSettingError,
)
from pregrasp.hardware.cameras.grabbing import Frame, GrabbingCamera
from pregrasp.hardware.cameras.network import check_packet_fits
from pregrasp.hardware.clock import WallClock
from pregrasp.hardware.errors import DeviceUnavailableError

BUFFERS = 4
"""Pictures that may be under way; the newest is taken."""

TIMEOUT = -1011
"""Spinnaker's number for: no picture in time."""

WHERE_FROM = (
    "PySpin comes with the Spinnaker SDK of Teledyne FLIR, as a wheel for your version of Python: "
    "https://www.teledynevisionsolutions.com/products/spinnaker-sdk/ - `pip install PySpin` "
    "installs an unrelated package. A GigE camera works without it too: name it under `aravis`."
)


def open_pyspin(configuration: PySpinConfiguration, *, name: str = "camera") -> GrabbingCamera:
    """Open a camera.

    Raises:
        CameraNotFoundError: It is not there, or another program has it.
        CameraSettingError: It refuses a setting.
        DeviceUnavailableError: PySpin is not installed.
    """
    return GrabbingCamera(PySpinSource(configuration, name), configuration.pictures, WallClock())


def load_pyspin(name: str) -> Any:
    """The module PySpin of the Spinnaker SDK.

    Raises:
        DeviceUnavailableError: It is not installed, or it is the unrelated package.
    """
    try:
        module = importlib.import_module("PySpin")
    except ImportError as error:
        raise DeviceUnavailableError(name, "PySpin is not installed.", WHERE_FROM) from error
    if not hasattr(module, "System"):
        raise DeviceUnavailableError(
            name, "the installed package PySpin is not the one of the Spinnaker SDK.", WHERE_FROM
        )
    return module


class PySpinSource:
    """One camera as PySpin shows it; connects again after it was lost.

    Args:
        configuration: Which camera, and its settings.
        name: For messages.

    Raises:
        CameraNotFoundError: It is not there, or another program has it.
        CameraSettingError: It refuses a setting.
        DeviceUnavailableError: PySpin is not installed.
    """

    def __init__(self, configuration: PySpinConfiguration, name: str) -> None:
        self.name = name
        self.model = ""
        """Name of the camera's model."""
        self.packet_bytes: int | None = None
        """Size of the picture packets; None for a camera that is not on a network."""
        self._configuration = configuration
        self._spin = load_pyspin(name)
        self._system: Any = None
        self._cameras: Any = None
        self._camera: Any = None
        self._initialised = False
        self._acquiring = False
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
            CameraLostError: The camera does not answer.
            CameraNotFoundError: The camera was lost before and is not back.
        """
        if self._lost:
            self.close()
        if self._camera is None:
            self._connect()
        try:
            self._camera.BeginAcquisition()
            self._acquiring = True
        except self._spin.SpinnakerException as error:
            raise self._lost_error(error) from error

    def stop(self) -> None:
        """End acquiring; calling it again changes nothing."""
        if self._acquiring:
            self._acquiring = False
            try:
                self._camera.EndAcquisition()
            except self._spin.SpinnakerException:
                self._lost = True

    def flush(self) -> None:
        """Throw away the picture that is waiting; the stream keeps the newest only."""
        while self._next(0.0) is not None:
            pass

    def trigger(self) -> None:
        """Have one picture exposed now.

        Raises:
            CameraLostError: The camera does not answer.
        """
        try:
            self._camera.TriggerSoftware.Execute()
        except self._spin.SpinnakerException as error:
            raise self._lost_error(error) from error

    def fetch(self, timeout: float) -> Frame | None:
        """The next picture; None if none came in time.

        Args:
            timeout: Longest wait [s].

        Raises:
            CameraLostError: The camera does not answer.
        """
        return self._next(timeout)

    def close(self) -> None:
        """Release the camera; calling it again changes nothing."""
        self.stop()
        self._lost = False
        try:
            if self._initialised:
                self._give_back()
        finally:
            # The order counts, and no reference may be left: see the module's description.
            self._initialised = False
            self._camera = None
            if self._cameras is not None:
                self._cameras.Clear()
                self._cameras = None
            if self._system is not None:
                self._system.ReleaseInstance()
                self._system = None

    # --- Connecting ------------------------------------------------------------------------
    def _connect(self) -> None:
        try:
            self._system = self._spin.System.GetInstance()
            self._cameras = self._system.GetCameras()
            self._camera = self._find()
            self._camera.Init()
            self._initialised = True
        except self._spin.SpinnakerException as error:
            self._give_up(error)
            raise CameraNotFoundError(
                self.name,
                f"cannot be opened: {error}.",
                "Close the program that uses it, SpinView for example.",
            ) from error
        except BaseException as error:
            self._give_up(error)
            raise
        try:
            self._set_up()
        except self._spin.SpinnakerException as error:
            self._give_up(error)
            raise CameraSettingError(self.name, f"refuses a setting: {error}.") from error
        except BaseException as error:
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        _let_go(error)
        self.close()

    def _find(self) -> Any:
        serial, count = self._configuration.serial, self._cameras.GetSize()
        if serial is not None:
            camera = self._cameras.GetBySerial(serial)
            if camera is not None and camera.IsValid():
                return camera
            del camera
        elif count == 1:
            return self._cameras.GetByIndex(0)
        elif count > 1:
            raise CameraNotFoundError(
                self.name, f"there are {count} cameras.", "Give the serial number of one of them."
            )
        raise CameraNotFoundError(
            self.name,
            f"{f'camera {serial}' if serial else 'a camera'} does not answer; found: {count}.",
            "Check power, cable, and that camera and computer are in one network.",
        )

    def _set_up(self) -> None:
        nodes, configuration = self._camera.GetNodeMap(), self._configuration
        self.model = self._text(nodes, "DeviceModelName")
        self._choose(nodes, "TriggerMode", "Off")
        self._choose(nodes, "AcquisitionMode", "Continuous")
        self._choose(nodes, "PixelFormat", "Mono8")
        self._set_region(nodes)
        self._set_exposure(nodes)
        # A trigger's source can be chosen only while triggering is off.
        if configuration.pictures.by is PictureBy.TRIGGER:
            self._choose(nodes, "TriggerSelector", "FrameStart")
            self._choose(nodes, "TriggerSource", "Software")
            self._choose(nodes, "TriggerMode", "On")
        if configuration.packet_bytes is not None and self._has(nodes, "GevSCPSPacketSize"):
            address = self._text(self._camera.GetTLDeviceNodeMap(), "GevDeviceIPAddress")
            check_packet_fits(self.name, configuration.packet_bytes, _dotted(address))
            self._write(nodes, "GevSCPSPacketSize", configuration.packet_bytes)
            self.packet_bytes = configuration.packet_bytes
        stream = self._camera.GetTLStreamNodeMap()
        self._choose(stream, "StreamBufferHandlingMode", "NewestOnly")
        self._choose(stream, "StreamBufferCountMode", "Manual")
        self._write(stream, "StreamBufferCountManual", BUFFERS)
        if self._has(stream, "StreamPacketResendEnable"):
            self._write(stream, "StreamPacketResendEnable", configuration.resend, "Boolean")

    def _set_region(self, nodes: Any) -> None:
        sensor = self._configuration.sensor
        # Offsets first back to zero: they limit how large the region may be.
        for name in ("OffsetX", "OffsetY"):
            self._write(nodes, name, 0)
        for name, value in (("Width", sensor.width_px), ("Height", sensor.height_px)):
            node = self._spin.CIntegerPtr(nodes.GetNode(name))
            self._write(nodes, name, node.GetMax() if value is None else value)
        for name, value in (("OffsetX", sensor.x_px), ("OffsetY", sensor.y_px)):
            self._write(nodes, name, value)
        width, height = (
            int(self._spin.CIntegerPtr(nodes.GetNode(name)).GetValue())
            for name in ("Width", "Height")
        )
        self._size = (width, height)

    def _set_exposure(self, nodes: Any) -> None:
        sensor = self._configuration.sensor
        if sensor.exposure is not None:
            self._choose(nodes, "ExposureAuto", "Off")
            self._write(nodes, "ExposureTime", sensor.exposure * 1e6, "Float")
        if sensor.gain_db is not None:
            self._choose(nodes, "GainAuto", "Off")
            self._write(nodes, "Gain", sensor.gain_db, "Float")
        if sensor.frame_rate_hz is not None:
            self._write(nodes, "AcquisitionFrameRate", sensor.frame_rate_hz, "Float")

    def _give_back(self) -> None:
        try:
            if self._configuration.pictures.by is PictureBy.TRIGGER:
                self._choose(self._camera.GetNodeMap(), "TriggerMode", "Off")
            self._camera.DeInit()
        except (self._spin.SpinnakerException, CameraSettingError) as error:
            _let_go(error)
            # It is gone; the SDK lets go of it all the same.
            self._lost = False

    # --- Nodes -----------------------------------------------------------------------------
    def _has(self, nodes: Any, name: str) -> bool:
        node = nodes.GetNode(name)
        return node is not None and bool(self._spin.IsAvailable(node))

    def _writable(self, nodes: Any, name: str, kind: str) -> Any:
        node = nodes.GetNode(name)
        typed = None if node is None else getattr(self._spin, f"C{kind}Ptr")(node)
        if typed is None or not (self._spin.IsAvailable(typed) and self._spin.IsWritable(typed)):
            raise CameraSettingError(
                self.name,
                f"its {name} cannot be set.",
                "Leave it out of the cell file, or power the camera off and on.",
            )
        return typed

    def _write(self, nodes: Any, name: str, value: float, kind: str = "Integer") -> None:
        typed = self._writable(nodes, name, kind)
        if kind != "Boolean" and not typed.GetMin() <= value <= typed.GetMax():
            raise CameraSettingError(
                self.name,
                f"its {name} cannot be {value:g}: it can be {typed.GetMin():g} to "
                f"{typed.GetMax():g}.",
                "Change the cell file.",
            )
        typed.SetValue(value)

    def _choose(self, nodes: Any, name: str, choice: str) -> None:
        typed = self._writable(nodes, name, "Enumeration")
        entry = typed.GetEntryByName(choice)
        if entry is None or not self._spin.IsReadable(entry):
            raise CameraSettingError(
                self.name, f"its {name} cannot be {choice}.", "Another camera is needed."
            )
        typed.SetIntValue(entry.GetValue())

    def _text(self, nodes: Any, name: str) -> str:
        node = nodes.GetNode(name)
        if node is None or not self._spin.IsReadable(node):
            return ""
        return str(self._spin.CValuePtr(node).ToString())

    # --- Pictures --------------------------------------------------------------------------
    def _next(self, timeout: float) -> Frame | None:
        try:
            picture = self._camera.GetNextImage(round(timeout * 1e3))
        except self._spin.SpinnakerException as error:
            if error.errorcode == TIMEOUT:
                return None
            raise self._lost_error(error) from error
        try:
            if picture.IsIncomplete():
                status = picture.GetImageStatus()
                words = self._spin.Image.GetImageStatusDescription(status)
                return Frame(damage=f"{words} (status {status})")
            # The memory is the camera's again after Release, so it is copied before.
            return Frame(np.array(picture.GetNDArray(), np.uint8, copy=True))
        finally:
            picture.Release()

    def _lost_error(self, error: Exception) -> CameraLostError:
        self._lost = True
        _let_go(error)
        return CameraLostError(
            self.name,
            f"no longer answers ({error}).",
            "Check its power and cable; the next picture connects again.",
        )


def _let_go(error: BaseException) -> None:
    """Have an error forget the variables of the calls it came from.

    They are references to cameras and nodes, and errors are kept for a long time.
    """
    traceback.clear_frames(error.__traceback__)


def _dotted(address: str) -> str:
    """An address as it is written, of the number that Spinnaker shows ('0x7f000001')."""
    if not address.startswith("0x"):
        return address
    return ".".join(str(byte) for byte in int(address, 16).to_bytes(4, "big"))
