"""From a cell file to devices: what is guarded, and what is said when something is missing."""

import subprocess
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, Pose
from pregrasp.hardware import secrets
from pregrasp.hardware.cell_file import find_cell, load_cell, shipped_cells
from pregrasp.hardware.errors import DeviceUnavailableError, LimitError, ModeError
from pregrasp.hardware.modes import Mode
from pregrasp.hardware.secrets import find_secret
from pregrasp.jobs.cell_doctor import examine_cell
from pregrasp.jobs.cells import open_cell
from pregrasp.task import find_task

BARE = """
import importlib, pkgutil, sys

HIDDEN = {"PySpin", "abb_robot_client", "abb_motion_program_exec", "mujoco", "aiohttp", "keyring"}

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
from pregrasp.hardware import cameras
for module in pkgutil.iter_modules(cameras.__path__, f"{cameras.__name__}."):
    importlib.import_module(module.name)
import pregrasp.hardware.gige_server.server, pregrasp.jobs.cell_doctor
from pregrasp.hardware.cell_file import find_cell, shipped_cells
from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.jobs.cells import open_cell
from pregrasp.task import find_task

for name in shipped_cells():
    try:
        open_cell(find_cell(name), find_task("circuit_board"))
    except DeviceUnavailableError as error:
        print(name, error)
"""


def test_a_machine_without_any_device_package_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BARE], capture_output=True, text=True, check=True, timeout=120
    )
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert told.keys() == shipped_cells().keys()
    assert "pip install 'pregrasp[simulation]'" in told["simulated"]
    for name in ("irb120_flir", "irb120_aravis", "virtual_irb120"):
        assert "pip install 'pregrasp[abb]'" in told[name]


@pytest.mark.slow
def test_a_simulated_cell_is_guarded_like_a_real_one() -> None:
    with open_cell(find_cell("simulated"), find_task("circuit_board")) as cell:
        with pytest.raises(ModeError, match="in mode idle"):
            cell.arm.move([Pose(0.374, 0.0, 0.3)], CancelToken())
        with pytest.raises(ModeError, match="in mode idle"):
            cell.gripper.close(CancelToken())
        with cell.modes.working(Mode.PRODUCING):
            with pytest.raises(LimitError, match="its height would be"):
                cell.arm.move([Pose(0.374, 0.0, -20 * MM)], CancelToken())
            cell.arm.move([Pose(0.374, 0.0, 0.3)], CancelToken())
            cell.gripper.close(CancelToken())
    assert cell.modes.mode is Mode.DISCONNECTED


@pytest.mark.slow
def test_the_simulated_robot_can_look_at_pictures_of_a_folder(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((48, 64), 77, np.uint8))
    text = shipped_cells()["simulated"].read_text(encoding="utf-8")
    file = tmp_path / "cell.yaml"
    file.write_text(
        text.replace("camera:\n  simulated: {}", f"camera:\n  folder: {{folder: {tmp_path}}}")
    )
    with open_cell(load_cell(file), find_task("circuit_board")) as cell:
        assert cell.camera.capture(CancelToken())[0, 0] == 77
        with cell.modes.working(Mode.TEACHING):
            cell.arm.move([Pose(0.374, 0.0, 0.3)], CancelToken())


def test_a_device_that_is_missing_does_not_hide_the_others(tmp_path: Path) -> None:
    text = shipped_cells()["irb120_aravis"].read_text(encoding="utf-8")
    text = text.replace("http://192.168.125.1", "http://127.0.0.1:9")
    start, end = text.index("  aravis:"), text.index("limits:")
    text = text[:start] + f"  folder: {{folder: {tmp_path / 'none'}}}\n" + text[end:]
    (tmp_path / "cell.yaml").write_text(text)
    found = {f.name: f for f in examine_cell(load_cell(tmp_path / "cell.yaml"))}
    assert not found["robot"].good
    assert "127.0.0.1:9" in found["robot"].found
    assert not found["camera"].good
    assert found["robot"].remedy
    assert found["camera"].remedy


def test_a_simulated_cell_needs_a_task() -> None:
    with pytest.raises(DeviceUnavailableError, match="needs a task"):
        open_cell(find_cell("simulated"))


def keyring(**stored: str) -> types.ModuleType:
    module = types.ModuleType("keyring")
    module.get_password = lambda service, name: stored.get(name)  # type: ignore[attr-defined]
    module.errors = types.SimpleNamespace(KeyringError=RuntimeError)  # type: ignore[attr-defined]
    return module


def test_a_secret_comes_from_the_environment_before_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", keyring(ROBOT="from the keyring"))
    assert find_secret("ROBOT", {"ROBOT": "from the environment"}) == "from the environment"
    assert find_secret("ROBOT", {}) == "from the keyring"
    assert find_secret("OTHER", {}) is None


def test_without_a_keyring_there_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert find_secret("ROBOT", {}) is None
    broken = keyring()
    monkeypatch.setattr(broken, "get_password", lambda *_: (_ for _ in ()).throw(RuntimeError()))
    monkeypatch.setitem(sys.modules, "keyring", broken)
    assert secrets.find_secret("ROBOT", {}) is None
