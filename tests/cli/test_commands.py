import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pregrasp.perception.dataset import Dataset
from pregrasp.task import load_task

Run = Callable[..., Any]
"""The fixture ``command``."""

Make = Callable[..., Path]
"""The fixture ``task``."""

COMMANDS = (
    ("teach",), ("collect",), ("train",), ("deploy",), ("grasp",), ("evaluate",), ("demo",),
    ("doctor",), ("view",), ("skills",), ("tree", "check"), ("tree", "show"),
)  # fmt: skip

SMALL = """\
workspace: {x_mm: 12, y_mm: 12, theta_deg: 6}
network: {steps: 200, batch: 16, time_limit_min: 2}"""
"""Few pictures and little training are enough for a small workspace."""

SOON = 60.0
"""Longest wait for something that another process does [s]."""


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example(command: Run, name: tuple[str, ...]) -> None:
    ended = command(*name, "--help")
    assert ended.code == 0
    assert f"Example: pregrasp {' '.join(name)}" in " ".join(ended.out.split())


def test_no_arguments_show_the_commands(command: Run) -> None:
    ended = command()
    assert "deploy" in ended.out + ended.err


def test_an_unknown_option_is_a_usage_error(command: Run) -> None:
    assert command("grasp", "circuit_board", "--sed", "1").code == 2


def test_the_version_is_that_of_the_package(command: Run) -> None:
    assert command("--version").out.startswith("pregrasp 0.")


def test_trees_of_the_library_are_checked_and_drawn(command: Run) -> None:
    assert "in order" in command("tree", "check", "two_stage_grasp").out
    assert "servo_to_pregrasp" in command("tree", "show", "two_stage_grasp").out


def test_conditions_are_listed(command: Run) -> None:
    ended = command("evaluate", "circuit_board", "--condition", "list")
    assert ended.code == 0
    assert "hard_shadow" in ended.out


@pytest.mark.slow
def test_the_doctor_finds_a_renderer_and_a_picture(command: Run) -> None:
    ended = command("doctor")
    assert ended.code == 0, ended.err
    assert "1600 x 1200 px" in " ".join(ended.out.split())


@pytest.mark.slow
def test_teaching_by_numbers_makes_a_task(command: Run, tmp_path: Path) -> None:
    ended = command("teach", "fresh", "--pregrasp", "380,55,210,0", "--grasp", "380,0,1,0")
    assert ended.code == 0, ended.err
    taught = load_task(tmp_path / "fresh" / "task.yaml").taught
    assert taught.pregrasp.z == pytest.approx(0.21)
    assert taught.grasp.z == pytest.approx(0.001)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_collection_that_was_stopped_goes_on_where_it_was(
    command: Run, task: Make, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    folder = task(("captures: 6", "captures: 60"))
    program = [sys.executable, "-c", "from pregrasp.cli import main; main()", "collect", "bad"]
    lines = tmp_path / "datasets" / "bad" / "captures.jsonl"
    with (tmp_path / "log").open("w") as log:
        collecting = subprocess.Popen(program, cwd=tmp_path, stdout=log, stderr=log)
        deadline = time.monotonic() + SOON
        while not (lines.exists() and lines.read_text().count("\n") >= 3):
            assert collecting.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline
            os.sched_yield()
        collecting.send_signal(number)
        assert collecting.wait(SOON) == code
    assert "Traceback" not in (tmp_path / "log").read_text()
    dataset = Dataset.open(lines.parent)
    kept = len(dataset)
    assert kept >= 3
    assert dataset.image(dataset.records[-1]).shape == (1200, 1600)

    (folder / "task.yaml").write_text(
        (folder / "task.yaml").read_text().replace("captures: 60", f"captures: {kept + 2}")
    )
    ended = command("collect", "bad")
    assert ended.code == 0, ended.err
    assert f"going on after {kept} captures" in ended.err
    assert len(Dataset.open(lines.parent)) > kept


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_object_nobody_has_seen_is_learned_and_tried(
    command: Run, task: Make, tmp_path: Path
) -> None:
    task(
        ("captures: 6, placements: 1", "captures: 30, placements: 2"),
        ("workspace: {x_mm: 40, y_mm: 40, theta_deg: 30}", SMALL),
    )
    ended = command("deploy", "./bad", "--json", "deploy.json")
    assert ended.code == 0, ended.err
    figures = json.loads((tmp_path / "deploy.json").read_text())
    assert figures["captures"] >= 30
    assert figures["robot_time_min"] > 0
    assert 0 < figures["model_bytes"] < 3_000_000

    ended = command(
        "evaluate", "./bad", "--episodes", "2", "--json", "e.json", "--report", "r.html"
    )
    assert ended.code == 0, ended.err
    figures = json.loads((tmp_path / "e.json").read_text())
    assert figures["episodes"] == 2
    assert figures["grasped"] + figures["refused"] + figures["failed"] == 2
    assert figures["false_accepts"] == 0
    assert "<svg" in (tmp_path / "r.html").read_text()


def test_a_models_name_goes_through_a_pipe_in_one_piece(command: Run) -> None:
    shown = command("models", "show", "plain_plate")
    assert shown.code == 0
    first = shown.out.splitlines()[0].split()
    assert first[0] == "model"
    assert len(first[1]) == 64


@pytest.mark.slow
def test_the_model_that_ships_grasps(command: Run, tmp_path: Path) -> None:
    ended = command("evaluate", "circuit_board", "--episodes", "3", "--seed", "1",
                    "--workers", "2", "--json", "e.json")  # fmt: skip
    assert ended.code == 0, ended.err
    figures = json.loads((tmp_path / "e.json").read_text())
    assert figures["grasped"] >= 2
    assert figures["false_accepts"] == 0
    assert figures["translation_mm"]["max"] < 0.8
    ended = command("grasp", "circuit_board", "--condition", "no_object")
    assert ended.code == 3
    assert "refused" in ended.out
