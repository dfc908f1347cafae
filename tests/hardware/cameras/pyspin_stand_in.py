"""A PySpin that records every call and enforces the order in which the real one must be used.

It raises where the real one would leave the process in a state that only a restart cures:
a reference that is still held (-1004), pixels read after their picture was released, a
camera released while it streams, a setting written where the real one refuses.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np


class SpinnakerException(Exception):  # noqa: N818 - its name in PySpin
    def __init__(self, message: str, errorcode: int) -> None:
        self.errorcode = errorcode
        super().__init__(f"Spinnaker: {message} [{errorcode}]")


class Node:
    def __init__(self, stand_in: PySpin, name: str, value: Any, **facts: Any) -> None:
        self.stand_in, self.name, self.value = stand_in, name, value
        self.choices: tuple[str, ...] = facts.get("choices", ())
        self.low, self.high = facts.get("low", 0), facts.get("high", 10**9)

    def SetValue(self, value: Any) -> None:  # noqa: N802
        self.stand_in.written(self, value)

    def SetIntValue(self, value: int) -> None:  # noqa: N802
        self.stand_in.written(self, self.choices[value])

    def GetValue(self) -> Any:  # noqa: N802
        return self.value

    def GetMin(self) -> Any:  # noqa: N802
        return self.low

    def GetMax(self) -> Any:  # noqa: N802
        return self.high

    def ToString(self) -> str:  # noqa: N802
        return str(self.value)

    def GetEntryByName(self, name: str) -> Any:  # noqa: N802
        if name not in self.choices:
            return None
        return Node(self.stand_in, name, self.choices.index(name))


class NodeMap:
    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes

    def GetNode(self, name: str) -> Node | None:  # noqa: N802
        return self.nodes.get(name)


class Picture:
    def __init__(self, stand_in: PySpin, pixels: Any, status: int) -> None:
        self.stand_in, self.pixels, self.status = stand_in, pixels, status
        self.released = False
        stand_in.held += 1

    def IsIncomplete(self) -> bool:  # noqa: N802
        return self.status != 0

    def GetImageStatus(self) -> int:  # noqa: N802
        return self.status

    def GetNDArray(self) -> Any:  # noqa: N802
        assert not self.released, "pixels are read after Release"
        return self.pixels

    def Release(self) -> None:  # noqa: N802
        assert not self.released, "released twice"
        self.released = True
        self.stand_in.held -= 1
        # As the real one does: the memory is the next picture's.
        self.pixels[:] = 255


class Trigger:
    def __init__(self, stand_in: PySpin) -> None:
        self.stand_in = stand_in

    def Execute(self) -> None:  # noqa: N802
        self.stand_in.note("TriggerSoftware")
        assert self.stand_in.streaming, "triggered before BeginAcquisition"
        assert self.stand_in.nodes["TriggerMode"].value == "On"
        self.stand_in.raise_if_gone()
        self.stand_in.pending += 1


class Camera:
    def __init__(self, stand_in: PySpin) -> None:
        self.stand_in = stand_in
        self.TriggerSoftware = Trigger(stand_in)

    def IsValid(self) -> bool:  # noqa: N802
        return True

    def Init(self) -> None:  # noqa: N802
        self.stand_in.note("Init")
        if self.stand_in.taken:
            raise SpinnakerException("Camera is in use by another program.", -1005)
        self.stand_in.initialised = True

    def DeInit(self) -> None:  # noqa: N802
        self.stand_in.note("DeInit")
        if self.stand_in.streaming:
            raise SpinnakerException(
                "Can't de-initialize camera. Camera is still streaming.", -1004
            )
        assert not self.stand_in.held, "a picture is still held"
        self.stand_in.initialised = False

    def GetNodeMap(self) -> NodeMap:  # noqa: N802
        assert self.stand_in.initialised
        return NodeMap(self.stand_in.nodes)

    def GetTLStreamNodeMap(self) -> NodeMap:  # noqa: N802
        return NodeMap(self.stand_in.stream)

    def GetTLDeviceNodeMap(self) -> NodeMap:  # noqa: N802
        address = Node(self.stand_in, "GevDeviceIPAddress", "0x7f000001")
        return NodeMap({"GevDeviceIPAddress": address})

    def BeginAcquisition(self) -> None:  # noqa: N802
        self.stand_in.note("BeginAcquisition")
        self.stand_in.raise_if_gone()
        assert not self.stand_in.streaming
        self.stand_in.streaming = True

    def EndAcquisition(self) -> None:  # noqa: N802
        self.stand_in.note("EndAcquisition")
        self.stand_in.streaming = False
        self.stand_in.pending = 0
        self.stand_in.raise_if_gone()

    def GetNextImage(self, timeout: int) -> Picture:  # noqa: N802
        self.stand_in.raise_if_gone()
        assert self.stand_in.streaming
        return self.stand_in.picture(timeout)


class CameraList:
    def __init__(self, stand_in: PySpin) -> None:
        self.stand_in = stand_in

    def GetSize(self) -> int:  # noqa: N802
        return len(self.stand_in.serials)

    def GetByIndex(self, index: int) -> Camera:  # noqa: N802
        self.stand_in.note("GetByIndex")
        return self.stand_in.camera()

    def GetBySerial(self, serial: str) -> Camera | None:  # noqa: N802
        self.stand_in.note("GetBySerial")
        return self.stand_in.camera() if serial in self.stand_in.serials else None

    def Clear(self) -> None:  # noqa: N802
        self.stand_in.note("Clear")
        gc.collect()
        # One reference is the argument of getrefcount, one the loop's variable.
        for camera in self.stand_in.cameras:
            if sys.getrefcount(camera) > 3:
                raise SpinnakerException(
                    "Can't clear a camera because something still holds a reference to the camera",
                    -1004,
                )
        self.stand_in.cameras.clear()


class System:
    def __init__(self, stand_in: PySpin) -> None:
        self.stand_in = stand_in

    def GetCameras(self) -> CameraList:  # noqa: N802
        self.stand_in.note("GetCameras")
        return CameraList(self.stand_in)

    def ReleaseInstance(self) -> None:  # noqa: N802
        self.stand_in.note("ReleaseInstance")
        if self.stand_in.cameras:
            raise SpinnakerException("the camera list was not cleared", -1004)


class _SystemClass:
    def __init__(self, stand_in: PySpin) -> None:
        self.stand_in = stand_in

    def GetInstance(self) -> System:  # noqa: N802
        self.stand_in.note("GetInstance")
        return System(self.stand_in)


class _ImageClass:
    @staticmethod
    def GetImageStatusDescription(status: int) -> str:  # noqa: N802
        return "Packets are missing" if status == 9 else "Unknown"


class PySpin:
    """Stands for the module; put it into ``sys.modules`` under the name PySpin."""

    SpinnakerException = SpinnakerException
    Image = _ImageClass

    def __init__(self) -> None:
        self.System = _SystemClass(self)
        self.calls: list[str] = []
        self.serials = ["13400123"]
        self.cameras: list[Camera] = []
        self.held = 0
        self.pending = 0
        self.exposed = 0
        self.initialised = self.streaming = self.taken = self.gone = False
        self.damage: list[int] = []
        """Image status of the coming pictures; 0 for a whole one."""
        self.late = False
        """Whether no picture comes."""
        self.nodes = {
            node.name: node
            for node in (
                Node(self, "DeviceModelName", "Flea3 FL3-GE-28S4M"),
                Node(self, "TriggerMode", "On", choices=("Off", "On")),
                Node(self, "TriggerSelector", "FrameStart", choices=("FrameStart",)),
                Node(self, "TriggerSource", "Line0", choices=("Line0", "Software")),
                Node(self, "AcquisitionMode", "SingleFrame", choices=("SingleFrame", "Continuous")),
                Node(self, "PixelFormat", "Mono16", choices=("Mono8", "Mono16")),
                Node(self, "ExposureAuto", "Continuous", choices=("Off", "Continuous")),
                Node(self, "GainAuto", "Continuous", choices=("Off", "Continuous")),
                Node(self, "ExposureTime", 20000.0, low=20.0, high=30e6),
                Node(self, "Gain", 3.0, low=0.0, high=24.0),
                Node(self, "AcquisitionFrameRate", 15.0, low=1.0, high=15.0),
                Node(self, "Width", 64, low=4, high=64),
                Node(self, "Height", 48, low=4, high=48),
                Node(self, "OffsetX", 8, low=0, high=60),
                Node(self, "OffsetY", 8, low=0, high=40),
                Node(self, "GevSCPSPacketSize", 9000, low=576, high=9000),
            )
        }
        self.stream = {
            node.name: node
            for node in (
                Node(self, "StreamBufferHandlingMode", "OldestFirst",
                     choices=("OldestFirst", "NewestOnly")),
                Node(self, "StreamBufferCountMode", "Auto", choices=("Auto", "Manual")),
                Node(self, "StreamBufferCountManual", 10, low=1, high=100),
                Node(self, "StreamPacketResendEnable", False),
            )
        }  # fmt: skip

    # --- The module's functions ----------------------------------------------------------
    def IsAvailable(self, node: Node | None) -> bool:  # noqa: N802
        return node is not None

    def IsReadable(self, node: Node | None) -> bool:  # noqa: N802
        return node is not None

    def IsWritable(self, node: Node | None) -> bool:  # noqa: N802
        if node is None:
            return False
        if node.name == "TriggerSource":
            return bool(self.nodes["TriggerMode"].value == "Off")
        return not (self.streaming and node.name in {"Width", "Height", "PixelFormat"})

    CEnumerationPtr = CIntegerPtr = CFloatPtr = CBooleanPtr = CValuePtr = staticmethod(
        lambda node: node
    )

    # --- What happens in the camera --------------------------------------------------------
    def note(self, call: str) -> None:
        self.calls.append(call)

    def written(self, node: Node, value: Any) -> None:
        assert self.IsWritable(node), f"{node.name} is written while it is locked"
        self.calls.append(f"{node.name}={value}")
        node.value = value

    def camera(self) -> Camera:
        self.cameras.append(Camera(self))
        return self.cameras[-1]

    def raise_if_gone(self) -> None:
        if self.gone:
            raise SpinnakerException("Camera has been removed or is not initialised.", -1002)

    def picture(self, timeout: int) -> Picture:
        running = self.nodes["TriggerMode"].value == "Off"
        if self.late or not (running or self.pending):
            raise SpinnakerException(
                "Failed waiting for EventData on NEW_BUFFER_DATA event.", -1011
            )
        if running and timeout == 0:
            # In a stream a picture waits only now and then; once is enough to be thrown away.
            raise SpinnakerException("nothing waits", -1011)
        self.pending = max(0, self.pending - 1)
        self.exposed += 1
        shape = (self.nodes["Height"].value, self.nodes["Width"].value)
        pixels = np.full(shape, self.exposed, np.uint8)
        return Picture(self, pixels, self.damage.pop(0) if self.damage else 0)
