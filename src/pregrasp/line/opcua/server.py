"""The OPC UA server of a unit: commands and jobs in, states and counters out."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from asyncua import ua
from asyncua.common.callback import CallbackType
from asyncua.ua.uaerrors import UaError

from pregrasp.line.errors import JournalError, ServiceError
from pregrasp.line.journal import JobRecord
from pregrasp.line.opcua import address_space
from pregrasp.line.opcua.certificates import application_uri
from pregrasp.line.opcua.display import Display
from pregrasp.line.opcua.guard import GuardedServer
from pregrasp.line.opcua.requests import Requests
from pregrasp.line.opcua.security import SecurityFolder
from pregrasp.line.opcua.users import UnitUsers
from pregrasp.line.packml.machine import Change
from pregrasp.line.production import Production
from pregrasp.line.service_file import OpcUaSettings

log = logging.getLogger(__name__)

STOP_TIMEOUT = 10.0
"""How long `UnitServer.stop` waits for connections to close [s]."""

_ENCRYPTED = (
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
)


class UnitServer:
    """An OPC UA server for one unit; an async context manager.

    Args:
        production: The unit.
        security: Who may do what.
        settings: Where it listens.

    Raises:
        ServiceError: The security folder is incomplete.
    """

    def __init__(
        self,
        production: Production,
        security: SecurityFolder,
        settings: OpcUaSettings | None = None,
    ) -> None:
        security.check()
        self._production = production
        self._security = security
        self._settings = settings or OpcUaSettings()
        self._dirty = asyncio.Event()
        self._changes: asyncio.Queue[Change] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> UnitServer:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.bserver.port)

    async def start(self) -> None:
        """Build the address space and listen.

        Raises:
            ServiceError: The port is taken, or the certificate is damaged.
        """
        settings, production = self._settings, self._production
        self._loop = asyncio.get_running_loop()
        users = UnitUsers(self._security, open_reading=settings.open_reading)
        self._server = server = GuardedServer(
            users, open_reading=settings.open_reading, most_connections=settings.connections
        )
        server.name = f"pregrasp {settings.unit}"
        server.product_uri = "urn:pregrasp"
        server.manufacturer_name = "pregrasp"
        await server.init()
        await server.set_application_uri(application_uri(self._security.certificate))
        server.set_endpoint(f"opc.tcp://{settings.host}:{settings.port}/pregrasp/")
        policies = list(_ENCRYPTED)
        tokens = [ua.X509IdentityToken, ua.UserNameIdentityToken]
        if settings.open_reading:
            policies.append(ua.SecurityPolicyType.NoSecurity)
            tokens.append(ua.AnonymousIdentityToken)
        server.set_security_policy(policies)
        server.set_identity_tokens(tokens)
        requests = Requests(production)
        methods = {
            "SetUnitMode": requests.set_mode,
            "Request": requests.request,
            "Query": requests.query,
            "Cancel": requests.cancel,
        }
        nodes = await address_space.build(server, settings.unit, requests.command, methods)
        self._display = Display(server, nodes, production)
        requests.answer_on(self._display)
        server.subscribe_server_callback(CallbackType.PostWrite, requests.written)
        try:
            await server.load_certificate(str(self._security.certificate))
            await server.load_private_key(str(self._security.key))
            await self._display.show_state(self._present())
            await self._display.show_jobs()
            await server.start()
        except (OSError, ValueError, UaError) as error:
            raise ServiceError(
                f"OPC UA cannot listen on {settings.host}:{settings.port}: {error}"
            ) from error
        production.unit.listen(self._on_change)
        production.listen(self._on_job)
        # Something may have changed since it was shown.
        self._on_change(self._present())
        self._tasks = [
            asyncio.create_task(self._follow_changes()),
            asyncio.create_task(self._follow_jobs()),
        ]
        log.info("OPC UA on port %d, unit %s", self.port, settings.unit)

    async def stop(self) -> None:
        """Hang up and stop listening; calling it again changes nothing."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not tasks:
            return
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await self._server.stop()
        except TimeoutError:
            log.error("the OPC UA server did not hang up within %g s", STOP_TIMEOUT)

    def _present(self) -> Change:
        unit = self._production.unit
        return Change(before=unit.state, state=unit.state, mode=unit.mode, reason=unit.reason)

    def _on_change(self, change: Change) -> None:
        self._loop.call_soon_threadsafe(self._changes.put_nowait, change)

    def _on_job(self, record: JobRecord) -> None:
        self._display.count(record)
        self._loop.call_soon_threadsafe(self._dirty.set)

    async def _follow_changes(self) -> None:
        while True:
            change = await self._changes.get()
            await self._display.show_state(change)
            self._dirty.set()

    async def _follow_jobs(self) -> None:
        while True:
            # Not `wait_for`: on Python 3.11 it forgets that it was cancelled when what it waits
            # for comes in the same moment, and `stop` would wait for ever.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._dirty.wait()
            self._dirty.clear()
            try:
                await self._display.show_jobs()
            except JournalError as error:
                log.error("the jobs cannot be shown: %s", error)
