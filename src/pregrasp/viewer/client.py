"""One page that watches: what is still to be sent to it, bounded.

A page that is too slow loses messages and gets the present state in their place; whoever
tells never waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable

from aiohttp import web

QUEUE = 8_000_000
"""Most that may wait for one page [characters]."""

FRAME = 512_000
"""About as much is sent at once [characters]: a page stays answerable in between."""


class Client:
    """Sends to one page; lives on the server's event loop.

    Args:
        socket: The connection.
        present: Gives the messages that say how things are now, as JSON.
        limit: Most that may wait [characters].
    """

    def __init__(
        self, socket: web.WebSocketResponse, present: Callable[[], list[str]], limit: int = QUEUE
    ) -> None:
        self.may_control = False
        """Whether it has shown the token."""
        self._socket = socket
        self._present = present
        self._limit = limit
        self._waiting: list[str] = []
        self._characters = 0
        self._lost = 0
        self._something = asyncio.Event()
        self._idle = asyncio.Event()

    def send(self, texts: list[str], *, must: bool = False) -> None:
        """Have messages sent when the page is ready for them.

        Args:
            texts: JSON.
            must: Whether they are part of what the page begins with, however much it is.
        """
        self._waiting += texts
        self._characters += sum(map(len, texts))
        if self._characters > self._limit and not must:
            self._lost += len(self._waiting)
            self._waiting, self._characters = [], 0
        self._idle.clear()
        self._something.set()

    async def run(self) -> None:
        """Send what waits, until the connection is gone."""
        while not self._socket.closed:
            await self._something.wait()
            self._something.clear()
            while self._waiting or self._lost:
                await self._socket.send_str(f"[{','.join(self._take())}]")
            self._idle.set()

    async def flushed(self, timeout: float = 1.0) -> None:
        """Wait until everything is sent, but not long [s]: the page may be gone."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), timeout)

    def _take(self) -> list[str]:
        """What is sent next."""
        if self._lost:
            lost, self._lost = self._lost, 0
            return [json.dumps({"type": "skipped", "messages": lost}), *self._present()]
        size = count = 0
        while count < len(self._waiting) and size < FRAME:
            size += len(self._waiting[count])
            count += 1
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        self._characters -= size
        return taken
