"""One HTTP session with a controller: every request has a time limit, a pace and a place.

The client package sends requests without any time limit, and a controller that is asked
more than twenty times a second, or by too many sessions, answers 503. Both are looked
after where all requests pass, in the transport of its ``requests`` session, so that the
package itself stays as it is.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import requests
from abb_robot_client.rws import RWS
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth

from pregrasp.hardware.abb.configuration import AbbConfiguration
from pregrasp.hardware.capabilities import Clock


class OverloadedError(requests.RequestException):
    """The controller answered 503."""


class Pacer:
    """Keeps the number of requests in any second below a limit.

    Short bursts pass at once, because a motion program begins with eight requests; only who
    keeps asking is held back.

    Args:
        clock: The cell's time.
        per_second: Most requests in one second.
    """

    def __init__(self, clock: Clock, per_second: int) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=per_second)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when one more request may be sent."""
        while True:
            with self._lock:
                now = self._clock.now()
                full = len(self._times) == self._times.maxlen
                remaining = self._times[0] + 1.0 - now if full else 0.0
                if remaining <= 0.0:
                    self._times.append(now)
                    return
            self._clock.wait(threading.Event(), remaining)

    def note(self) -> None:
        """Count a request that could not wait."""
        with self._lock:
            self._times.append(self._clock.now())


class _Transport(HTTPAdapter):
    """Sends requests with a time limit, after asking for the time to do so.

    Args:
        timeout: For connecting, and for an answer to begin [s].
        before: Called before every request.
        clock: The cell's time.
        insist: Also try again what changes something, because it does no harm twice.
    """

    _ATTEMPTS = 4
    """How often something is asked when the controller is overloaded."""
    _PAUSE = 0.25
    """Between them [s]."""

    def __init__(
        self,
        timeout: tuple[float, float],
        before: Callable[[], None],
        clock: Clock,
        *,
        insist: bool,
    ) -> None:
        self._timeout = timeout
        self._before = before
        self._clock = clock
        self._insist = insist
        super().__init__(pool_connections=1, pool_maxsize=1)

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        """Send one request; reading is tried again when the controller is overloaded.

        Raises:
            OverloadedError: The answer was 503.
        """
        options["timeout"] = self._timeout
        again = self._insist or request.method == "GET"
        attempts = self._ATTEMPTS if again else 1
        for attempt in range(1, attempts + 1):
            self._before()
            response = super().send(request, *args, **options)
            if response.status_code != 503:
                break
            response.close()
            if attempt == attempts:
                raise OverloadedError("503 Service Unavailable", request=request)
            self._clock.wait(threading.Event(), self._PAUSE)
        return response


class _SharedDigest(HTTPDigestAuth):
    """A log-in that is good for all threads.

    Skills run on threads that live for one move, and ``requests`` keeps the controller's
    challenge per thread: every move would begin with a refused request.
    """

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self._thread_local: Any = SimpleNamespace()


class Sessions:
    """Two ways into one session of the controller: an orderly one, and one for stopping.

    The second has a connection of its own, so that a stop need not wait for an answer that
    never comes. Both carry the same cookie, which is what the controller knows a session by.

    Args:
        configuration: Where and how.
        password: Of the user.
        clock: The cell's time.
    """

    def __init__(self, configuration: AbbConfiguration, password: str, clock: Clock) -> None:
        pacer = Pacer(clock, configuration.network.requests_per_second)
        self._orderly = _connect(configuration, password, clock, pacer.wait)
        self._urgent = _connect(configuration, password, clock, pacer.note, insist=True)
        # The package keeps its session private, and gives no other way to it.
        self._urgent._session.cookies = self._orderly._session.cookies  # noqa: SLF001
        self._lock = threading.Lock()

    @property
    def orderly(self) -> RWS:
        """For use by one thread at a time: see `lock`."""
        return self._orderly

    @property
    def urgent(self) -> RWS:
        """For stopping."""
        return self._urgent

    @property
    def lock(self) -> threading.Lock:
        """Held while the orderly way is used."""
        return self._lock

    def close(self) -> None:
        """Log out, which frees the controller's session, and close the connections."""
        self._orderly.close()
        self._urgent._session.close()  # noqa: SLF001


def _connect(
    configuration: AbbConfiguration,
    password: str,
    clock: Clock,
    before: Callable[[], None],
    *,
    insist: bool = False,
) -> RWS:
    network = configuration.network
    rws = RWS(configuration.url.rstrip("/"), configuration.username, password)
    rws.auth = _SharedDigest(configuration.username, password)
    session = rws._session  # noqa: SLF001
    timeout = (network.connect_timeout, network.answer_timeout)
    session.mount("http://", _Transport(timeout, before, clock, insist=insist))
    # A company's proxy has no business between a cell and its robot.
    session.trust_env = False
    return rws
