"""``pregrasp teach --view`` as a whole: a page and no terminal."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pregrasp.task import load_task

pytestmark = pytest.mark.slow

LONGEST = 120.0
"""Wait for something that the other process does [s]."""

Run = Callable[..., Any]
"""The fixture ``command``."""


class Command:
    """The command in a process of its own, and what it says."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.log = log
        arguments = ["teach", "./mine", "--view", "--port", "0", "--allow-motion"]
        program = [sys.executable, "-c", "from pregrasp.cli import main; main()", *arguments]
        with log.open("w") as said:
            self.process = subprocess.Popen(
                program, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def address(self) -> tuple[str, str]:
        """Where the page is, and its token."""
        deadline = time.monotonic() + LONGEST
        while not (found := re.search(r"(http://\S+/)#token=(\S+)\n", self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return found[1], found[2]


@pytest.fixture
def teach(tmp_path: Path) -> Iterator[Command]:
    folder = tmp_path / "here"
    folder.mkdir()
    command = Command(folder, tmp_path / "said")
    yield command
    command.process.kill()
    command.process.wait(LONGEST)


async def until(watch: Any, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first state of the dialogue that is as wanted."""
    while True:
        for message in json.loads(await watch.receive_str(timeout=LONGEST)):
            assert not message.get("error"), message
            if message["type"] == "teaching" and true(message):
                found: dict[str, Any] = message
                return found


def test_a_page_alone_teaches_an_object(teach: Command, tmp_path: Path) -> None:
    base, token = teach.address()

    async def person() -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{base}watch") as watch:

            async def ask(true: Callable[[dict[str, Any]], bool], **request: Any) -> None:
                await watch.send_str(json.dumps(request))
                await until(watch, lambda state: not state["at_work"] and true(state))

            await watch.send_str(json.dumps({"do": "unlock", "token": token}))
            await ask(lambda state: state["step_mm"] == 50, do="step", number=4)
            await ask(lambda state: state["stage"] == "grasp", do="take_pregrasp")
            await ask(
                lambda state: abs(state["pose"]["z_mm"] - 358) < 0.5, do="jog", direction="z-"
            )
            await ask(lambda state: state["stage"] == "finish", do="take_grasp")
            await ask(lambda state: state["stage"] == "saved", do="save")

    asyncio.run(person())
    assert teach.process.wait(LONGEST) == 0, teach.log.read_text()
    assert "task.yaml: taught" in teach.log.read_text()
    taught = load_task(tmp_path / "here" / "mine" / "task.yaml").taught
    assert taught.approach.z == pytest.approx(-0.05, abs=1e-4)


def test_ctrl_c_during_a_move_leaves_nothing_behind(teach: Command, tmp_path: Path) -> None:
    base, token = teach.address()

    async def person() -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{base}watch") as watch:
            for request in (
                {"do": "unlock", "token": token},
                {"do": "step", "number": 4},
                {"do": "jog", "direction": "z-"},
            ):
                await watch.send_str(json.dumps(request))
            await until(watch, lambda state: state["at_work"] == "moving")
            teach.process.send_signal(signal.SIGINT)
            told = await until(watch, lambda state: state["stage"] == "left")
            assert told["written"] is None

    asyncio.run(person())
    assert teach.process.wait(LONGEST) == 130, teach.log.read_text()
    assert "nothing was written" in teach.log.read_text()
    assert list((tmp_path / "here").iterdir()) == []


def test_without_a_terminal_and_without_leave_it_says_what_is_needed(command: Run) -> None:
    ended = command("teach", "mine", "--view")
    assert ended.code == 2
    assert "--view and --allow-motion" in " ".join(re.sub(r"[│\s]+", " ", ended.err).split())
    ended = command("teach", "mine", "--allow-motion")
    assert "add --view" in " ".join(ended.err.split())
