"""Health and metrics over HTTP: two pages that only look."""

from __future__ import annotations

import asyncio

from aiohttp import web

from pregrasp.line.errors import ServiceError
from pregrasp.line.metrics import Metrics
from pregrasp.line.service_file import WebSettings


class WebServer:
    """Serves ``/health`` (200 or 503) and ``/metrics``.

    Args:
        metrics: What there is to tell.
        settings: Where to listen.
    """

    def __init__(self, metrics: Metrics, settings: WebSettings) -> None:
        self._metrics = metrics
        self._settings = settings
        application = web.Application(client_max_size=1024)
        application.add_routes(
            [web.get("/health", self._health), web.get("/metrics", self._scrape)]
        )
        self._runner = web.AppRunner(application, access_log=None)
        self.port = settings.port
        """Where it listens, once it does."""

    async def start(self) -> None:
        """Listen.

        Raises:
            ServiceError: The port is taken.
        """
        settings = self._settings
        await self._runner.setup()
        site = web.TCPSite(self._runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise ServiceError(
                f"health and metrics cannot listen on {settings.host}:{settings.port}: {error}"
            ) from error
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _health(self, request: web.Request) -> web.Response:
        healthy, facts = await asyncio.to_thread(self._metrics.health)
        return web.json_response(facts, status=200 if healthy else 503)

    async def _scrape(self, request: web.Request) -> web.Response:
        text = await asyncio.to_thread(self._metrics.text)
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4"})
