"""The dialogue of teaching on a page in a browser.

The page shows `pregrasp.jobs.teaching.Teaching` and asks it for things; everything that is
decided is decided there, the same as for a person at the terminal. What can set the robot in
motion (`MOVING`) needs ``--allow-motion``, simulated or not.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import cv2

from pregrasp.frames import MM
from pregrasp.hardware.capabilities import Image
from pregrasp.jobs.jog import STEPS
from pregrasp.jobs.teach import with_cross
from pregrasp.jobs.teaching import Teaching
from pregrasp.jobs.teaching_state import INSTRUCTIONS, TeachingState
from pregrasp.runlog.values import encode_pose
from pregrasp.viewer.errors import CommandError
from pregrasp.viewer.opening import PORT
from pregrasp.viewer.powers import Powers
from pregrasp.viewer.requests import Fields
from pregrasp.viewer.served_page import ServedPage

HARMLESS = frozenset({"stop", "leave", "step", "take_pregrasp", "take_grasp", "save"})
"""Requests that set nothing in motion."""

MOVING = frozenset({"jog", "rehearse"})
"""Requests that move the arm."""

LOOK_EVERY = 0.4
"""At least so long between two pictures while a page watches, in real time [s]."""

SHOWN_WIDTH = 960
"""Pictures are made this wide for the page [px]."""

KEPT = 8
"""Pictures that a page may still ask for."""

QUALITY = 80
"""Of the JPEG, in percent."""


class TeachingSite:
    """What pages are told about a dialogue, and what they may ask of it.

    Args:
        teaching: The dialogue.
        powers: What pages with the token may do.
    """

    front = "teach.html"
    picture_path = r"/picture/{number:\d{1,9}}"

    def __init__(self, teaching: Teaching, powers: Powers) -> None:
        self._teaching = teaching
        self._powers = powers
        self._pictures: dict[int, bytes] = {}
        self._number = 0

    def picture(self, place: Mapping[str, str]) -> bytes | None:
        """What the camera saw, by number."""
        return self._pictures.get(int(place["number"]))

    async def greeting(self, query: Mapping[str, str]) -> list[str]:
        """Who the page talks to, and how things are."""
        hello = {
            "type": "hello",
            "control": self._powers.control,
            "motion": self._powers.motion,
            "why_not": self._powers.why_not,
            "task": self._teaching.task.task,
            "cell": self._teaching.cell.name,
            "file": str(self._teaching.file),
            "new": not self._teaching.file.exists(),
            "steps_mm": [step / MM for step in STEPS],
        }
        return [json.dumps(hello), *self.present()]

    def present(self) -> list[str]:
        """How things are now."""
        picture = [picture_text(self._number)] if self._number else []
        return [state_text(self._teaching.state), *picture]

    async def carry_out(self, request: Mapping[str, Any], *, trusted: bool) -> None:
        """Do what a page asks of the dialogue, on a thread of its own.

        Raises:
            CommandError: There is no such request, or the page may not ask for it.
            TeachingError: It cannot be done now.
        """
        name = request.get("do")
        if not isinstance(name, str) or name not in HARMLESS | MOVING:
            raise CommandError(f"there is no request {str(name)[:40]!r}")
        self._powers.check(moving=name in MOVING, trusted=trusted)
        work = self._work(name, Fields(request))
        try:
            await asyncio.to_thread(work)
        except asyncio.CancelledError:
            # The page has gone, and with it the button that stops.
            if name in MOVING:
                self._teaching.stop()
            raise

    async def live(self, watched: Callable[[], bool], tell: Callable[[list[str]], None]) -> None:
        """Look again and again while a page watches."""
        while True:
            began = time.monotonic()
            if watched() and not self._teaching.over:
                await asyncio.to_thread(self._teaching.look)
            await asyncio.sleep(max(LOOK_EVERY, time.monotonic() - began))

    def keep(self, image: Image) -> int:
        """Keep a picture, with a cross in its middle, for pages to ask for.

        Args:
            image: uint8 (height, width).

        Returns:
            Its number.
        """
        scale = min(1.0, SHOWN_WIDTH / image.shape[1])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        _, jpeg = cv2.imencode(
            ".jpg", with_cross(small.astype("uint8")), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        )
        number = self._number + 1
        self._pictures[number] = jpeg.tobytes()
        self._pictures.pop(number - KEPT, None)
        self._number = number
        return number

    def _work(self, name: str, fields: Fields) -> Callable[[], None]:
        if name == "jog":
            direction = fields.text("direction")
            return lambda: self._teaching.jog(direction)
        if name == "step":
            index = fields.count("number") - 1
            if index >= len(STEPS):
                raise CommandError(f"'number' is one of 1 to {len(STEPS)}")
            return lambda: self._teaching.set_step(STEPS[index])
        asked: Callable[[], None] = getattr(self._teaching, name)
        return asked


class TeachingPage(ServedPage):
    """The page of a dialogue, with its server; a context manager that ends it.

    Args:
        teaching: The dialogue.
        port: To listen on; 0 takes any that is free.
        powers: What pages with the token may do.

    Raises:
        MissingPackageError: The package ``aiohttp`` is missing.
        PortTakenError: Something else listens there.
    """

    def __init__(self, teaching: Teaching, *, port: int, powers: Powers) -> None:
        site = TeachingSite(teaching, powers)
        super().__init__(site, port=port, powers=powers)
        teaching.on_change(lambda state: self._server.send([state_text(state)]))
        teaching.on_picture(lambda image: self._server.send([picture_text(site.keep(image))]))


def open_teaching_page(
    teaching: Teaching,
    *,
    port: int = PORT,
    allow_control: bool = False,
    allow_motion: bool = False,
) -> TeachingPage:
    """Show a dialogue on a page.

    Args:
        teaching: The dialogue.
        port: To listen on; 0 takes any that is free.
        allow_control: Whether a page with the token may take poses and save.
        allow_motion: Whether it may also jog and rehearse, simulated or not.

    Raises:
        MissingPackageError: The package ``aiohttp`` is missing.
        PortTakenError: Something else listens there.
    """
    powers = Powers.granted(control=allow_control, motion=allow_motion)
    return TeachingPage(teaching, port=port, powers=powers)


def picture_text(number: int) -> str:
    """That there is a new picture, as JSON."""
    return json.dumps({"type": "picture", "id": number})


def state_text(state: TeachingState) -> str:
    """A state as JSON, with units in its keys."""
    planned, written = state.planned, state.written
    told = {
        "type": "teaching",
        "stage": state.stage.value,
        "instruction": INSTRUCTIONS[state.stage],
        "pose": encode_pose(state.pose),
        "step_mm": state.step / MM,
        "checks": [
            {
                "name": check.name,
                "good": check.good,
                "found": check.found,
                "remedy": check.remedy,
                "serious": check.serious,
            }
            for check in state.checks
        ],
        "pregrasp": state.pregrasp and encode_pose(state.pregrasp),
        "grasp": state.grasp and encode_pose(state.grasp),
        "approach": state.approach and encode_pose(state.approach),
        "planned": planned
        and {
            # Of a file that exists only the section changes.
            "text": planned.text if planned.before is None else planned.section,
            "backup": planned.backup and planned.backup.name,
        },
        "rehearsed": state.rehearsed,
        "at_work": state.at_work,
        "message": state.message,
        "good": state.good,
        "trouble": state.trouble,
        "written": written
        and {"file": str(written.file), "backup": written.backup and written.backup.name},
    }
    return json.dumps(told)
