"""Serves the page and what it shows, on 127.0.0.1 and on a thread of its own.

Whoever tells (`ViewerServer.feed`) only appends to a bounded history and wakes the server
up: no page, however slow or hostile, holds a tree up, and a server that dies takes nothing
with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from pregrasp.errors import PregraspError
from pregrasp.runlog.message import Message
from pregrasp.trees.debugging.places import described_keys
from pregrasp.trees.run_control import ControlState, RunControl
from pregrasp.viewer.assets import FRONT, read_assets
from pregrasp.viewer.client import Client
from pregrasp.viewer.commands import Commands, Powers, read_request
from pregrasp.viewer.errors import CommandError, PortTakenError, ViewerError
from pregrasp.viewer.history import History
from pregrasp.viewer.opening import PORT
from pregrasp.viewer.protection import Token, add_headers, protection

LONGEST_FRAME = 16_384
"""Of a request [bytes]; a page that sends more is disconnected."""

MOST_PAGES = 20
"""How many pages may watch at once."""

START_TIMEOUT = 10.0
"""How long the server may take to listen [s]."""


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
        looking = Powers(False, False, "it was started without --allow-control")
        self.powers = powers or looking
        self.port = port
        self.name = "viewer"
        self._control = control
        self._commands = Commands(control, self.powers, again)
        self._again = again is not None
        self._history = history or History()
        self._replay = replay
        self._token = Token()
        self._clients: set[Client] = set()
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._fresh: list[str] = []
        self._closing: asyncio.Event | None = None
        self._listening = threading.Event()
        self._failure: Exception | None = None
        self._forget: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._serve, name="viewer", daemon=True)
        self._thread.start()
        self._listening.wait(START_TIMEOUT)
        if self._failure is not None:
            self._thread.join()
            if isinstance(self._failure, OSError):
                raise PortTakenError(port, self._failure.strerror or str(self._failure))
            raise ViewerError("the viewer did not start") from self._failure
        if not self._listening.is_set():
            raise ViewerError(f"the viewer did not start within {START_TIMEOUT:g} s")
        if control is not None:
            self._forget = control.on_change(self._tell_control)

    @property
    def address(self) -> str:
        """Where the page is; the token in it is for whoever started the viewer."""
        page = f"http://127.0.0.1:{self.port}/"
        # A fragment is never sent anywhere: no log and no other site gets to see it.
        return f"{page}#token={self._token.text}" if self.powers.control else page

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- For whoever tells ----------------------------------------------------------------

    def feed(self, message: Message) -> None:
        """Show a message; returns at once, from any thread."""
        self._history.add(message)
        texts = [message.text]
        if message.type == "tree":
            texts.append(self._keys())
        self._send(texts)

    def receive(self, message: Message) -> None:
        """The same as `feed`: a page reads what a `Broadcast` tells."""
        self.feed(message)

    def idle(self) -> None:
        """Nothing has come for a while; pages need not know."""

    def close(self) -> None:
        """Send what is waiting, end the connections and the thread; again changes nothing."""
        self._forget()
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end)
        self._thread.join()

    def _tell_control(self, state: ControlState) -> None:
        self._send([_control_text(state)])

    def _send(self, texts: list[str]) -> None:
        with self._lock:
            asleep = not self._fresh
            self._fresh += texts
        if asleep:
            with contextlib.suppress(RuntimeError):  # the server has ended; the run goes on
                self._loop.call_soon_threadsafe(self._spread)

    # --- On the server's thread -----------------------------------------------------------

    def _spread(self) -> None:
        with self._lock:
            texts, self._fresh = self._fresh, []
        for client in self._clients:
            client.send(texts)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        except Exception as error:  # raised where the viewer was asked for
            self._failure = error
        finally:
            self._loop.close()
            self._listening.set()

    async def _main(self) -> None:
        self._closing = asyncio.Event()
        application = web.Application(
            middlewares=[protection(lambda: self.port)], client_max_size=LONGEST_FRAME
        )
        application.on_response_prepare.append(add_headers)
        assets = read_assets()

        async def asset(request: web.Request) -> web.Response:
            found = assets.get(request.match_info.get("name", FRONT))
            if found is None:
                raise web.HTTPNotFound
            return web.Response(body=found.content, content_type=found.media, charset="utf-8")

        application.router.add_get("/", asset)
        application.router.add_get("/page/{name}", asset)
        application.router.add_get(r"/image/{run}/{number:\d{1,9}}", self._image)
        application.router.add_get("/watch", self._watch)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", self.port)
            await site.start()
            self.port = runner.addresses[0][1]
            self._listening.set()
            await self._closing.wait()
        finally:
            await runner.cleanup()

    def _end(self) -> None:
        if self._closing is not None:
            self._closing.set()

    async def _image(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        jpeg = self._history.picture(request.match_info["run"], number)
        if jpeg is None:
            raise web.HTTPNotFound(text="this picture is not, or no longer, kept")
        # A number means the same picture for ever.
        headers = {"Cache-Control": "private, max-age=3600, immutable"}
        return web.Response(body=jpeg, content_type="image/jpeg", headers=headers)

    async def _watch(self, request: web.Request) -> web.WebSocketResponse:
        if len(self._clients) >= MOST_PAGES:
            raise web.HTTPServiceUnavailable(text=f"{MOST_PAGES} pages are watching already")
        socket = web.WebSocketResponse(
            max_msg_size=LONGEST_FRAME, heartbeat=20.0, compress=False, timeout=1.0
        )
        await socket.prepare(request)
        client = Client(socket, self._history.present)
        client.send(self._greeting(), must=True)
        self._clients.add(client)
        sender = asyncio.ensure_future(client.run())
        closing = asyncio.ensure_future(self._close_with(socket, client))
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                client.send([json.dumps(await self._answer(client, frame.data))], must=True)
        finally:
            self._clients.discard(client)
            for task in (sender, closing):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await task
        return socket

    async def _close_with(self, socket: web.WebSocketResponse, client: Client) -> None:
        if self._closing is not None:
            await self._closing.wait()
            await client.flushed()
            await socket.close(code=1001, message=b"the viewer has ended")

    def _greeting(self) -> list[str]:
        hello: dict[str, Any] = {
            "type": "hello",
            "replay": self._replay,
            "control": self.powers.control,
            "motion": self.powers.motion,
            "why_not": self.powers.why_not,
            "again": self._again,
        }
        state = [] if self._control is None else [_control_text(self._control.state)]
        return [json.dumps(hello), *self._history.everything(), self._keys(), *state]

    def _keys(self) -> str:
        tree = self._control.tree if self._control is not None else None
        keys = {} if tree is None else described_keys(tree)
        return json.dumps({"type": "keys", "keys": keys})

    async def _answer(self, client: Client, text: str) -> dict[str, Any]:
        """What a request comes to; nothing that a page sends raises out of here."""
        number = None
        try:
            request = read_request(text)
            number = request.get("id") if isinstance(request.get("id"), int) else None
            if request.get("do") == "unlock":
                client.may_control = self._unlock(request.get("token"))
            else:
                await self._commands.carry_out(request, trusted=client.may_control)
        except (PregraspError, ValueError) as error:
            return {"type": "reply", "id": number, "error": str(error)}
        return {"type": "reply", "id": number}

    def _unlock(self, token: object) -> bool:
        if not self.powers.control:
            raise CommandError(f"this page may only look: {self.powers.why_not}")
        if not self._token.matches(token):
            raise CommandError("the token is not the one that was printed")
        return True


def _control_text(state: ControlState) -> str:
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
