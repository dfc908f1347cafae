"""The whole job over real protocols: ABB driver and GigE Vision camera, all on loopback.

The virtual controller and the camera server share one simulated cell in a process of their
own; the drivers are the ones that drive real devices, with the released client packages.
"""

from __future__ import annotations

import dataclasses
import fcntl
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.aravis_library import load_aravis
from pregrasp.hardware.cameras.grabbing import GrabbingCamera
from pregrasp.hardware.capabilities import Cell
from pregrasp.hardware.cell_file import find_cell, load_cell, shipped_cells
from pregrasp.hardware.errors import BusyError, DeviceUnavailableError
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.modes import Mode
from pregrasp.jobs.cell_doctor import examine_cell
from pregrasp.jobs.cells import open_cell
from pregrasp.jobs.collect import collect
from pregrasp.jobs.episode import Verdict
from pregrasp.jobs.grasp_job import GraspJob
from pregrasp.jobs.teach import check_reach, save_taught
from pregrasp.perception.dataset import Dataset
from pregrasp.task import Task, find_task, load_task

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]

OFFSET = MotionCommand(12 * MM, -9 * MM, 6 * DEG)
"""Where a grasp begins, away from the pregrasp pose."""

REPEATABILITY = 0.1 * MM
"""Two servos of one simulated arm end this close together: a few sigma of its arrivals [m]."""

SERVER = "from pregrasp.cli import main; main()"


@pytest.fixture(scope="module")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cell file of a virtual controller with a camera, in another process."""
    try:
        load_aravis()
    except DeviceUnavailableError as error:
        pytest.skip(f"Aravis is a system package: {error}")
    pytest.importorskip("abb_motion_program_exec", reason="the extra abb is not installed")
    command = [
        sys.executable, "-c", SERVER, "virtual-controller", "--task", "circuit_board", "--camera",
        "127.0.0.1", "--port", "0", "--pace", "50", "--unlimited",
    ]  # fmt: skip
    with (Path(tempfile.gettempdir()) / "pregrasp_gige_camera.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        url = re.search(r"http://\S+", server.stdout.readline())
        assert url is not None
        while "GigE" not in server.stdout.readline():
            assert server.poll() is None
        text = shipped_cells()["virtual_irb120"].read_text(encoding="utf-8")
        quick = "    network: {requests_per_second: 500, poll_ms: 10}\n    gripper:"
        text = text.replace("http://127.0.0.1:8080", url[0]).replace("    gripper:", quick)
        file = tmp_path_factory.mktemp("virtual") / "cell.yaml"
        file.write_text(text, encoding="utf-8")
        yield file
        server.terminate()
        server.communicate(timeout=60)


def taught_task(folder: Path, cell: GuardedCell) -> Task:
    """The circuit board, taught by numbers, without its simulation."""
    board = find_task("circuit_board")
    shutil.copytree(board.folder, folder)
    file = folder / "task.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.index("simulation:")], encoding="utf-8")
    check_reach(cell.arm, board.taught.pregrasp, board.taught.grasp, board.workspace)
    assert save_taught(file, board.taught.pregrasp, board.taught.grasp).backup is not None
    return load_task(file)


def start(cell: GuardedCell, task: Task) -> None:
    with cell.modes.working(Mode.TEACHING):
        cell.arm.move([task.taught.pregrasp @ OFFSET], CancelToken())


def servo_end(cell: Cell, task: Task) -> Pose:
    """Grasp; where the tool is after the retreat, which leads back to where the servo ended."""
    result = GraspJob(task).run(cell)
    assert result.verdict is Verdict.GRASPED, result.reason
    assert cell.gripper.reading().holding
    assert 1 <= result.moves <= 3
    return cell.arm.pose()


def test_the_whole_job_gives_the_same_through_drivers_and_directly(
    virtual: Path, tmp_path: Path
) -> None:
    file = load_cell(virtual)
    with open_cell(file) as cell:
        with pytest.raises(BusyError, match="this program"):
            open_cell(file)
        task = taught_task(tmp_path / "board", cell)
        collection = dataclasses.replace(task.collection, captures=60, placements=1)
        small = dataclasses.replace(task, collection=collection)
        result = collect(small, cell, tmp_path / "dataset")
        assert result.captures >= 60
        dataset = Dataset.open(tmp_path / "dataset")
        assert dataset.image(dataset.records[-1]).shape == (1200, 1600)

        start(cell, task)
        through_drivers = servo_end(cell, task)
        camera = cell.camera
        assert isinstance(camera, GrabbingCamera)
        assert camera.counters.timeouts == 0
        assert cell.modes.mode is Mode.IDLE

    with open_cell(find_cell("simulated"), find_task("circuit_board")) as cell:
        start(cell, task)
        directly = servo_end(cell, task)
    apart = (directly.inverse() @ through_drivers).planar
    assert apart.translation < REPEATABILITY
    assert apart.rotation < 0.1 * DEG


def test_the_doctor_finds_everything_in_order(virtual: Path) -> None:
    found = {finding.name: finding for finding in examine_cell(load_cell(virtual))}
    assert [finding for finding in found.values() if not finding.good] == []
    assert {"robot", "mode and motors", "signals", "camera", "pictures", "position"} <= set(found)
    assert "6." in found["robot"].found
    assert "1600 x 1200 px" in found["camera"].found
