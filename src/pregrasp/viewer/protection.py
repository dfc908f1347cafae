"""Keeping everybody out who is not the page itself on this machine.

A server on 127.0.0.1 can be reached by every page in the user's browser. Three things keep
those out: the Host header must name this server (a name that was rebound to 127.0.0.1 does
not), a browser's Origin must be this server, and everything that changes a run needs a
token that only whoever started the viewer has seen.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Sent with every answer."""

NAMES = ("127.0.0.1", "localhost")
"""What this server may be called."""


class Token:
    """The secret that controls need; made anew for every viewer."""

    def __init__(self) -> None:
        self.text = secrets.token_urlsafe(24)

    def matches(self, given: object) -> bool:
        """Whether it is the one, in a time that tells nothing about it."""
        return isinstance(given, str) and hmac.compare_digest(given.encode(), self.text.encode())


def protection(port: Callable[[], int]) -> Middleware:
    """A middleware that lets through only what comes from this server's own page.

    Args:
        port: Gives the port that the server listens on.
    """

    @web.middleware
    async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = {f"{name}:{port()}" for name in NAMES}
        if request.headers.get("Host", "") not in hosts:
            raise web.HTTPMisdirectedRequest(text="this is not the server's name")
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in hosts}:
            raise web.HTTPForbidden(text="another site asks")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise web.HTTPForbidden(text="another site asks")
        return await handler(request)

    return protect


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers that keep other sites out."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
