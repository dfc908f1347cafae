"""What the OPC UA library leaves open, closed.

`asyncua` 2.1 answers requests of sessions that were never activated, looks at permissions
only on channels with a policy of its own, lets a new connection take over the session of
somebody else by guessing its number before it looks at who asks, lets anybody register
servers, and collects the bytes of messages that announce more than they may. Each of these
is refused here; ``tests/line/test_opcua_hostile.py`` tries them all.
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar
from typing import Any

from asyncua import Server, ua
from asyncua.common.connection import TransportLimits
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import SimpleRoleRuleset, User, UserRole
from asyncua.crypto.security_policies import SecurityPolicyFactory, SecurityPolicyNone
from asyncua.server.binary_server_asyncio import BinaryServer, OPCUAProtocol
from asyncua.server.uaprocessor import UaProcessor

from pregrasp.line.opcua.security import Role

log = logging.getLogger(__name__)

MAX_MESSAGE = 256 * 1024
"""Largest message [bytes]; the longest that a client of ours needs has a few kilobytes."""

CALLER: ContextVar[str] = ContextVar("caller", default="")
"""Name of the user whose request is being served."""


class KnownUser(User):  # type: ignore[misc]  # asyncua's classes are not typed throughout
    """A user with a role of ours.

    Args:
        name: Of the user or of the client's certificate.
        rights: What the user may do.
    """

    def __init__(self, name: str, rights: Role) -> None:
        super().__init__(role=UserRole.User, name=name)
        self.rights = rights


def _types(*names: str) -> frozenset[ua.NodeId]:
    return frozenset(
        ua.NodeId(getattr(ua.ObjectIds, f"{name}Request_Encoding_DefaultBinary")) for name in names
    )


_OPEN = _types("GetEndpoints", "FindServers", "CloseSecureChannel")
_SESSION = _types("CreateSession", "ActivateSession", "CloseSession")
_REFUSED = _types("RegisterServer", "RegisterServer2", "HistoryRead", "HistoryUpdate")
_COMMANDING = _types("Call", "Write")


class GuardedProcessor(UaProcessor):  # type: ignore[misc]
    """Serves requests of sessions that were activated on this very connection."""

    open_reading = False

    async def _process_message(self, typeid: Any, header: Any, sequence: Any, body: Any) -> Any:
        self._admit(typeid)
        user = self.session.user if self.session is not None else None
        token = CALLER.set(getattr(user, "name", None) or "")
        try:
            return await super()._process_message(typeid, header, sequence, body)
        finally:
            CALLER.reset(token)

    def _admit(self, typeid: Any) -> None:
        """Let a request pass.

        Raises:
            ServiceError: It must not.
        """
        if typeid in _OPEN:
            return
        if typeid in _REFUSED:
            raise ServiceError(ua.StatusCodes.BadServiceUnsupported)
        encrypted = self._connection.security_policy.URI != SecurityPolicyNone.URI
        if not encrypted and not self.open_reading:
            raise ServiceError(ua.StatusCodes.BadSecurityPolicyRejected)
        if typeid in _SESSION:
            if self.session is None and typeid not in _types("CreateSession"):
                # Never another connection's: its number can be guessed.
                raise ServiceError(ua.StatusCodes.BadSessionIdInvalid)
            return
        if self.session is None or not self.session.is_activated():
            raise ServiceError(ua.StatusCodes.BadSessionNotActivated)
        user = self.session.user
        if not isinstance(user, KnownUser):
            raise ServiceError(ua.StatusCodes.BadUserAccessDenied)
        if typeid in _COMMANDING and user.rights is not Role.OPERATOR:
            raise ServiceError(ua.StatusCodes.BadUserAccessDenied)


class GuardedProtocol(OPCUAProtocol):  # type: ignore[misc]
    """A connection whose unfinished messages are bounded."""

    open_reading = False
    processor: Any
    _buffer: bytes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve the connection by a processor of ours."""
        super().connection_made(transport)
        if self.processor is not None:
            self.processor = GuardedProcessor(self.iserver, transport, self.limits)
            self.processor.open_reading = self.open_reading
            self.processor.set_policies(self.policies)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and hang up on whoever sends more than a message may have."""
        super().data_received(data)
        if len(self._buffer) > MAX_MESSAGE and self.transport is not None:
            log.warning("%s: hung up: a message larger than %d bytes", self.peer_name, MAX_MESSAGE)
            self._buffer = b""
            self.transport.abort()


class GuardedBinaryServer(BinaryServer):  # type: ignore[misc]
    """Makes guarded connections."""

    open_reading = False

    def _make_protocol(self) -> GuardedProtocol:
        protocol = GuardedProtocol(
            iserver=self.iserver,
            policies=self._policies,
            clients=self.clients,
            closing_tasks=self.closing_tasks,
            limits=self.limits,
        )
        protocol.open_reading = self.open_reading
        return protocol


class GuardedServer(Server):  # type: ignore[misc]
    """An OPC UA server with guarded connections and tight limits.

    Args:
        user_manager: Knows the users.
        open_reading: Whether anybody may look, without a log-in and unencrypted.
        most_connections: More are turned away.
    """

    def __init__(self, user_manager: Any, *, open_reading: bool, most_connections: int) -> None:
        super().__init__(user_manager=user_manager)
        self._open_reading = open_reading
        self.limits = TransportLimits(
            max_recv_buffer=65535,
            max_send_buffer=65535,
            max_chunk_count=8,
            max_message_size=MAX_MESSAGE,
        )
        internal = self.iserver
        internal.allow_remote_admin = False
        internal.max_connections = most_connections
        internal.max_pending_activation_seconds = 30.0
        internal.max_pending_messages_per_connection = 100
        internal.max_subscriptions = 10 * most_connections
        internal.max_session_timeout_ms = 120_000
        internal.max_monitored_item_queue_size = 1_000
        internal.max_unacked_messages_per_subscription = 500

    async def start(self) -> None:
        """Listen."""
        await self._setup_server_nodes()
        if not self._open_reading:
            # Clients ask for the endpoints over a bare channel; nothing else is served there.
            bare = SecurityPolicyFactory(
                SecurityPolicyNone,
                ua.MessageSecurityMode.None_,
                self.iserver.certificate,
                self.iserver.private_key,
                permission_ruleset=SimpleRoleRuleset(),
            )
            self._policies.append(bare)
        await self.iserver.start()
        host, port = self._get_bind_socket_info()
        self.bserver = GuardedBinaryServer(self.iserver, host, port, self.limits)
        self.bserver.open_reading = self._open_reading
        self.bserver.set_policies(self._policies)
        try:
            await self.bserver.start()
        except BaseException:
            await self.iserver.stop()
            raise
