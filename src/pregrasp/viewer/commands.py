"""What a page may ask of a run, and how it is done.

Requests are split by what they can lead to: those that can only keep the robot from moving,
and those after which something may move (`pregrasp.viewer.powers`). Every one is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from typing import Any

from py_trees.common import Status

from pregrasp.trees.debugging import Breakpoint
from pregrasp.trees.run_control import RunControl
from pregrasp.viewer.errors import CommandError
from pregrasp.viewer.powers import Powers
from pregrasp.viewer.requests import Fields

HARMLESS = frozenset({"pause", "interrupt", "break"})
"""Can only keep the robot from moving."""

MOVING = frozenset(
    {"resume", "step", "step_to_change", "run_to", "unbreak", "force", "lift", "set", "inject"}
    | {"again"}
)
"""After these something may move."""

PATIENCE = 10.0
"""How long a request waits for the tick that carries it out, in real time [s]."""


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
        self._powers.check(moving=name in MOVING, trusted=trusted)
        if self._control is None:
            raise CommandError("nothing runs here that could be controlled")
        work = getattr(self, f"_do_{name}")(self._control, Fields(request))
        if isinstance(work, Awaitable):
            await work

    # --- One method for each request ------------------------------------------------------

    def _do_pause(self, control: RunControl, fields: Fields) -> None:
        control.pause()

    def _do_interrupt(self, control: RunControl, fields: Fields) -> None:
        control.interrupt()

    def _do_resume(self, control: RunControl, fields: Fields) -> None:
        control.resume()

    def _do_step(self, control: RunControl, fields: Fields) -> None:
        control.step(fields.count("count"))

    def _do_step_to_change(self, control: RunControl, fields: Fields) -> Awaitable[None]:
        return _done(control.step_to_change())

    def _do_run_to(self, control: RunControl, fields: Fields) -> None:
        control.run_to(fields.text("path"))

    def _do_break(self, control: RunControl, fields: Fields) -> None:
        when, once = fields.text("when", ""), fields.truth("once")
        control.set_breakpoint(Breakpoint(fields.text("path"), when=when.strip(), once=once))

    def _do_unbreak(self, control: RunControl, fields: Fields) -> None:
        control.clear_breakpoint(fields.text("path"))

    def _do_force(self, control: RunControl, fields: Fields) -> Awaitable[None]:
        result = fields.text("result")
        if result not in ("success", "failure"):
            raise CommandError(f"a result is success or failure, not {result!r}")
        reason = fields.text("reason", "") or f"forced to end in {result}, from the viewer"
        times = None if fields.truth("always") else fields.count("times")
        forced = control.force(
            fields.text("path"), Status[result.upper()], reason=reason, times=times
        )
        return _done(forced)

    def _do_lift(self, control: RunControl, fields: Fields) -> Awaitable[None]:
        return _done(control.lift(fields.text("path")))

    def _do_set(self, control: RunControl, fields: Fields) -> Awaitable[None]:
        return _done(control.set_value(fields.text("key"), fields.text("text")))

    def _do_inject(self, control: RunControl, fields: Fields) -> Awaitable[None]:
        return _done(control.inject(fields.text("device"), fields.count("times")))

    def _do_again(self, control: RunControl, fields: Fields) -> None:
        if self._again is None:
            raise CommandError("this command runs its tree once; start it again to run another one")
        self._again()


async def _done(future: Future[None]) -> None:
    try:
        await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)
    except TimeoutError:
        raise CommandError(
            f"the run did not come to it within {PATIENCE:g} s: a tick takes long, or has not begun"
        ) from None
