from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from pregrasp.jobs.virtual_controller import serve


@pytest.mark.slow
def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("faults:\n  - {fault: motors_off}\n")
    program = [sys.executable, "-c", "from pregrasp.cli import main; main()", "virtual-controller"]
    with subprocess.Popen(
        [*program, "--port", "0", "--faults", str(faults)], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        url = said.split()[-1]
        login = requests.auth.HTTPDigestAuth("Default User", "robotics")
        answer = requests.get(f"{url}/rw/panel/ctrlstate?json=1", auth=login, timeout=10)
        assert answer.json()["_embedded"]["_state"][0]["ctrlstate"] == "motoroff"
        running.send_signal(signal.SIGINT)
        running.stdout.read()
        assert running.wait(20) == 0


def test_the_job_serves_while_its_context_lasts() -> None:
    with serve(limited=False) as server:
        assert requests.get(f"{server.url}/rw/system", timeout=10).status_code == 401
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/rw/system", timeout=10)
