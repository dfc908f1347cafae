"""Two programs do not move one robot."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from pregrasp.hardware.errors import BusyError
from pregrasp.hardware.sole_user import become_sole_user

HOLDER = """
import sys
from pregrasp.hardware.sole_user import become_sole_user
with become_sole_user("cell", sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def address() -> str:
    return f"http://127.0.0.1/{uuid.uuid4().hex}"


def test_a_robot_that_this_program_holds_is_not_opened_twice(address: str) -> None:
    with become_sole_user("cell", address):
        with pytest.raises(BusyError, match="this program, and two programs must not move"):
            become_sole_user("cell", address)
        become_sole_user("cell", address + "/another").close()
    become_sole_user("cell", address).close()


def test_the_other_program_is_named_and_its_death_frees_the_robot(address: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert other.pid != os.getpid()
        with pytest.raises(BusyError, match=f"in the hands of process {other.pid}"):
            become_sole_user("cell", address)
        other.kill()
        other.wait(10)
    become_sole_user("cell", address).close()
