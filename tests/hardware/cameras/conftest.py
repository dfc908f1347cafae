import contextlib
import fcntl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.cameras.aravis import open_aravis
from pregrasp.hardware.cameras.configuration import AravisConfiguration, Pictures, Sensor
from pregrasp.hardware.cameras.grabbing import GrabbingCamera
from pregrasp.hardware.errors import DeviceUnavailableError

SERVER = """
import sys
import numpy as np
from pregrasp.hardware.gige_server.server import GigeServer

class Numbered:
    '''Pictures that tell their number, and where their rows and columns are.'''
    name, size, number = "numbered", (320, 240), 0
    def capture(self, token):
        self.number += 1
        rows, columns = np.mgrid[:240, :320]
        image = (rows + 3 * columns).astype(np.uint8)
        image[0, :2] = self.number // 256, self.number % 256
        return image

with GigeServer(Numbered(), serial="TEST") as server:
    print("serving", flush=True)
    for line in sys.stdin:
        command, *values = line.split()
        if command == "lose":
            server.lose(float(values[0]))
        print("done", flush=True)
"""


@dataclass
class Served:
    """A camera server in another process."""

    process: subprocess.Popen[str]

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "done"

    def kill(self) -> None:
        """As if somebody pulled the plug."""
        self.process.kill()
        self.process.communicate()

    def restart(self) -> None:
        """Plug it in again."""
        self.process = _serve()


def _serve() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "serving"
    return process


def start_server() -> Served:
    return Served(_serve())


@pytest.fixture(scope="module")
def loopback() -> Iterator[None]:
    """The one GigE camera that this computer can serve is ours; other test runs wait.

    For one file of tests only: files run in any order, and others need the camera, too.
    """
    from pregrasp.hardware.aravis_library import load_aravis

    try:
        load_aravis()
    except DeviceUnavailableError as error:
        pytest.skip(f"Aravis is a system package: {error}")
    with (Path(tempfile.gettempdir()) / "pregrasp_gige_camera.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def _server(loopback: None) -> Iterator[Served]:
    server = start_server()
    yield server
    server.kill()


@pytest.fixture
def served(_server: Served) -> Served:
    """A camera server in another process that loses nothing."""
    _server.tell("lose 0")
    return _server


@pytest.fixture
def opened(served: Served) -> Iterator[Callable[..., GrabbingCamera]]:
    """Opens the served camera; closes it in the end."""
    with contextlib.ExitStack() as cameras:

        def make(**settings: Any) -> GrabbingCamera:
            settings = {
                "camera": "127.0.0.1",
                "sensor": Sensor(width_px=320, height_px=240, frame_rate_hz=50),
                "pictures": Pictures(attempts=10),
                **settings,
            }
            camera = open_aravis(AravisConfiguration(**settings))
            cameras.callback(camera.close)
            camera.capture(CancelToken())
            return camera

        yield make
