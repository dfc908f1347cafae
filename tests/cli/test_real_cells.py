"""Commands beside a person and a robot: questions, keys, and what is said without a terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pregrasp.cli.pausing import toggle
from pregrasp.task import load_task
from pregrasp.trees.run_control import RunControl

Run = Callable[..., Any]
"""The fixture ``command``."""

LONGEST = 120.0
"""Wait for something that the other process says [s]."""


@pytest.mark.parametrize("name", ["collect", "grasp", "deploy"])
def test_a_real_robot_does_not_move_without_having_asked(command: Run, name: str) -> None:
    ended = command(name, "circuit_board", "--cell", "virtual_irb120")
    assert ended.code != 0
    assert "nobody answers" in ended.err or "give --yes" in ended.err


def test_a_grasp_asks_before_it_connects(command: Run) -> None:
    ended = command("grasp", "circuit_board", "--cell", "virtual_irb120")
    assert ended.code == 2
    assert "give --yes" in " ".join(ended.err.split())


def test_an_unknown_cell_is_answered_with_the_known_ones(command: Run) -> None:
    ended = command("grasp", "circuit_board", "--cell", "irb120_flirr")
    assert ended.code == 1
    assert "'irb120_flir'" in ended.err


def test_the_space_bar_pauses_and_goes_on() -> None:
    control = RunControl()
    toggle(control)
    assert control.paused
    toggle(control)
    assert not control.paused


@pytest.mark.slow
def test_an_object_is_taught_by_keys_with_checks_and_a_rehearsal(tmp_path: Path) -> None:
    outer, inner = pty.openpty()
    program = [sys.executable, "-c", "from pregrasp.cli import main; main()", "teach", "./mine"]
    teaching = subprocess.Popen(
        program, stdin=inner, stdout=inner, stderr=inner, cwd=tmp_path,
        env={**os.environ, "COLUMNS": "140", "TERM": "dumb"},
    )  # fmt: skip
    os.close(inner)
    said = ""

    def press(key: str, answer: str) -> None:
        """Press a key, and wait until the answer and the next prompt have been printed."""
        nonlocal said
        os.write(outer, key.encode())
        read(answer)

    def read(answer: str) -> None:
        nonlocal said
        heard, deadline = "", time.monotonic() + LONGEST
        while answer not in heard or " mm\r" not in heard[heard.index(answer) :]:
            assert time.monotonic() < deadline, said
            ready, _, _ = select.select([outer], [], [], 1.0)
            if ready:
                heard += os.read(outer, 65536).decode(errors="replace")
        said += heard

    read("1 of 3")
    press("+", "step 50 mm")
    press("\x1b[C", "(352.000 mm")
    press("r", "not rehearsed")
    press("\n", "2 of 3")
    for height in (358, 308, 258):
        press("\x1b[6~", f"{height}.000 mm")
    press("\n", "3 of 3")
    press("r", "rehearsed\r")
    os.write(outer, b"s")
    assert teaching.wait(LONGEST) == 0
    os.close(outer)
    for check in ("vertical", "reach", "exposure", "sharpness", "part in view", "height"):
        assert check in said
    taught = load_task(tmp_path / "mine" / "task.yaml").taught
    assert taught.pregrasp.x == pytest.approx(0.352)
    assert taught.approach.z == pytest.approx(-0.15)
    assert (tmp_path / "mine" / "teach.png").is_file()
