"""Log-ins: by certificate, or by name and password over the channel of a trusted certificate."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from pregrasp.line.errors import ServiceError
from pregrasp.line.opcua.guard import KnownUser
from pregrasp.line.opcua.security import Role, SecurityFolder

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
"""How long a user is not let in after a wrong password [s]; doubles with each further one."""

LONGEST_PAUSE = 60.0
"""Longest such pause [s]."""

ANONYMOUS = "anonymous"


class UnitUsers:
    """Says who a session belongs to; `asyncua` calls it at every activation.

    Args:
        security: Who may do what.
        open_reading: Whether anybody may look without a log-in.
        now: Seconds that never go back [s].
    """

    def __init__(
        self,
        security: SecurityFolder,
        *,
        open_reading: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._security = security
        self._open_reading = open_reading
        self._now = now
        self._pauses: dict[str, tuple[float, float]] = {}

    def get_user(
        self,
        iserver: Any,
        username: str | None = None,
        password: str | None = None,
        certificate: bytes | None = None,
    ) -> KnownUser | None:
        """The user, or None to refuse.

        Args:
            iserver: Of no interest.
            username: As the client says.
            password: As the client says.
            certificate: DER: the user's, or with a name that of the channel; its owner has
                proven to have the key.
        """
        owner = None if certificate is None else self._security.find(certificate)
        if owner is None:
            if self._open_reading and username is None and certificate is None:
                return KnownUser(ANONYMOUS, Role.OBSERVER)
            log.warning("log-in of %.64r refused: its certificate is not trusted", username)
            return None
        if username is None:
            return KnownUser(owner.name, owner.role)
        return self._by_password(username, password or "")

    def _by_password(self, name: str, password: str) -> KnownUser | None:
        until, pause = self._pauses.get(name, (0.0, 0.0))
        if self._now() < until:
            log.warning("log-in of %.64r refused: too soon after a wrong password", name)
            return None
        try:
            role = self._security.log_in(name, password)
        except ServiceError as error:
            log.error("nobody can log in by password: %s", error)
            return None
        if role is None:
            pause = min(max(2 * pause, FIRST_PAUSE), LONGEST_PAUSE)
            if len(self._pauses) > 1000:
                self._pauses.clear()
            self._pauses[name] = self._now() + pause, pause
            log.warning("log-in of %.64r refused: wrong name or password", name)
            return None
        self._pauses.pop(name, None)
        return KnownUser(name, role)
