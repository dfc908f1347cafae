"""The page of a run.

Whoever tells (`ViewerServer.feed`) only appends to a bounded history and wakes the server
up: no page, however slow or hostile, holds a tree up, and a server that dies takes nothing
with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from pregrasp.runlog.message import Message
from pregrasp.trees.debugging.places import described_keys
from pregrasp.trees.run_control import ControlState, RunControl
from pregrasp.viewer.commands import Commands
from pregrasp.viewer.history import History
from pregrasp.viewer.opening import PORT
from pregrasp.viewer.page_server import PageServer
from pregrasp.viewer.powers import Powers


class RunSite:
    """What pages are told about a run, and what they may ask of it.

    Args:
        control: The handle on the run; None if there is nothing to control.
        powers: What pages with the token may do.
        again: Starts another run when a page asks for it.
        history: Keeps what pages that come late are shown.
        replay: Whether a run log is shown rather than a run.
    """

    front = "index.html"
    picture_path = r"/image/{run}/{number:\d{1,9}}"

    def __init__(
        self,
        control: RunControl | None,
        powers: Powers,
        again: Callable[[], None] | None,
        history: History,
        *,
        replay: bool,
    ) -> None:
        self._control = control
        self._powers = powers
        self._commands = Commands(control, powers, again)
        self._again = again is not None
        self._history = history
        self._replay = replay

    def picture(self, place: Mapping[str, str]) -> bytes | None:
        """What the camera saw, by run and number."""
        return self._history.picture(place["run"], int(place["number"]))

    async def greeting(self, query: Mapping[str, str]) -> list[str]:
        """Who the page talks to, and the run so far."""
        hello: dict[str, Any] = {
            "type": "hello",
            "replay": self._replay,
            "control": self._powers.control,
            "motion": self._powers.motion,
            "why_not": self._powers.why_not,
            "again": self._again,
        }
        state = [] if self._control is None else [control_text(self._control.state)]
        return [json.dumps(hello), *self._history.everything(), self.keys(), *state]

    def present(self) -> list[str]:
        """The present state of the run."""
        return self._history.present()

    async def carry_out(self, request: Mapping[str, Any], *, trusted: bool) -> None:
        """Do what a page asks of the run."""
        await self._commands.carry_out(request, trusted=trusted)

    async def live(self, watched: Callable[[], bool], tell: Callable[[list[str]], None]) -> None:
        """A run tells by itself."""

    def keys(self) -> str:
        """What is known of the keys of the blackboard."""
        tree = self._control.tree if self._control is not None else None
        keys = {} if tree is None else described_keys(tree)
        return json.dumps({"type": "keys", "keys": keys})


class ViewerServer:
    """A page that shows runs; a context manager that ends it.

    Args:
        control: The handle on the run, for pages that may use it.
        port: To listen on; 0 takes any that is free.
        powers: What pages with the token may do; by default they may only look.
        again: Starts another run when a page asks for it.
        history: Keeps what pages that come late are shown.
        replay: Whether a run log is shown rather than a run.

    Raises:
        PortTakenError: Something else listens there.

    Example::

        with ViewerServer(control) as viewer:
            print(viewer.address)
            runner.run(control=control)
    """

    name = "viewer"

    def __init__(
        self,
        control: RunControl | None = None,
        *,
        port: int = PORT,
        powers: Powers | None = None,
        again: Callable[[], None] | None = None,
        history: History | None = None,
        replay: bool = False,
    ) -> None:
        self.powers = powers or Powers.granted(control=False, motion=False)
        self._history = history or History()
        self._site = RunSite(control, self.powers, again, self._history, replay=replay)
        self._server = PageServer(self._site, port=port, powers=self.powers)
        self._forget: Callable[[], None] = lambda: None
        if control is not None:
            self._forget = control.on_change(self._tell_control)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    @property
    def address(self) -> str:
        """Where the page is; the token in it is for whoever started the viewer."""
        return self._server.address

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def feed(self, message: Message) -> None:
        """Show a message; returns at once, from any thread."""
        self._history.add(message)
        texts = [message.text]
        if message.type == "tree":
            texts.append(self._site.keys())
        self._server.send(texts)

    def receive(self, message: Message) -> None:
        """The same as `feed`: a page reads what a `Broadcast` tells."""
        self.feed(message)

    def idle(self) -> None:
        """Nothing has come for a while; pages need not know."""

    def close(self) -> None:
        """Send what is waiting, end the connections and the thread; again changes nothing."""
        self._forget()
        self._server.close()

    def _tell_control(self, state: ControlState) -> None:
        self._server.send([control_text(state)])


def control_text(state: ControlState) -> str:
    """What a run is held up by, as JSON."""
    told = {
        "type": "control",
        "paused": state.paused,
        "why": state.why,
        "path": state.path,
        "ticks": state.ticks,
        "over": state.over,
        "breakpoints": [
            {"path": point.path, "when": point.when, "once": point.once}
            for point in state.breakpoints
        ],
    }
    return json.dumps(told)
