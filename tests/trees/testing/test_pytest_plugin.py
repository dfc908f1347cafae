"""pytest collects files of cases and shows the ticks of those that fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """\
tests: mine
cases:
  - case: it ends
    then: {ticks: 1}
  - case: it holds the part
    then: {result: succeeded}
"""


@pytest.mark.slow
def test_cases_are_tests(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("tree: mine\nroot: verify_grasp\n")
    (tmp_path / "mine.cases.yaml").write_text(CASES)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", str(tmp_path)]
    # Named here, so that it is tried as well where pregrasp was installed before it had it.
    command += ["-p", "pregrasp.cli.pytest_plugin"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert "it failed (mine/verify_grasp: nothing is in the gripper" in done.stdout
    assert "verify_grasp  F" in done.stdout
    assert "Traceback" not in done.stdout
