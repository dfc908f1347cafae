"""The server against everybody who is not its own page."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from pregrasp.trees import RunControl
from pregrasp.viewer.assets import HEAD, HEAD_MARK, read_assets
from pregrasp.viewer.errors import PortTakenError
from pregrasp.viewer.opening import open_viewer
from pregrasp.viewer.page_server import LONGEST_FRAME
from pregrasp.viewer.powers import Powers
from pregrasp.viewer.server import ViewerServer

SOON = 10.0
"""Real time after which a test has failed [s]."""

Show = Callable[..., Any]
"""The fixture ``show``."""

TREE = "tree: t\nroot: {repeat: {times: 3, do: open_gripper}}\n"


def asks(server: ViewerServer, do: Callable[[aiohttp.ClientSession, str], Awaitable[Any]]) -> Any:
    """Do something with a session; gives what it comes to."""

    async def run() -> Any:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SOON)) as session:
            return await do(session, f"http://127.0.0.1:{server.port}")

    return asyncio.run(run())


def status(server: ViewerServer, path: str, **headers: str) -> int:
    """What the server answers to a plain request."""

    async def get(session: aiohttp.ClientSession, base: str) -> int:
        async with session.get(base + path, headers=headers) as response:
            return response.status

    return int(asks(server, get))


def raw(server: ViewerServer, request: bytes) -> bytes:
    """Send bytes as they are: no client in between that would tidy them up."""
    with socket.create_connection(("127.0.0.1", server.port), SOON) as connection:
        connection.sendall(request)
        connection.settimeout(SOON)
        return connection.recv(4096)


def talk(server: ViewerServer, *requests: Any, token: bool = True) -> list[str]:
    """Ask for things over the web socket; gives the error of each answer, or nothing."""

    async def run(session: aiohttp.ClientSession, base: str) -> list[str]:
        async with session.ws_connect(f"{base}/watch", max_msg_size=0) as watch:
            first = [{"do": "unlock", "token": server.address.partition("token=")[2]}]
            answers = []
            for request in [*(first if token else []), *requests]:
                text = request if isinstance(request, str) else json.dumps(request)
                await watch.send_str(text)
                answers.append(await reply(watch))
            return answers[1:] if token else answers

    return list(asks(server, run))


async def reply(watch: Any) -> str:
    while True:
        for message in json.loads(await watch.receive_str(timeout=SOON)):
            if message["type"] == "reply":
                return str(message.get("error", ""))


# --- Who may come in --------------------------------------------------------------------------


def test_a_name_that_was_rebound_to_this_machine_is_turned_away(show: Show) -> None:
    server = show().server
    assert status(server, "/") == 200
    assert status(server, "/", Host=f"localhost:{server.port}") == 200
    for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1:1", "127.0.0.1"):
        assert status(server, "/", Host=host) == 421, host
        assert status(server, "/watch", Host=host) == 421, host


def test_another_site_is_turned_away(show: Show) -> None:
    server = show().server
    own = f"http://127.0.0.1:{server.port}"
    assert status(server, "/", Origin=own) == 200
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", own + ".evil.example"):
        assert status(server, "/", Origin=origin) == 403, origin
        assert status(server, "/watch", Origin=origin) == 403, origin
    for site in ("cross-site", "same-site"):
        assert status(server, "/image/run/1", **{"Sec-Fetch-Site": site}) == 403


def test_another_site_cannot_open_a_web_socket(show: Show) -> None:
    server = show().server

    async def connect(session: aiohttp.ClientSession, base: str) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{base}/watch", headers={"Origin": "https://evil.example"})
        return caught.value.status

    assert asks(server, connect) == 403


def test_every_answer_keeps_other_sites_out(show: Show) -> None:
    server = show().server

    async def get(session: aiohttp.ClientSession, base: str) -> list[dict[str, str]]:
        found = []
        for path in ("/", "/page/main.js", "/nothing", "/image/x/1"):
            async with session.get(base + path) as response:
                found.append(dict(response.headers))
        return found

    for headers in asks(server, get):
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


def test_it_listens_on_this_machine_only(show: Show) -> None:
    server = show().server
    # A server that listens everywhere answers at every address of this machine.
    for address in ("127.0.0.2", socket.gethostbyname(socket.gethostname())):
        if address != "127.0.0.1":
            with pytest.raises(OSError, match=r"refused|unreachable"):
                socket.create_connection((address, server.port), 1.0)


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server.py",
        "/page/..%2fserver.py",
        "/page/%2e%2e/%2e%2e/server.py",
        "/page/....//server.py",
        "/page//etc/passwd",
        "/../../../../etc/passwd",
        "/page/main.js%00.css",
        "/page/__init__.py",
        "/image/../../etc/passwd/1",
        "/image/..%2f..%2fetc%2fpasswd/1",
        "/image/run/-1",
        "/image/run/99999999999999999999",
        "/image/run/1e3",
    ],
)
def test_no_path_leads_out_of_the_page(show: Show, path: str) -> None:
    server = show().server
    host = f"Host: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n"
    answer = raw(server, f"GET {path} HTTP/1.1\r\n{host}".encode())
    assert answer.split(b" ")[1] in (b"400", b"404"), answer[:100]
    assert b"root:" not in answer
    assert b"import" not in answer


def test_the_page_loads_nothing_from_elsewhere_and_makes_no_markup() -> None:
    assets = read_assets()
    assert {"index.html", "style.css", "main.js"} <= set(assets)
    assert HEAD not in assets
    for page in ("index.html", "runs.html", "teach.html"):
        assert assets[page].content.count(b'rel="stylesheet" href="/page/style.css"') == 1
        assert HEAD_MARK not in assets[page].content
    for name, asset in assets.items():
        text = asset.content.decode()
        markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function"
        assert not re.search(markup, text), name
        places = re.findall(r"https?:[^\s\"'`]+", text)
        assert all("www.w3.org" in place for place in places), name
        assert len(text.splitlines()) <= 400, name


# --- What may be asked for --------------------------------------------------------------------


def test_nothing_can_be_changed_without_the_token(show: Show) -> None:
    shown = show()
    shown.start(TREE)
    for request in ({"do": "resume"}, {"do": "interrupt"}, {"do": "break", "path": "t/repeat"}):
        [error] = talk(shown.server, request, token=False)
        assert "may only look" in error
    wrong = talk(shown.server, {"do": "unlock", "token": "a" * 32}, {"do": "resume"}, token=False)
    assert "not the one" in wrong[0]
    assert "may only look" in wrong[1]
    assert shown.control.paused
    assert not shown.control.token.cancelled


def test_looking_is_all_that_is_allowed_unless_asked_for() -> None:
    with open_viewer(RunControl(), port=0) as server:
        assert "token" not in server.address
        [error] = talk(server, {"do": "unlock", "token": ""}, token=False)
        assert "--allow-control" in error


def test_moving_needs_a_flag_of_its_own() -> None:
    control = RunControl()
    moving = ("resume", "step", "step_to_change", "run_to", "unbreak", "force", "set", "inject")
    with open_viewer(control, port=0, allow_control=True) as server:
        for name in moving:
            [error] = talk(server, {"do": name, "path": "p", "key": "k", "device": "arm"})
            assert "--allow-motion" in error, name
        assert talk(server, {"do": "pause"}) == [""]
        assert control.paused
        assert talk(server, {"do": "interrupt"}) == [""]
        assert control.token.cancelled
    control = RunControl()
    control.pause()
    with open_viewer(control, port=0, allow_motion=True) as server:
        assert talk(server, {"do": "resume"}) == [""]
        assert not control.paused


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 5000, "no JSON"),
        ("[]", "no object"),
        ("null", "no object"),
        ('"pause"', "no object"),
        ("{}", "no request 'None'"),
        ('{"do": "__init__"}', "no request '__init__'"),
        ('{"do": ["pause"]}', "no request"),
        ('{"do": {"a": 1}}', "no request"),
        ('{"do": "step", "count": 1e9}', "no number"),
        ('{"do": "step", "count": -1}', "no number"),
        ('{"do": "step", "count": true}', "no number"),
        ('{"do": "break"}', "'path' is missing"),
        ('{"do": "break", "path": 7}', "'path' is missing"),
        ('{"do": "break", "path": "t/nowhere"}', "no node"),
        ('{"do": "break", "path": "t/repeat", "when": "__import__"}', "found '__import__'"),
        ('{"do": "break", "path": "t/repeat", "once": "yes"}', "neither true nor false"),
        ('{"do": "force", "path": "t/repeat", "result": "maybe"}', "success or failure"),
        ('{"do": "force", "path": "t/../x", "result": "success"}', "no node"),
        ('{"do": "set", "key": "t/none", "text": "1"}', "no key"),
        ('{"do": "inject", "device": "lamp"}', "no device"),
        ('{"do": "again"}', "runs its tree once"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered(show: Show, frame: str, words: str) -> None:
    shown = show()
    shown.start(TREE)
    while shown.control.tree is None:
        time.sleep(0.001)
    error, fine = talk(shown.server, frame, {"do": "pause"})
    assert words in error
    assert fine == ""


@pytest.mark.parametrize("size", [LONGEST_FRAME + 1, 3_000_000])
def test_a_frame_that_is_too_long_ends_the_connection_and_nothing_else(
    show: Show, size: int
) -> None:
    shown = show()

    async def send(session: aiohttp.ClientSession, base: str) -> int | None:
        async with session.ws_connect(f"{base}/watch", max_msg_size=0) as watch:
            await watch.receive(timeout=SOON)
            try:
                await watch.send_str("x" * size)
            except ConnectionError:
                return 1009
            while not watch.closed:
                await watch.receive(timeout=SOON)
            return watch.close_code

    assert asks(shown.server, send) in (1009, 1006)
    assert talk(shown.server, {"do": "pause"}) == [""]


def test_a_binary_or_broken_frame_ends_the_connection_and_nothing_else(show: Show) -> None:
    shown = show()

    async def send(session: aiohttp.ClientSession, base: str) -> bool:
        async with session.ws_connect(f"{base}/watch", max_msg_size=0) as watch:
            await watch.receive(timeout=SOON)
            await watch.send_bytes(b"\x00\xff" * 100)
            while not watch.closed:
                await watch.receive(timeout=SOON)
            return watch.closed

    assert asks(shown.server, send)
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    upgrade = (
        f"GET /watch HTTP/1.1\r\nHost: 127.0.0.1:{shown.server.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    # Reserved bits, an unknown kind of frame, and a length that is not there.
    assert b"101" in raw(shown.server, upgrade.encode() + b"\xff\xff" + b"\xff" * 30)
    assert talk(shown.server, {"do": "pause"}) == [""]


def test_there_is_an_end_to_the_pages_that_may_watch(show: Show) -> None:
    shown = show()

    async def crowd(session: aiohttp.ClientSession, base: str) -> int:
        sockets: list[Any] = []
        try:
            while len(sockets) < 40:
                sockets += [await session.ws_connect(f"{base}/watch")]
        except aiohttp.WSServerHandshakeError as error:
            return error.status
        finally:
            for one in sockets:
                await one.close()
        return 0

    assert asks(shown.server, crowd) == 503
    assert talk(shown.server, {"do": "pause"}) == [""]


# --- The run goes on ----------------------------------------------------------------------------


def test_a_page_that_does_not_read_holds_nothing_up(show: Show) -> None:
    shown = show()

    async def stall(session: aiohttp.ClientSession, base: str) -> bool:
        async with session.ws_connect(f"{base}/watch") as watch:
            await watch.receive(timeout=SOON)
            # It reads no more; the run ends all the same.
            run = shown.start("tree: t\nroot: {repeat: {times: 400, do: open_gripper}}\n")
            shown.control.resume()
            result = await asyncio.to_thread(run.wait, SOON)
            return bool(result.succeeded)

    assert asks(shown.server, stall)


def test_a_viewer_that_dies_takes_nothing_with_it(show: Show) -> None:
    shown = show()
    run = shown.start(TREE)
    shown.server.close()
    shown.control.resume()
    assert run.wait(SOON).succeeded
    assert shown.broadcast.flush()
    assert shown.broadcast.errors == []


def test_a_port_that_is_taken_is_told(show: Show) -> None:
    port = show().server.port
    with pytest.raises(PortTakenError, match=rf"port {port} of 127\.0\.0\.1.*--port 0"):
        open_viewer(None, port=port)


def test_powers_say_why_not() -> None:
    assert Powers(True, True, "").why_not == ""
    with open_viewer(None, port=0, allow_control=True) as server:
        [error] = talk(server, {"do": "pause"})
        assert "nothing runs here" in error
