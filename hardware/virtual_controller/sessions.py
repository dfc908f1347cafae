"""Who may ask: digest log-in, sessions with cookies, and how often."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import deque

from pregrasp.hardware.capabilities import Clock

REALM = "validusers@robapi.abb"
MOST_SESSIONS = 70
"""Who comes later gets 503."""
SESSION_TIME = 300.0
"""A session that was not used for so long is freed [s]."""
MOST_REQUESTS = 20
"""In any second; more get 503."""

_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class DigestLogin:
    """HTTP digest authentication with MD5 and ``qop=auth`` (RFC 2617).

    Args:
        username: Who may come in.
        password: How that is known.
    """

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._secret = _md5(f"{username}:{REALM}:{password}")
        self._nonces: deque[str] = deque(maxlen=500)

    def challenge(self) -> str:
        """A new ``WWW-Authenticate`` header."""
        nonce = secrets.token_hex(16)
        self._nonces.append(nonce)
        opaque = _md5(REALM)
        return (
            f'Digest realm="{REALM}", domain="/", qop="auth", nonce="{nonce}", '
            f'opaque="{opaque}", algorithm=MD5, stale=FALSE'
        )

    def allows(self, method: str, authorization: str | None) -> bool:
        """Whether an ``Authorization`` header proves that the password is known."""
        if authorization is None or not authorization.startswith("Digest "):
            return False
        given = {key: quoted or bare for key, quoted, bare in _FIELD.findall(authorization[7:])}
        if given.get("username") != self._username or given.get("nonce") not in self._nonces:
            return False
        request = _md5(f"{method}:{given.get('uri', '')}")
        parts = [given["nonce"], given.get("nc", ""), given.get("cnonce", ""), given.get("qop", "")]
        expected = _md5(":".join([self._secret, *parts, request]))
        return secrets.compare_digest(expected, given.get("response", ""))


class SessionPool:
    """The sessions of a controller, by their cookie.

    Args:
        clock: The controller's time.
        most: How many there may be.
    """

    def __init__(self, clock: Clock, most: int = MOST_SESSIONS) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._used: dict[str, float] = {}

    def __len__(self) -> int:
        """How many there are."""
        with self._lock:
            self._expire()
            return len(self._used)

    def enter(self, cookie: str | None, *, full: bool = False) -> str | None:
        """The cookie of a known or a new session; None when no session is free.

        Args:
            cookie: That the client sent.
            full: Pretend that no session is free.
        """
        with self._lock:
            self._expire()
            if cookie is None or cookie not in self._used:
                if full or len(self._used) >= self._most:
                    return None
                cookie = secrets.token_hex(8)
            self._used[cookie] = self._clock.now()
            return cookie

    def leave(self, cookie: str) -> None:
        """Free a session."""
        with self._lock:
            self._used.pop(cookie, None)

    def clear(self) -> None:
        """Free all sessions, as a restart does."""
        with self._lock:
            self._used.clear()

    def _expire(self) -> None:
        oldest = self._clock.now() - SESSION_TIME
        self._used = {cookie: used for cookie, used in self._used.items() if used >= oldest}


class RateLimit:
    """Counts requests in a sliding second.

    Args:
        clock: The controller's time.
        most: In any second; None for no limit.
    """

    def __init__(self, clock: Clock, most: int | None) -> None:
        self._clock = clock
        self._most = most
        self._times: deque[float] = deque()
        self.refused = 0
        """How many requests were too many."""

    def allows(self) -> bool:
        """Whether one more request is answered."""
        now = self._clock.now()
        while self._times and self._times[0] <= now - 1.0:
            self._times.popleft()
        if self._most is not None and len(self._times) >= self._most:
            self.refused += 1
            return False
        self._times.append(now)
        return True


def _md5(text: str) -> str:
    # The digest of RFC 2617; not a choice of ours.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
