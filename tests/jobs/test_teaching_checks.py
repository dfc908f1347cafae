from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.cell_file import find_cell
from pregrasp.hardware.errors import MotionError
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.modes import Mode
from pregrasp.jobs.cells import open_cell
from pregrasp.jobs.teach import rehearse
from pregrasp.jobs.teaching_checks import (
    Check,
    check_grasp,
    check_pregrasp,
    exposed,
    in_view,
    sharp,
    vertical,
)
from pregrasp.task import Task, find_task

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def board() -> Task:
    return find_task("circuit_board")


@pytest.fixture(scope="module")
def cell(board: Task) -> Iterator[GuardedCell]:
    with (
        open_cell(find_cell("simulated"), board) as opened,
        opened.modes.working(Mode.TEACHING),
    ):
        opened.arm.move([board.taught.pregrasp], CancelToken())
        yield opened


@pytest.fixture(scope="module")
def image(cell: GuardedCell) -> Image:
    return cell.camera.capture(CancelToken())


def bad(checks: Iterator[Check]) -> list[str]:
    return [check.name for check in checks if not check.good]


def test_a_pose_as_it_should_be_passes_every_check(
    cell: GuardedCell, board: Task, image: Image
) -> None:
    pregrasp = board.taught.pregrasp
    assert bad(check_pregrasp(cell, pregrasp, image, board.workspace)) == []
    assert bad(check_grasp(cell, pregrasp, board.taught.grasp)) == []


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (lambda image: cv2.GaussianBlur(image, (0, 0), 8.0), sharp),
        (lambda image: (image * 0.1).astype(np.uint8), exposed),
        (lambda image: np.clip(image * 4.0, 0, 255).astype(np.uint8), exposed),
        (lambda image: np.full_like(image, 90), in_view),
        (lambda image: np.where(np.arange(1600) < 1400, 90, image).astype(np.uint8), in_view),
    ],
    ids=["out of focus", "dark", "bright", "empty", "at the edge"],
)
def test_a_bad_picture_is_noticed(
    image: Image, spoil: Callable[[Image], Image], check: Callable[[Image], Check]
) -> None:
    assert check(image).good
    found = check(spoil(image))
    assert not found.good
    assert found.remedy


def test_a_tilted_tool_is_noticed(cell: GuardedCell, monkeypatch: pytest.MonkeyPatch) -> None:
    arm = cell.inner.arm
    [now] = arm.configurations([])  # type: ignore[attr-defined]
    tilted = (*now[:4], now[4] + 2 * DEG, now[5])
    monkeypatch.setattr(arm, "configurations", lambda goals: [tilted])
    found = vertical(arm)
    assert not found.good
    assert "2.00 deg" in found.found


def test_a_workspace_that_leaves_the_limits_of_the_cell_is_noticed(
    cell: GuardedCell, board: Task, image: Image
) -> None:
    workspace = board.workspace.scaled(6.0)
    checks = list(check_pregrasp(cell, board.taught.pregrasp, image, workspace))
    assert [check.name for check in checks if not check.good] == ["reach"]


@pytest.mark.parametrize("height", [5 * MM, 450 * MM])
def test_a_pregrasp_pose_that_is_too_low_or_too_high_is_noticed(
    cell: GuardedCell, board: Task, height: float
) -> None:
    grasp = board.taught.grasp
    assert "height" in bad(check_grasp(cell, grasp.at_height(grasp.z + height), grasp))


def test_a_rehearsal_begins_in_the_grasp_pose_and_ends_above_it(
    cell: GuardedCell, board: Task
) -> None:
    pregrasp, grasp = board.taught.pregrasp, board.taught.grasp
    with pytest.raises(MotionError, match="not in the grasp pose"):
        rehearse(cell, pregrasp, grasp, CancelToken())
    above = grasp.at_height(grasp.z + 60 * MM)
    cell.arm.move([above], CancelToken())
    rehearse(cell, above @ Pose(z=100 * MM), above, CancelToken())
    assert cell.arm.pose().z == pytest.approx(above.z + 100 * MM, abs=1e-4)
    assert not cell.gripper.reading().holding
    cell.arm.move([pregrasp], CancelToken())
