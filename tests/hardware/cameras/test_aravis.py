"""The driver and the camera server, in two processes, over real GVCP and GVSP on loopback."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware import aravis_library
from pregrasp.hardware.cameras import network
from pregrasp.hardware.cameras.aravis import list_cameras, open_aravis
from pregrasp.hardware.cameras.configuration import (
    AravisConfiguration,
    PictureBy,
    Pictures,
    Sensor,
)
from pregrasp.hardware.cameras.errors import (
    CameraLostError,
    CameraNotFoundError,
    CameraSettingError,
    IncompleteFrameError,
    PacketSizeError,
)
from pregrasp.hardware.cameras.grabbing import GrabbingCamera
from pregrasp.hardware.capabilities import Camera
from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.gige_server.server import SENSOR, GigeServer

pytestmark = pytest.mark.slow

Open = Callable[..., GrabbingCamera]


def number(image: npt.NDArray[np.uint8]) -> int:
    """Which of the server's pictures it is."""
    return 256 * int(image[0, 0]) + int(image[0, 1])


def expected(height: int = 240, width: int = 320) -> npt.NDArray[np.uint8]:
    rows, columns = np.mgrid[:height, :width]
    return np.asarray((rows + 3 * columns) % 256, np.uint8)


def test_every_pixel_arrives_where_it_was(opened: Open) -> None:
    camera = opened()
    assert isinstance(camera, Camera)
    assert camera.size == (320, 240)
    image = camera.capture(CancelToken())
    assert (image[1:] == expected()[1:]).all()
    assert image.flags.owndata


@pytest.mark.parametrize("packet", [None, 1400, 9000])
def test_triggered_pictures_are_fresh_and_none_is_left_over(
    opened: Open, packet: int | None
) -> None:
    camera = opened(packet_bytes=packet, pictures=Pictures(attempts=10))
    before = camera.counters.incomplete
    numbers = [number(camera.capture(CancelToken())) for _ in range(20)]
    # On a busy computer even loopback loses packets now and then.
    again = camera.counters.incomplete - before
    assert numbers[-1] - numbers[0] in range(19, 20 + again), "one exposure for each request"
    assert numbers == sorted(set(numbers))
    assert camera.counters.timeouts == 0


def test_in_a_stream_old_pictures_are_thrown_away(opened: Open) -> None:
    camera = opened(pictures=Pictures(by=PictureBy.STREAM))
    first = number(camera.capture(CancelToken()))
    # The stream goes on; the next picture must not be the one after the first.
    time.sleep(0.5)  # exposure times of a camera that runs by itself
    assert number(camera.capture(CancelToken())) > first + 10


def test_lost_packets_are_noticed_counted_and_the_picture_is_taken_again(
    served: Any, opened: Open
) -> None:
    camera = opened(pictures=Pictures(attempts=20), packet_bytes=1400, resend=False)
    served.tell("lose 0.01")
    for _ in range(12):
        image = camera.capture(CancelToken())
        assert (image[1:] == expected()[1:]).all(), "a torn picture is never handed over"
    assert camera.counters.incomplete > 0
    assert camera.counters.pictures == 13


def test_a_network_that_loses_everything_is_an_error_and_heals(served: Any, opened: Open) -> None:
    camera = opened(pictures=Pictures(attempts=2, timeout=1.0), packet_bytes=1400)
    served.tell("lose 0.5")
    with pytest.raises(IncompleteFrameError, match=r"2 pictures in a row.*rmem_max"):
        camera.capture(CancelToken())
    served.tell("lose 0")
    assert (camera.capture(CancelToken())[1:] == expected()[1:]).all()


def test_a_camera_that_is_unplugged_says_so_and_comes_back(served: Any, opened: Open) -> None:
    camera = opened()
    served.kill()
    try:
        with pytest.raises(CameraLostError, match=r"no longer answers.*power and cable"):
            camera.capture(CancelToken())
    finally:
        served.restart()
    assert (camera.capture(CancelToken())[1:] == expected()[1:]).all()


def test_a_second_program_is_told_who_has_the_camera(opened: Open) -> None:
    first = opened()
    with pytest.raises(CameraNotFoundError, match="controlled by another program"):
        open_aravis(AravisConfiguration(camera="127.0.0.1"))
    first.capture(CancelToken())


def test_a_camera_that_does_not_exist_is_answered_with_those_that_do(opened: Open) -> None:
    opened()
    assert "127.0.0.1" in list_cameras().values()
    with pytest.raises(CameraNotFoundError, match=r"10\.9\.9\.9 does not answer.*Fake-TEST"):
        open_aravis(AravisConfiguration(camera="10.9.9.9"))


def test_a_region_that_the_sensor_does_not_have_is_refused(served: Any) -> None:
    sensor = Sensor(width_px=SENSOR + 2, height_px=240)
    with pytest.raises(CameraSettingError, match="its sensor has 2048 x 2048 px"):
        open_aravis(AravisConfiguration(camera="127.0.0.1", sensor=sensor))


def test_packets_that_do_not_fit_the_network_card_are_refused(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = network.largest_packet("127.0.0.1")
    assert largest is not None
    assert largest > 9000
    monkeypatch.setattr(network, "largest_packet", lambda address: 1500)
    with pytest.raises(PacketSizeError, match=r"9000.*takes 1500 at most"):
        open_aravis(AravisConfiguration(camera="127.0.0.1", packet_bytes=9000))


def test_a_capture_is_cancelled_while_it_waits(
    opened: Open, cancel_after: Callable[[int], CancelToken]
) -> None:
    camera = opened(sensor=Sensor(width_px=320, height_px=240, frame_rate_hz=1))
    with pytest.raises(CancelledError):
        camera.capture(cancel_after(1))
    seen = number(camera.capture(CancelToken()))
    assert number(camera.capture(CancelToken())) == seen + 1


def test_captures_of_several_threads_take_turns(opened: Open) -> None:
    camera, seen = opened(), []
    workers = [
        threading.Thread(target=lambda: seen.append(number(camera.capture(CancelToken()))))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(min(seen), min(seen) + 4))


def test_opening_and_closing_leaves_no_threads(opened: Open) -> None:
    before = threading.active_count()
    opened().close()
    assert threading.active_count() == before


class Still:
    """A camera with one picture."""

    name = "still"

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size

    def capture(self, token: CancelToken) -> npt.NDArray[np.uint8]:
        return np.zeros(self.size[::-1], np.uint8)


def test_two_servers_at_one_address_are_one_too_many(served: Any) -> None:
    with pytest.raises(DeviceUnavailableError, match="no other program serves one"):
        GigeServer(Still((64, 48)))


def test_an_address_of_another_computer_cannot_be_served(loopback: None) -> None:
    with pytest.raises(DeviceUnavailableError, match=r"cannot serve a camera at 10\.9\.9\.9"):
        GigeServer(Still((64, 48)), address="10.9.9.9")


def test_pictures_larger_than_the_sensor_are_refused(loopback: None) -> None:
    with pytest.raises(DeviceUnavailableError, match="larger than the 2048 px"):
        GigeServer(Still((4000, 3000)))


def test_without_aravis_the_message_has_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aravis_library, "LIBRARIES", ("libaravis-that-is-not-there.so.0",))
    aravis_library.load_aravis.cache_clear()
    try:
        with pytest.raises(DeviceUnavailableError, match=r"apt-get install libaravis-0\.8-0"):
            open_aravis(AravisConfiguration())
    finally:
        aravis_library.load_aravis.cache_clear()
