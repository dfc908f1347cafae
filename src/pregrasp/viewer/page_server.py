"""Serves pages on 127.0.0.1, on a thread of its own.

What is shown is a `Site`: a run (`pregrasp.viewer.server`), the logged runs
(`pregrasp.viewer.runs_site`) or a dialogue. Everything that keeps strangers out stands here,
once: Host and Origin, the policy of the page, the token, and what a frame may be.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from pregrasp.errors import PregraspError
from pregrasp.viewer.assets import read_assets
from pregrasp.viewer.client import Client
from pregrasp.viewer.errors import CommandError, PortTakenError, ViewerError
from pregrasp.viewer.powers import Powers
from pregrasp.viewer.protection import Token, add_headers, protection
from pregrasp.viewer.requests import read_request

LONGEST_FRAME = 16_384
"""Of a request [bytes]; a page that sends more is disconnected."""

MOST_PAGES = 20
"""How many pages may watch at once."""

MOST_REQUESTS = 32
"""Of one page that are being carried out at once."""

START_TIMEOUT = 10.0
"""How long the server may take to listen [s]."""


class Site(Protocol):
    """What pages show, and what they may ask for. Everything runs on the server's thread."""

    front: str
    """The file that ``/`` stands for."""

    picture_path: str
    """Where pictures are, with their names in braces."""

    def picture(self, place: Mapping[str, str]) -> bytes | None:
        """A picture as JPEG; None if it is not, or no longer, kept.

        Args:
            place: The names in `picture_path`, as a page asks for them.
        """

    async def greeting(self, query: Mapping[str, str]) -> list[str]:
        """What a page is told first, as JSON.

        Args:
            query: From the address that the page connects to.
        """

    def present(self) -> list[str]:
        """How things are now, as JSON, for a page that was too slow for all of it."""

    async def carry_out(self, request: Mapping[str, Any], *, trusted: bool) -> None:
        """Do what a page asks for.

        Args:
            request: With its name in ``do``.
            trusted: Whether the page has shown the token.

        Raises:
            PregraspError: It cannot be done, or the page may not do it.
        """

    async def live(self, watched: Callable[[], bool], tell: Callable[[list[str]], None]) -> None:
        """Work while the server runs; cancelled at its end.

        Args:
            watched: Whether any page is there.
            tell: Tells every page something, as JSON.
        """


class PageServer:
    """The server of a site.

    Args:
        site: What it shows.
        port: To listen on; 0 takes any that is free.
        powers: What pages with the token may do.

    Raises:
        PortTakenError: Something else listens there.
    """

    def __init__(self, site: Site, *, port: int, powers: Powers) -> None:
        self.port = port
        self.powers = powers
        self._site = site
        self._token = Token()
        self._clients: set[Client] = set()
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._fresh: list[str] = []
        self._closing: asyncio.Event | None = None
        self._listening = threading.Event()
        self._failure: Exception | None = None
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

    @property
    def address(self) -> str:
        """Where the page is; the token in it is for whoever started the server."""
        page = f"http://127.0.0.1:{self.port}/"
        # A fragment is never sent anywhere: no log and no other site gets to see it.
        return f"{page}#token={self._token.text}" if self.powers.control else page

    def send(self, texts: list[str]) -> None:
        """Tell every page something, as JSON; returns at once, from any thread."""
        with self._lock:
            asleep = not self._fresh
            self._fresh += texts
        if asleep:
            with contextlib.suppress(RuntimeError):  # the server has ended; the run goes on
                self._loop.call_soon_threadsafe(self._spread)

    def close(self) -> None:
        """Send what is waiting, end the connections and the thread; again changes nothing."""
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end)
        self._thread.join()

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
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
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
            found = assets.get(request.match_info.get("name", self._site.front))
            if found is None:
                raise web.HTTPNotFound
            return web.Response(body=found.content, content_type=found.media, charset="utf-8")

        application.router.add_get("/", asset)
        application.router.add_get("/page/{name}", asset)
        application.router.add_get("/watch", self._watch)
        application.router.add_get(self._site.picture_path, self._picture)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        live = asyncio.ensure_future(self._site.live(lambda: bool(self._clients), self.send))
        try:
            site = web.TCPSite(runner, "127.0.0.1", self.port)
            await site.start()
            self.port = runner.addresses[0][1]
            self._listening.set()
            await self._closing.wait()
        finally:
            live.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await live
            await runner.cleanup()

    def _end(self) -> None:
        self._spread()
        if self._closing is not None:
            self._closing.set()

    async def _picture(self, request: web.Request) -> web.Response:
        jpeg = self._site.picture(request.match_info)
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
        client = Client(socket, self._site.present)
        client.send(await self._site.greeting(request.query), must=True)
        self._clients.add(client)
        tasks = {
            asyncio.ensure_future(client.run()),
            asyncio.ensure_future(self._close_with(socket, client)),
        }
        own = len(tasks)
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT or len(tasks) - own >= MOST_REQUESTS:
                    break
                # At once: a request to stop must not wait for the one that it shall stop.
                asked = asyncio.ensure_future(self._reply(client, frame.data))
                tasks.add(asked)
                asked.add_done_callback(tasks.discard)
        finally:
            self._clients.discard(client)
            for task in tuple(tasks):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await task
        return socket

    async def _close_with(self, socket: web.WebSocketResponse, client: Client) -> None:
        if self._closing is not None:
            await self._closing.wait()
            await client.flushed()
            await socket.close(code=1001, message=b"the viewer has ended")

    async def _reply(self, client: Client, text: str) -> None:
        client.send([json.dumps(await self._answer(client, text))], must=True)

    async def _answer(self, client: Client, text: str) -> dict[str, Any]:
        """What a request comes to; nothing that a page sends raises out of here."""
        number = None
        try:
            request = read_request(text)
            number = request.get("id") if isinstance(request.get("id"), int) else None
            if request.get("do") == "unlock":
                client.may_control = self._unlock(request.get("token"))
            else:
                await self._site.carry_out(request, trusted=client.may_control)
        except (PregraspError, ValueError) as error:
            return {"type": "reply", "id": number, "error": str(error)}
        except Exception as error:  # the page is told; nobody else waits for this
            return {"type": "reply", "id": number, "error": f"a fault of the viewer: {error!r}"}
        return {"type": "reply", "id": number}

    def _unlock(self, token: object) -> bool:
        if not self.powers.control:
            raise CommandError(f"this page may only look: {self.powers.why_not}")
        if not self._token.matches(token):
            raise CommandError("the token is not the one that was printed")
        return True
