import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

TASK = """\
task: bad
taught:
  pregrasp: {x_mm: 374, y_mm: 55, z_mm: 200, theta_deg: 0}
  approach: {x_mm: 0, y_mm: -55, z_mm: -199, theta_deg: 0}
workspace: {x_mm: 40, y_mm: 40, theta_deg: 30}
collection: {captures: 6, placements: 1, anchors: 1}
simulation:
  part:
    length_mm: 70
    width_mm: 50
    thickness_mm: 4
    texture: {generator: circuit_board, seed: 12}
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Ended]:
    """Runs pregrasp in a process of its own, as a person would, in an empty folder."""

    def run(*arguments: str, folder: Path = tmp_path) -> Ended:
        program = [sys.executable, "-c", "from pregrasp.cli import main; main()", *arguments]
        done = subprocess.run(
            program, check=False, cwd=folder, capture_output=True, text=True, timeout=500
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def task(tmp_path: Path) -> Callable[..., Path]:
    """Makes a task folder from the plain task with some of its text replaced."""

    def make(*changes: tuple[str, str], name: str = "bad") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        text = TASK
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / "task.yaml").write_text(text)
        return folder

    return make
