from collections.abc import Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Arm
from pregrasp.jobs.teach import (
    check_reach,
    draft_task,
    parse_pose,
    replace_section,
    save_taught,
    task_file,
    write_picture,
)
from pregrasp.perception.sampling import Workspace
from pregrasp.task import load_task

TASK = """\
# The board of line 3.
task: board
taught:   # by hand
  pregrasp: {x_mm: 1, y_mm: 2, z_mm: 3, theta_deg: 4}   # old
  approach: {x_mm: 0, y_mm: 0, z_mm: -1, theta_deg: 0}

# Do not widen: the feeder is close.
workspace: {x_mm: 20, y_mm: 20, theta_deg: 10}
"""

PREGRASP = Pose(374 * MM, 55 * MM, 200 * MM, 90 * DEG)
GRASP = Pose(374 * MM, 0.0, 1 * MM, 90 * DEG)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "board" / "task.yaml"
    path.parent.mkdir()
    path.write_text(TASK)
    return path


def test_teaching_again_changes_the_taught_poses_and_nothing_else(file: Path) -> None:
    save_taught(file, PREGRASP, GRASP)
    text = file.read_text()
    assert text.startswith("# The board of line 3.\ntask: board\ntaught:")
    assert text.endswith(TASK[TASK.index("\n# Do not widen") :])
    assert "old" not in text


def test_the_taught_approach_leads_from_the_pregrasp_pose_to_the_grasp_pose(file: Path) -> None:
    save_taught(file, PREGRASP, GRASP)
    taught = load_task(file).taught
    assert taught.grasp.matrix() == pytest.approx(GRASP.matrix(), abs=1e-6)
    assert taught.approach.x == pytest.approx(-55 * MM, abs=1e-6)


def test_the_file_as_it_was_is_kept_every_time(file: Path) -> None:
    first = save_taught(file, PREGRASP, GRASP).backup
    second = save_taught(file, PREGRASP, GRASP).backup
    assert first is not None
    assert second is not None
    assert first.read_text() == TASK
    assert second != first


def test_a_new_task_is_complete_and_loads(tmp_path: Path) -> None:
    path = tmp_path / "fresh" / "task.yaml"
    written = save_taught(path, PREGRASP, GRASP)
    task = load_task(path)
    assert written.backup is None
    assert task.task == "fresh"
    assert task.taught.pregrasp.matrix() == pytest.approx(PREGRASP.matrix(), abs=1e-6)


def test_a_faulty_file_is_not_touched(file: Path) -> None:
    file.write_text(TASK + "surprise: 1\n")
    with pytest.raises(ConfigurationError, match="unknown key 'surprise'"):
        save_taught(file, PREGRASP, GRASP)
    assert file.read_text() == TASK + "surprise: 1\n"
    assert list(file.parent.iterdir()) == [file]


def test_a_draft_of_a_new_task_can_be_simulated(tmp_path: Path) -> None:
    assert draft_task(tmp_path / "fresh" / "task.yaml").simulation is not None


def test_a_missing_section_is_put_after_the_name() -> None:
    text = replace_section(["task: a", "workspace:", "  x_mm: 1"], "taught", ["taught: 1"])
    assert text == "task: a\ntaught: 1\nworkspace:\n  x_mm: 1\n"


@pytest.mark.parametrize("text", ["1,2,3", "1,2,3,4,5", "a,b,c,d", ""])
def test_a_pose_that_is_not_four_numbers_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="expected four numbers"):
        parse_pose(text)


def test_a_name_outside_the_library_is_a_folder_here() -> None:
    assert task_file("nothing_like_it") == Path("nothing_like_it/task.yaml")
    assert task_file("circuit_board").is_file()


def test_the_whole_workspace_is_checked_and_both_poses() -> None:
    asked: list[Pose] = []

    class Reach:
        def check(self, goals: Sequence[Pose]) -> None:
            asked.extend(goals)

    workspace = Workspace(x=40 * MM, y=30 * MM, theta=20 * DEG)
    check_reach(cast("Arm", Reach()), Pose(0.4, 0.0, 0.2), Pose(0.4, 0.0, 0.0), workspace)
    assert min(goal.z for goal in asked) == 0.0
    corners = {(round(g.x - 0.4, 6), round(g.y, 6), round(g.theta / DEG)) for g in asked}
    assert {(x, y, t) for x in (-0.04, 0.04) for y in (-0.03, 0.03) for t in (-20, 20)} <= corners


def test_the_picture_for_people_has_a_cross_in_its_middle(tmp_path: Path) -> None:
    image = np.full((120, 160), 90, np.uint8)
    write_picture(tmp_path / "view.png", image)
    shown = cv2.imread(str(tmp_path / "view.png"))
    assert shown is not None
    assert shown[60, 80].tolist() != [90, 90, 90]
    assert shown[5, 5].tolist() == [90, 90, 90]
