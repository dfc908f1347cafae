"""Robot Web Services 1.0 over HTTP, on a thread of its own.

Example::

    controller = VirtualController(KinematicArm(clock), clock=WallClock())
    with VirtualControllerServer(controller) as server:
        rws = abb_robot_client.rws.RWS(server.url)

Needs the extra ``virtual-controller``.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from aiohttp import WSMsgType, web

from pregrasp.configuration import bind
from pregrasp.documents import Document
from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.virtual_controller.answers import (
    RefusalError,
    State,
    as_json,
    as_xhtml,
    error_as_json,
    error_as_xhtml,
)
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.faults import Fault, Faults, PlannedFault
from pregrasp.hardware.virtual_controller.resources import ROUTES, Handler, Request, Resources
from pregrasp.hardware.virtual_controller.sessions import (
    MOST_REQUESTS,
    MOST_SESSIONS,
    DigestLogin,
    RateLimit,
    SessionPool,
)
from pregrasp.hardware.virtual_controller.subscriptions import PROTOCOL, Subscriptions

COOKIES = ("-http-session-", "ABBCX")
"""Both carry the session's name, as RobotWare 6 does it."""
SLOWNESS = 0.3
"""Of a slow answer [s of the wall]."""
_LOOK_AGAIN = 0.02
_NO_SUCH_FILE = -1073414146

Answer = Callable[[web.Request, str], Awaitable[web.StreamResponse]]


class VirtualControllerServer:
    """Serves a virtual controller until it is closed.

    Args:
        controller: What is served.
        host: Address to listen at.
        port: TCP port; 0 for a free one.
        username: Of the only user.
        password: Of that user.
        most_requests: In any second; None for no limit.
        most_sessions: At a time.

    Raises:
        DeviceUnavailableError: The port is taken.
    """

    def __init__(
        self,
        controller: VirtualController,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str = "Default User",
        password: str = "robotics",  # noqa: S107 - ABB's own, in every manual
        most_requests: int | None = MOST_REQUESTS,
        most_sessions: int = MOST_SESSIONS,
    ) -> None:
        self.controller = controller
        self.faults = Faults(controller)
        self.sessions = SessionPool(controller.clock, most_sessions)
        self.rate = RateLimit(controller.clock, most_requests)
        self.requests = 0
        """How many requests have been answered."""
        self._resources = Resources(controller)
        self._login = DigestLogin(username, password)
        self._host, self._port = host, port
        self._loop = asyncio.new_event_loop()
        self._subscriptions = Subscriptions(controller, self._loop.call_soon_threadsafe)
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name="virtual controller", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise DeviceUnavailableError(
                "virtual controller",
                f"cannot listen at {host}:{port}: {self._failure.strerror or self._failure}.",
                "Choose another port; 0 takes a free one.",
            ) from self._failure

    @property
    def port(self) -> int:
        """TCP port it listens at."""
        return self._port

    @property
    def url(self) -> str:
        """For clients."""
        return f"http://{self._host}:{self._port}"

    def close(self) -> None:
        """Stop answering and end what the controller does; calling it again changes nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join()
            self._subscriptions.close()
            self.controller.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- on the server's thread --------------------------------------------------------
    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        # A controller answers whatever it is sent, so clients that hang up are no news.
        runner = web.AppRunner(
            self._application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port, reuse_address=True)
            await site.start()
            self._port = runner.addresses[0][1]
        except OSError as error:
            self._failure = error
            await runner.cleanup()
            return
        finally:
            self._ready.set()
        await self._closing.wait()
        serving = runner.server
        await runner.cleanup()
        # Somebody may have connected while it closed, and transports are closed in the
        # loop's next rounds; a loop that ends before leaks them.
        await _some_rounds()
        if serving is not None:
            await serving.shutdown(0.1)
            await _some_rounds()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=64 * 1024**2)
        route = application.router.add_route
        route("*", "/virtual/faults", self._fault_service)
        for path, handler in ROUTES.items():
            route("*", path, self._guarded(partial(self._resource, handler)))
        route("*", "/fileservice/{path:.*}", self._guarded(self._file))
        route("POST", "/subscription", self._guarded(self._subscribe))
        route("DELETE", "/subscription/{number}", self._guarded(self._unsubscribe))
        route("GET", "/logout", self._guarded(self._logout))
        route("GET", "/poll/{number}", self._websocket)
        route("*", "/{rest:.*}", self._guarded(self._nothing))
        return application

    def _guarded(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """What every request goes through: faults, log-in, sessions, limits."""

        async def respond(request: web.Request) -> web.StreamResponse:
            await self._suffer(request)
            if self.faults.active(Fault.OVERLOAD):
                return self._refused(request, RefusalError(503, -1, "Service Unavailable"))
            header = request.headers.get("Authorization")
            if not self._login.allows(request.method, header):
                challenge = {"WWW-Authenticate": self._login.challenge()}
                return web.Response(status=401, text="Unauthorized", headers=challenge)
            full = self.faults.active(Fault.SESSIONS_FULL)
            session = self.sessions.enter(request.cookies.get(COOKIES[0]), full=full)
            if session is None or not self.rate.allows():
                return self._refused(request, RefusalError(503, -1, "Service Unavailable"))
            self.requests += 1
            try:
                response = await answer(request, session)
            except RefusalError as refusal:
                response = self._refused(request, refusal)
            if request.cookies.get(COOKIES[0]) != session and request.path != "/logout":
                for cookie in COOKIES:
                    response.set_cookie(cookie, session, path="/", httponly=True)
            return response

        return respond

    async def _suffer(self, request: web.Request) -> None:
        """Let faults on the wire happen to a request."""
        if self.faults.active(Fault.RESTART):
            self.sessions.clear()
        while self.faults.active(Fault.HALF_OPEN):
            await asyncio.sleep(_LOOK_AGAIN)
            if not self.faults.active(Fault.HALF_OPEN):
                _hang_up(request)
        if self.faults.active(Fault.RESTART) or self.faults.active(Fault.DISCONNECTED):
            _hang_up(request)
        if self.faults.active(Fault.SLOW):
            await asyncio.sleep(SLOWNESS)

    # --- answers -----------------------------------------------------------------------
    async def _resource(
        self, handler: Handler, request: web.Request, session: str
    ) -> web.StreamResponse:
        form = await request.post() if request.method == "POST" else {}
        asked = Request(
            method=request.method,
            parts=dict(request.match_info),
            query=dict(request.query),
            form={key: value for key, value in form.items() if isinstance(value, str)},
            session=session,
        )
        states = handler(self._resources, asked)
        return web.Response(status=204) if states is None else self._answer(request, states)

    async def _file(self, request: web.Request, session: str) -> web.StreamResponse:
        path, files = request.match_info["path"].strip("/"), self.controller.files
        if request.method == "PUT":
            status = 200 if path in files else 201
            files[path] = await request.read()
            return web.Response(status=status, text="")
        if request.method == "DELETE":
            if files.pop(path, None) is None:
                raise RefusalError(404, _NO_SUCH_FILE, "file not found")
            return web.Response(status=204)
        if path in files:
            return web.Response(body=files[path], content_type="application/octet-stream")
        if "json" not in request.query:
            raise RefusalError(404, _NO_SUCH_FILE, "file not found")
        here = PurePosixPath(path)
        listed = sorted(name for name in files if PurePosixPath(name).parent == here)
        return self._answer(
            request,
            [
                {
                    "_type": "fs-file",
                    "_title": PurePosixPath(name).name,
                    "fs-size": str(len(files[name])),
                }
                for name in listed
            ],
        )

    async def _subscribe(self, request: web.Request, session: str) -> web.StreamResponse:
        form = await request.post()
        links = [str(form.get(str(number), "")) for number in form.getall("resources", [])]
        group = self._subscriptions.add(session, links)
        link = f"ws://{request.host}/poll/{group.number}"
        return web.Response(
            status=201,
            text=f'<?xml version="1.0"?><html><body><a href="{link}" rel="self"></a></body></html>',
            content_type="application/xhtml+xml",
            headers={"Location": link},
        )

    async def _unsubscribe(self, request: web.Request, session: str) -> web.StreamResponse:
        number = request.match_info["number"]
        if number.isdigit() and self._subscriptions.find(int(number), session):
            self._subscriptions.remove(int(number))
        return web.Response(status=200, text="")

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        """Sends a group's events; who may listen is known by the cookie."""
        number = request.match_info["number"]
        cookie = request.cookies.get(COOKIES[1], "")
        group = self._subscriptions.find(int(number), cookie) if number.isdigit() else None
        if group is None:
            return web.Response(status=404, text="no such subscription")
        socket = web.WebSocketResponse(protocols=(PROTOCOL,))
        await socket.prepare(request)
        sending = asyncio.ensure_future(_send_all(socket, group.events))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            sending.cancel()
            self._subscriptions.remove(group.number)
        return socket

    async def _logout(self, request: web.Request, session: str) -> web.StreamResponse:
        self.sessions.leave(session)
        return self._answer(request, [])

    async def _nothing(self, request: web.Request, session: str) -> web.StreamResponse:
        raise RefusalError(404, -1073445866, f"no resource {request.path}")

    async def _fault_service(self, request: web.Request) -> web.StreamResponse:
        """Faults for test programs in any language; outside of what ABB has."""
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            document = Document(await request.text(), "request")
            plan = bind(document, document.root, PlannedFault)
            if document.findings:
                text = "\n".join(str(finding) for finding in document.findings)
                return web.Response(status=400, text=text)
            self.faults.inject(plan)
        struck = [{"fault": fault.value, "time_s": time} for fault, time in self.faults.struck]
        known = {fault.value: fault.description for fault in Fault}
        return web.Response(
            text=json.dumps({"struck": struck, "known": known}), content_type="application/json"
        )

    def _answer(self, request: web.Request, states: list[State]) -> web.Response:
        base = f"http://{request.host}"
        if "json" in request.query:
            return _json(as_json(base, states))
        return web.Response(text=as_xhtml(base, states), content_type="application/xhtml+xml")

    def _refused(self, request: web.Request, refusal: RefusalError) -> web.Response:
        base = f"http://{request.host}"
        if "json" in request.query:
            return _json(error_as_json(base, refusal), refusal.status)
        text = error_as_xhtml(base, refusal)
        return web.Response(status=refusal.status, text=text, content_type="application/xhtml+xml")


async def _some_rounds() -> None:
    """Let the loop do what it has been told to do soon."""
    for _ in range(10):
        await asyncio.sleep(0)


async def _send_all(socket: web.WebSocketResponse, events: asyncio.Queue[str]) -> None:
    while True:
        await socket.send_str(await events.get())


def _hang_up(request: web.Request) -> None:
    """Close a connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


def _json(text: str, status: int = 200) -> web.Response:
    # Clients compare the header as a whole, so it has no charset.
    return web.Response(
        status=status, body=text.encode(), headers={"Content-Type": "application/json"}
    )
