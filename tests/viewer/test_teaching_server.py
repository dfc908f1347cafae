"""The dialogue of teaching against everybody who is not its own page."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from pregrasp.frames import Pose
from pregrasp.jobs.teaching_page import MOVING

SOON = 20.0
"""Real time after which a test has failed [s]."""

Make = Callable[..., Any]
"""The fixture ``lesson``."""


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def talk(lesson: Any, *requests: Any, token: bool = True) -> list[str]:
    """Ask for things over the web socket; gives the error of each answer, or nothing."""

    async def run() -> list[str]:
        timeout = aiohttp.ClientTimeout(SOON)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.ws_connect(f"http://127.0.0.1:{lesson.page.port}/watch") as watch,
        ):
            secret = lesson.page.address.partition("token=")[2]
            first = [{"do": "unlock", "token": secret}] if token else []
            answers: list[str] = []
            for request in [*first, *requests]:
                await watch.send_str(json.dumps(request))
                answers.append(await _reply(watch))
            return answers[len(first) :]

    return asyncio.run(run())


async def _reply(watch: Any) -> str:
    while True:
        for message in json.loads(await watch.receive_str(timeout=SOON)):
            if message["type"] == "reply":
                return str(message.get("error", ""))


def test_nothing_moves_or_is_taken_without_the_token(lesson: Make) -> None:
    one = lesson(allow_motion=True)
    for name in ("jog", "rehearse", "take_pregrasp", "save", "leave", "stop"):
        [error] = talk(one, {"do": name, "direction": "z+"}, token=False)
        assert "may only look" in error, name
    assert one.bench.arm.pose() == Pose(0.35, 0.0, 0.2)
    assert not one.teaching.over


def test_what_moves_needs_its_flag_on_a_simulated_cell_too(lesson: Make) -> None:
    one = lesson(allow_control=True)
    for name in MOVING:
        [error] = talk(one, {"do": name, "direction": "z+"})
        assert "without --allow-motion" in error
    assert talk(one, {"do": "take_pregrasp"}) == [""]
    assert one.teaching.state.pregrasp is not None
    assert one.bench.arm.pose() == Pose(0.35, 0.0, 0.2)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"do": "jog"}, "'direction' is missing"),
        ({"do": "jog", "direction": "__class__"}, "a direction is one of"),
        ({"do": "jog", "direction": ["z+"]}, "no text"),
        ({"do": "step", "number": 9}, "one of 1 to 4"),
        ({"do": "step", "number": 0}, "no number"),
        ({"do": "look"}, "no request 'look'"),
        ({"do": "__exit__"}, "no request '__exit__'"),
        ({"do": {"jog": 1}}, "no request"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered(lesson: Make, request_: Any, words: str) -> None:
    one = lesson(allow_motion=True)
    error, fine = talk(one, request_, {"do": "jog", "direction": "z+"})
    assert words in error
    assert fine == ""
    assert one.bench.arm.pose().z == pytest.approx(0.21)


def test_a_move_ends_with_the_page_that_asked_for_it(lesson: Make) -> None:
    one = lesson(allow_motion=True)
    one.bench.arm.blocked = True

    async def ask_and_go() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{one.page.port}/watch") as watch,
        ):
            token = one.page.address.partition("token=")[2]
            await watch.send_str(json.dumps({"do": "unlock", "token": token}))
            await _reply(watch)
            await watch.send_str(json.dumps({"do": "jog", "direction": "z+"}))
            while one.teaching.state.at_work != "moving":
                await asyncio.sleep(0.001)

    asyncio.run(ask_and_go())
    until(lambda: not one.teaching.state.at_work)
    assert one.teaching.state.message == "stopped"


def test_nobody_looks_while_nobody_watches(lesson: Make) -> None:
    one = lesson()
    talk(one, token=False)
    shots = one.bench.camera.shots
    time.sleep(0.6)
    assert one.bench.camera.shots <= shots + 1
