"""The unit as a client sees it whose OPC UA shares nothing with the server's: node-opcua."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pregrasp.line.opcua.certificates import application_uri
from pregrasp.line.packml import Command, State

FOLDER = Path(__file__).parent / "node_opcua"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        NODE is None or not (FOLDER / "node_modules" / "node-opcua-client").is_dir(),
        reason="no node-opcua; install it: npm install --prefix tests/line/node_opcua",
    ),
]

Line = Any  # the fixture's class lives in conftest.py, which tests do not import
Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def other(line: Line, tmp_path: Path) -> Callable[..., Any]:
    """Runs the other client, logged in by certificate, or by name and password."""

    def run(*calls: dict[str, Any], name: str = "plc", **login: str) -> Any:
        files = line.security.folder / "clients"
        told = {
            "url": line.url,
            "folder": str(tmp_path / "pki"),
            "certificate": str(files / f"{name}.der"),
            "key": str(files / f"{name}.key.pem"),
            "applicationUri": application_uri(files / f"{name}.der"),
            "calls": calls,
            **login,
        }
        command = [str(NODE), str(FOLDER / "client.js"), json.dumps(told)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    return run


@pytest.fixture
def stopped(line: Line, eventually: Eventually) -> None:
    unit = line.production.unit
    unit.command(Command.ABORT)
    eventually(lambda: unit.state is State.ABORTED)
    unit.command(Command.CLEAR)
    eventually(lambda: unit.state is State.STOPPED)


def step(name: str, until: State | None = None, *inputs: str) -> dict[str, Any]:
    wanted = {} if until is None else {"until": int(until)}
    return {"name": name, "inputs": inputs, **wanted}


@pytest.mark.parametrize("login", [{}, {"user": "anna", "password": "correct horse"}])
def test_it_commands_the_unit_and_is_told_every_state(
    other: Callable[..., Any], line: Line, stopped: None, login: dict[str, str]
) -> None:
    saw = other(
        step("reset", State.IDLE),
        step("start", State.EXECUTE),
        step("hold", State.HELD),
        step("unhold", State.EXECUTE),
        step("stop", State.STOPPED),
        **login,
    )
    assert [call["status"] for call in saw["calls"]] == ["Good"] * 5
    assert State(saw["began"]) is State.STOPPED
    told = [State(number) for number in saw["states"]]
    waiting = [s for s in told if s in (State.STOPPED, State.IDLE, State.EXECUTE, State.HELD)]
    assert waiting == [
        State.STOPPED,
        State.IDLE,
        State.EXECUTE,
        State.HELD,
        State.EXECUTE,
        State.STOPPED,
    ]
    assert line.production.unit.state is State.STOPPED


def test_a_command_that_is_illegal_in_the_state_is_refused_and_changes_nothing(
    other: Callable[..., Any], line: Line, stopped: None
) -> None:
    saw = other(step("start"), step("unhold"), step("clear"))
    assert [call["status"] for call in saw["calls"]] == ["BadInvalidState"] * 3
    assert [State(number) for number in saw["states"]] == [State.STOPPED]
    assert line.production.unit.state is State.STOPPED


def test_whoever_may_only_look_commands_nothing(
    other: Callable[..., Any], line: Line, stopped: None
) -> None:
    assert State(other(name="panel")["began"]) is State.STOPPED
    with pytest.raises(AssertionError, match="BadUserAccessDenied"):
        other(step("reset"), name="panel")
    assert line.production.unit.state is State.STOPPED


def test_a_job_is_requested_by_its_id(other: Callable[..., Any], line: Line, stopped: None) -> None:
    saw = other(
        step("reset", State.IDLE),
        step("start", State.EXECUTE),
        step("request", None, "other-1", "circuit_board"),
        step("request", None, "other-1", "circuit_board"),
        step("request", None, "other-2", "no_such_part"),
        step("stop", State.STOPPED),
    )
    first, again, wrong = saw["calls"][2:5]
    assert (first["status"], again["status"]) == ("Good", "Good")
    assert first["outputs"][0] in ("pending", "running", "ended")
    assert wrong["status"] == "BadInvalidArgument"


def test_a_wrong_password_gets_nowhere(other: Callable[..., Any], stopped: None) -> None:
    with pytest.raises(AssertionError, match=r"BadUserAccessDenied|BadIdentityToken"):
        other(user="anna", password="wrong")  # noqa: S106  # of a test
