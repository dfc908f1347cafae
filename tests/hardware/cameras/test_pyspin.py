import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware.cameras.configuration import (
    PictureBy,
    Pictures,
    PySpinConfiguration,
    Sensor,
)
from pregrasp.hardware.cameras.errors import (
    CameraLostError,
    CameraNotFoundError,
    CameraSettingError,
    CaptureTimeoutError,
    IncompleteFrameError,
    PacketSizeError,
)
from pregrasp.hardware.cameras.grabbing import GrabbingCamera
from pregrasp.hardware.cameras.pyspin import open_pyspin
from pregrasp.hardware.errors import DeviceUnavailableError

QUICK = Pictures(timeout=0.05)


def _stand_in() -> Any:
    path = Path(__file__).with_name("pyspin_stand_in.py")
    specification = importlib.util.spec_from_file_location("pyspin_stand_in", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module.PySpin()


@pytest.fixture
def spin(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The stand-in for the module PySpin."""
    made = _stand_in()
    monkeypatch.setitem(sys.modules, "PySpin", made)
    return made


@pytest.fixture
def opened(spin: Any) -> Iterator[Callable[..., GrabbingCamera]]:
    cameras: list[GrabbingCamera] = []

    def make(**settings: Any) -> GrabbingCamera:
        settings.setdefault("pictures", QUICK)
        cameras.append(open_pyspin(PySpinConfiguration(**settings)))
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.close()


def in_order(calls: list[str], *wanted: str) -> bool:
    rest = iter(calls)
    return all(any(call == want for call in rest) for want in wanted)


def test_everything_is_taken_and_given_back_in_the_order_that_the_sdk_wants(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    camera = opened(serial="13400123")
    camera.capture(CancelToken())
    camera.close()
    assert in_order(
        spin.calls, "GetInstance", "GetCameras", "GetBySerial", "Init", "TriggerMode=Off",
        "TriggerSelector=FrameStart", "TriggerSource=Software", "TriggerMode=On",
        "BeginAcquisition", "TriggerSoftware", "EndAcquisition", "TriggerMode=Off", "DeInit",
        "Clear", "ReleaseInstance",
    )  # fmt: skip
    assert spin.held == 0
    assert not spin.cameras


def test_closing_twice_releases_once(spin: Any, opened: Callable[..., GrabbingCamera]) -> None:
    camera = opened()
    camera.close()
    camera.close()
    assert spin.calls.count("ReleaseInstance") == 1
    with pytest.raises(DeviceUnavailableError, match="closed"):
        camera.capture(CancelToken())


def test_buffers_keep_the_newest_picture_only(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    opened()
    assert "StreamBufferHandlingMode=NewestOnly" in spin.calls
    assert in_order(spin.calls, "StreamBufferCountMode=Manual", "StreamBufferCountManual=4")
    assert "StreamPacketResendEnable=True" in spin.calls


def test_settings_of_the_cell_file_reach_the_camera(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    sensor = Sensor(width_px=32, height_px=24, x_px=4, y_px=6, exposure=8e-3, gain_db=2.0)
    camera = opened(sensor=sensor, packet_bytes=1400)
    assert camera.size == (32, 24)
    assert camera.capture(CancelToken()).shape == (24, 32)
    assert in_order(spin.calls, "OffsetX=0", "Width=32", "Height=24", "OffsetX=4", "OffsetY=6")
    assert in_order(spin.calls, "ExposureAuto=Off", "ExposureTime=8000.0")
    assert in_order(spin.calls, "GainAuto=Off", "Gain=2.0")
    assert "GevSCPSPacketSize=1400" in spin.calls


def test_a_picture_is_copied_before_its_memory_is_given_back(
    opened: Callable[..., GrabbingCamera],
) -> None:
    camera = opened()
    first, second = camera.capture(CancelToken()), camera.capture(CancelToken())
    assert np.unique(first).tolist() == [1]
    assert np.unique(second).tolist() == [2]
    assert first.flags.owndata


def test_an_incomplete_picture_is_counted_and_taken_again(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    camera = opened()
    spin.damage = [9, 9]
    assert np.unique(camera.capture(CancelToken())).tolist() == [3]
    assert camera.counters.incomplete == 2
    assert camera.counters.pictures == 1
    assert spin.held == 0


def test_pictures_that_stay_incomplete_are_an_error_with_the_remedy(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    camera = opened()
    spin.damage = [9] * 3
    with pytest.raises(IncompleteFrameError, match=r"3 pictures .*Packets are missing.*packet_b"):
        camera.capture(CancelToken())
    assert spin.held == 0
    camera.capture(CancelToken())


def test_a_picture_that_does_not_come_is_a_timeout_that_names_the_slow_trigger(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    camera = opened()
    spin.late = True
    with pytest.raises(CaptureTimeoutError, match=r"Flea3 .* settle_s to 2"):
        camera.capture(CancelToken())
    spin.late = False
    camera.capture(CancelToken())
    # Started anew, so that a late picture is never the answer to the next request.
    assert spin.calls.count("BeginAcquisition") == 2


def test_a_camera_that_is_gone_says_so_and_comes_back(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    camera = opened()
    camera.capture(CancelToken())
    spin.gone = True
    with pytest.raises(CameraLostError, match=r"-1002.*power and cable") as kept:
        camera.capture(CancelToken())
    spin.gone = False
    # A failed run keeps its error; nothing of the camera may hang on to it.
    assert kept.value.__cause__ is not None
    camera.capture(CancelToken())
    assert spin.calls.count("Init") == 2
    assert in_order(spin.calls, "DeInit", "Clear", "ReleaseInstance", "GetInstance", "Init")


def test_in_a_stream_the_picture_that_was_under_way_is_thrown_away(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    camera = opened(pictures=Pictures(by=PictureBy.STREAM, timeout=0.05))
    assert np.unique(camera.capture(CancelToken())).tolist() == [2]
    assert np.unique(camera.capture(CancelToken())).tolist() == [4]
    assert "TriggerSoftware" not in spin.calls
    assert spin.nodes["TriggerMode"].value == "Off"


def test_the_wait_for_a_slow_trigger_is_a_setting(
    opened: Callable[..., GrabbingCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    camera = opened(pictures=Pictures(settle=2.0, timeout=0.05))
    monkeypatch.setattr(camera._clock, "wait", lambda wakeup, timeout: waits.append(timeout))
    camera.capture(CancelToken())
    camera.capture(CancelToken())
    assert waits == [2.0, 2.0, 2.0], "after switching triggers on, and after each trigger"


def test_a_capture_can_be_cancelled_while_it_waits(
    spin: Any, opened: Callable[..., GrabbingCamera], cancel_after: Callable[[int], CancelToken]
) -> None:
    camera = opened(pictures=Pictures(timeout=60.0))
    spin.late = True
    with pytest.raises(CancelledError):
        camera.capture(cancel_after(5))
    assert not spin.streaming


@pytest.mark.parametrize(
    ("serials", "settings", "words"),
    [
        ([], {}, "does not answer; found: 0"),
        (["1"], {"serial": "2"}, "camera 2 does not answer; found: 1"),
        (["1", "2"], {}, "there are 2 cameras"),
    ],
)
def test_a_camera_that_is_not_there_leaves_nothing_open(
    spin: Any,
    opened: Callable[..., GrabbingCamera],
    serials: list[str],
    settings: dict[str, Any],
    words: str,
) -> None:
    spin.serials = serials
    with pytest.raises(CameraNotFoundError, match=words):
        opened(**settings)
    assert spin.calls[-2:] == ["Clear", "ReleaseInstance"]


def test_a_camera_that_another_program_has_leaves_nothing_open(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    spin.taken = True
    with pytest.raises(CameraNotFoundError, match="SpinView"):
        opened()
    assert spin.calls[-2:] == ["Clear", "ReleaseInstance"]


@pytest.mark.parametrize("missing", ["PixelFormat", "TriggerSource", "StreamBufferHandlingMode"])
def test_a_missing_node_is_named_and_leaves_nothing_open(
    spin: Any, opened: Callable[..., GrabbingCamera], missing: str
) -> None:
    (spin.nodes if missing in spin.nodes else spin.stream).pop(missing)
    with pytest.raises(CameraSettingError, match=missing):
        opened()
    assert spin.calls[-3:] == ["DeInit", "Clear", "ReleaseInstance"]


def test_a_setting_out_of_range_says_what_the_range_is(
    spin: Any, opened: Callable[..., GrabbingCamera]
) -> None:
    with pytest.raises(CameraSettingError, match=r"Gain cannot be 99: it can be 0 to 24"):
        opened(sensor=Sensor(gain_db=99.0))
    assert spin.calls[-2:] == ["Clear", "ReleaseInstance"]


def test_packets_larger_than_the_network_card_takes_are_refused(
    spin: Any, opened: Callable[..., GrabbingCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pregrasp.hardware.cameras import network

    monkeypatch.setattr(network, "largest_packet", lambda address: 1500)
    with pytest.raises(PacketSizeError, match=r"9000.*towards 127\.0\.0\.1 takes 1500"):
        opened(packet_bytes=9000)
    assert spin.calls[-2:] == ["Clear", "ReleaseInstance"]


def test_without_pyspin_the_message_says_where_it_comes_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "PySpin", None)
    with pytest.raises(DeviceUnavailableError) as caught:
        open_pyspin(PySpinConfiguration())
    for words in ("not installed", "Spinnaker SDK", "unrelated package", "aravis"):
        assert words in str(caught.value)


def test_the_unrelated_package_of_the_same_name_is_recognised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "PySpin", ModuleType("PySpin"))
    with pytest.raises(DeviceUnavailableError, match="not the one of the Spinnaker SDK"):
        open_pyspin(PySpinConfiguration())


def test_the_stand_in_itself_notices_what_is_forbidden(spin: Any) -> None:
    cameras = spin.System.GetInstance().GetCameras()
    kept = cameras.GetByIndex(0)
    with pytest.raises(spin.SpinnakerException, match="-1004"):
        cameras.Clear()
    kept.Init()
    kept.BeginAcquisition()
    with pytest.raises(spin.SpinnakerException, match="still streaming"):
        kept.DeInit()
    spin.nodes["TriggerMode"].value = "Off"
    picture = kept.GetNextImage(10)
    picture.Release()
    with pytest.raises(AssertionError, match="after Release"):
        picture.GetNDArray()


def test_many_pictures_hold_nothing(spin: Any, opened: Callable[..., GrabbingCamera]) -> None:
    camera = opened()
    spin.damage = [0, 9, 0, 0, 9] * 4
    seen = [int(camera.capture(CancelToken())[0, 0]) for _ in range(12)]
    assert all(b > a for a, b in itertools.pairwise(seen))
    assert spin.held == 0
