"""What a page may ask of a run, and how it is done.

A request is one JSON object, ``{"id": 7, "do": "break", "path": "...", "when": "..."}``; every
one is answered. Requests are split by what they can lead to: those that can only keep the
robot from moving are always open to whoever has the token; those after which something may
move also need the cell to be simulated, or the leave of whoever started the viewer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from py_trees.common import Status

from pregrasp.trees.debugging import Breakpoint
from pregrasp.trees.run_control import RunControl
from pregrasp.viewer.errors import CommandError

HARMLESS = frozenset({"pause", "interrupt", "break"})
"""Can only keep the robot from moving."""

MOVING = frozenset(
    {"resume", "step", "step_to_change", "run_to", "unbreak", "force", "lift", "set", "inject"}
    | {"again"}
)
"""After these something may move."""

PATIENCE = 10.0
"""How long a request waits for the tick that carries it out, in real time [s]."""

LONGEST_TEXT = 2000
"""Of one text in a request [characters]."""

MOST_TIMES = 10_000
"""Most ticks, results or faults that one request asks for."""


@dataclass(frozen=True, slots=True)
class Powers:
    """What pages with the token may do."""

    control: bool
    """Whether they may do anything at all."""
    motion: bool
    """Whether they may do what can set the robot in motion."""
    why_not: str
    """Why not, in words for people; empty if they may do both."""


class Commands:
    """Carries out requests.

    Args:
        control: The handle on the run; None if there is nothing to control, as in a replay.
        powers: What may be done.
        again: Starts another run; None if whoever runs the tree offers no such thing.
    """

    def __init__(
        self, control: RunControl | None, powers: Powers, again: Callable[[], None] | None = None
    ) -> None:
        self._control = control
        self._powers = powers
        self._again = again

    async def carry_out(self, request: Mapping[str, Any], *, trusted: bool) -> None:
        """Do what a page asks for, and wait until it is done.

        Args:
            request: The request.
            trusted: Whether the page has shown the token.

        Raises:
            PregraspError: It cannot be done, or the page may not do it.
        """
        name = request.get("do")
        if not isinstance(name, str) or name not in HARMLESS | MOVING:
            raise CommandError(f"there is no request {str(name)[:40]!r}")
        self._check(name, trusted)
        if self._control is None:
            raise CommandError("nothing runs here that could be controlled")
        work = getattr(self, f"_do_{name}")(self._control, _Fields(request))
        if isinstance(work, Awaitable):
            await work

    def _check(self, name: str, trusted: bool) -> None:
        if not self._powers.control:
            raise CommandError(f"this page may only look: {self._powers.why_not}")
        if not trusted:
            raise CommandError(
                "this page may only look: open it with the whole address, with its token"
            )
        if name in MOVING and not self._powers.motion:
            raise CommandError(f"this could set the robot in motion: {self._powers.why_not}")

    # --- One method for each request ------------------------------------------------------

    def _do_pause(self, control: RunControl, fields: _Fields) -> None:
        control.pause()

    def _do_interrupt(self, control: RunControl, fields: _Fields) -> None:
        control.interrupt()

    def _do_resume(self, control: RunControl, fields: _Fields) -> None:
        control.resume()

    def _do_step(self, control: RunControl, fields: _Fields) -> None:
        control.step(fields.count("count"))

    def _do_step_to_change(self, control: RunControl, fields: _Fields) -> Awaitable[None]:
        return _done(control.step_to_change())

    def _do_run_to(self, control: RunControl, fields: _Fields) -> None:
        control.run_to(fields.text("path"))

    def _do_break(self, control: RunControl, fields: _Fields) -> None:
        when, once = fields.text("when", ""), fields.truth("once")
        control.set_breakpoint(Breakpoint(fields.text("path"), when=when.strip(), once=once))

    def _do_unbreak(self, control: RunControl, fields: _Fields) -> None:
        control.clear_breakpoint(fields.text("path"))

    def _do_force(self, control: RunControl, fields: _Fields) -> Awaitable[None]:
        result = fields.text("result")
        if result not in ("success", "failure"):
            raise CommandError(f"a result is success or failure, not {result!r}")
        reason = fields.text("reason", "") or f"forced to end in {result}, from the viewer"
        times = None if fields.truth("always") else fields.count("times")
        forced = control.force(
            fields.text("path"), Status[result.upper()], reason=reason, times=times
        )
        return _done(forced)

    def _do_lift(self, control: RunControl, fields: _Fields) -> Awaitable[None]:
        return _done(control.lift(fields.text("path")))

    def _do_set(self, control: RunControl, fields: _Fields) -> Awaitable[None]:
        return _done(control.set_value(fields.text("key"), fields.text("text")))

    def _do_inject(self, control: RunControl, fields: _Fields) -> Awaitable[None]:
        return _done(control.inject(fields.text("device"), fields.count("times")))

    def _do_again(self, control: RunControl, fields: _Fields) -> None:
        if self._again is None:
            raise CommandError("this command runs its tree once; start it again to run another one")
        self._again()


class _Fields:
    """The fields of a request, checked when they are asked for."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request

    def text(self, name: str, default: str | None = None) -> str:
        value = self._request.get(name, default)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise CommandError(f"{name!r} is missing, too long, or no text")
        return value

    def count(self, name: str) -> int:
        value = self._request.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_TIMES:
            raise CommandError(f"{name!r} is no number from 1 to {MOST_TIMES}")
        return value

    def truth(self, name: str) -> bool:
        value = self._request.get(name, False)
        if not isinstance(value, bool):
            raise CommandError(f"{name!r} is neither true nor false")
        return value


def read_request(text: str) -> dict[str, Any]:
    """A request as it came over the wire.

    Raises:
        CommandError: It is no JSON object.
    """
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        raise CommandError("found no JSON, expected a request") from None
    if not isinstance(request, dict):
        raise CommandError("found JSON that is no object, expected a request")
    return request


async def _done(future: Future[None]) -> None:
    try:
        await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)
    except TimeoutError:
        raise CommandError(
            f"the run did not come to it within {PATIENCE:g} s: a tick takes long, or has not begun"
        ) from None
