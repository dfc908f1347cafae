"""Each mistake: one clear message, an exit code that is not 0, no traceback, nothing moved."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pregrasp.perception.dataset import Card, Dataset

pytestmark = pytest.mark.slow

Run = Callable[..., Any]
"""The fixture ``command``; it fails a test whose command shows a traceback."""

Make = Callable[..., Path]
"""The fixture ``task``."""


def check(ended: Any, code: int, *said: str) -> None:
    assert ended.code == code, (ended.out, ended.err)
    message = " ".join(ended.err.split())
    for words in said:
        assert words in message


def test_an_unknown_task_is_answered_with_the_nearest_name(command: Run) -> None:
    check(command("grasp", "circuit_bord"), 1, "there is no such task", "'circuit_board'")


def test_an_unknown_key_is_shown_with_its_line(command: Run, task: Make) -> None:
    folder = task(("workspace:", "workspaces:"))
    check(command("collect", str(folder)), 1, "task.yaml:5:1", "unknown key 'workspaces'")


def test_a_wrong_unit_is_corrected(command: Run, task: Make) -> None:
    folder = task(("z_mm: 200", "z_m: 0.2"))
    check(command("grasp", str(folder)), 1, "task.yaml:3:", "write 'z_mm', in mm")


def test_a_pose_out_of_reach_is_named_before_anything_moves(command: Run, task: Make) -> None:
    folder = task(("x_mm: 374, y_mm: 55", "x_mm: 900, y_mm: 55"))
    check(command("collect", str(folder)), 1, "900")
    assert not list(Path(folder).parent.glob("datasets/*/images/*.png"))


def test_a_workspace_that_leaves_the_reach_is_found_before_the_first_move(
    command: Run, task: Make
) -> None:
    folder = task(("workspace: {x_mm: 40", "workspace: {x_mm: 400"))
    check(command("collect", str(folder)), 1, "mm")
    assert not list(Path(folder).parent.glob("datasets/*/images/*.png"))


def test_a_missing_model_says_how_to_make_one(command: Run, task: Make) -> None:
    check(command("grasp", str(task())), 1, "model", "pregrasp")


def test_a_damaged_model_is_recognised(command: Run, task: Make) -> None:
    folder = task()
    (folder / "model").mkdir()
    (folder / "model" / "model.json").write_text("{torn")
    (folder / "model" / "network.tflite").write_bytes(b"nothing")
    (folder / "model" / "last_inch.npz").write_bytes(b"nothing")
    check(command("grasp", str(folder)), 1, "damaged")


def test_an_unknown_condition_is_answered_with_the_known_ones(command: Run, task: Make) -> None:
    ended = command("evaluate", "circuit_board", "--condition", "dimm", "--episodes", "1")
    check(ended, 1, "no condition 'dimm'", "'dim'")


def test_a_task_without_a_simulated_part_cannot_be_simulated(command: Run, task: Make) -> None:
    folder = task()
    text = (folder / "task.yaml").read_text()
    (folder / "task.yaml").write_text(text[: text.index("simulation:")])
    check(command("collect", str(folder)), 1, "no 'simulation' section")


def test_a_photograph_that_is_missing_is_named(command: Run, task: Make) -> None:
    folder = task(("{generator: circuit_board, seed: 12}", "{image: photo.png}"))
    check(command("collect", str(folder)), 1, "photo.png")


def test_the_data_set_of_another_task_is_not_mixed_up(
    command: Run, task: Make, tmp_path: Path
) -> None:
    card = Card(task="other", cell="simulated cell", image_width=1600, image_height=1200)
    Dataset.create(tmp_path / "datasets" / "bad", card)
    for name in ("collect", "train"):
        check(command(name, str(task(name=name))), 1, "'other'", "expected 'bad'")


def test_training_without_pictures_says_how_to_get_some(command: Run, task: Make) -> None:
    check(command("train", str(task())), 1, "pregrasp collect")


def test_a_result_that_cannot_be_written_is_explained(
    command: Run, task: Make, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ended = command("teach", str(tmp_path / "file" / "task"), "--pregrasp", "374,55,200,0",
                    "--grasp", "374,0,1,0")  # fmt: skip
    check(ended, 1, "cannot be written")


def test_a_pose_that_is_not_four_numbers_is_a_usage_error(command: Run) -> None:
    ended = command("teach", "x", "--pregrasp", "1,2,3", "--grasp", "1,2,3,4")
    check(ended, 2, "expected four numbers")


def test_half_of_the_taught_poses_is_a_usage_error(command: Run) -> None:
    check(command("teach", "x", "--pregrasp", "1,2,3,4"), 2, "belong together")


def test_jogging_without_a_terminal_is_a_usage_error(command: Run) -> None:
    check(command("teach", "x"), 2, "needs a terminal")


def test_teaching_a_pose_out_of_reach_writes_nothing(command: Run, task: Make) -> None:
    folder = task()
    before = (folder / "task.yaml").read_text()
    ended = command("teach", str(folder), "--pregrasp", "900,0,200,0", "--grasp", "900,0,1,0")
    check(ended, 1, "900")
    assert (folder / "task.yaml").read_text() == before


def test_a_faulty_tree_shows_every_mistake(command: Run, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "tree: t\nroot:\n  sequence:\n    - open_griper\n    - move_too: {}\n"
    )
    ended = command("tree", "check", "t.yaml")
    assert ended.code == 1
    for words in ("t.yaml:4:", "t.yaml:5:", "Did you mean 'open_gripper'?", "'move_to'"):
        assert words in ended.out
    assert "2 errors" in ended.err


@pytest.mark.parametrize("name", ["circuit_board"])
def test_the_model_of_another_task_is_refused(command: Run, task: Make, name: str) -> None:
    from pregrasp.task import library

    model = library()[name] / "model"
    folder = task()
    shutil.copytree(model, folder / "model")
    check(command("grasp", str(folder)), 1, name, "bad")
    assert json.loads((folder / "model" / "model.json").read_text())["task"] == name


def test_many_tasks_cannot_share_a_data_set_a_page_or_a_real_cell(command: Run, task: Make) -> None:
    folder = str(task())
    check(command("collect", folder, folder), 2, "two tasks are called 'bad'")
    check(command("deploy", folder, "circuit_board", "--terminal"), 2, "--terminal", "one task")
    check(command("collect", folder, "--workers", "2", "--cell", "irb120_flir"), 2, "real cell")
