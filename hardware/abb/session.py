"""One HTTP session with a controller: every request has a time limit, a pace and a place.

The client package sends requests without any time limit, and a controller that is asked
more than twenty times a second, or by too many sessions, answers 503. Both are looked
after where all requests pass, in the transport of its ``requests`` session, so that the
package itself stays as it is.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Keeps the number of requests that reach the controller in any second below a limit.

    Short bursts pass at once, because a motion program begins with eight requests; only who
    keeps asking is held back. A request counts from its answer on: it may have reached the
    controller any time before that, and on a busy computer that is much later than it was sent.

    Args:
        clock: The cell's time.
        per_second: Most requests in one second.
    """

    _UNDER_WAY = float("inf")
    _GLANCE = 0.01
    """Between looks whether the oldest request has been answered [s]."""

    def __init__(self, clock: Clock, per_second: int) -> None:
        self._clock = clock
        self._answered: deque[list[float]] = deque(maxlen=per_second)
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, *, at_once: bool) -> Iterator[None]:
        """Hold one of the places; counts the request until one second after the block.

        Args:
            at_once: Do not wait for a place, only count.
        """
        place = [self._UNDER_WAY]
        while not self._take(place, at_once=at_once):
            self._clock.wait(threading.Event(), self._remaining())
        try:
            yield
        finally:
            place[0] = self._clock.now()

    def _take(self, place: list[float], *, at_once: bool) -> bool:
        with self._lock:
            full = len(self._answered) == self._answered.maxlen
            if full and not at_once and self._clock.now() < self._answered[0][0] + 1.0:
                return False
            self._answered.append(place)
            return True

    def _remaining(self) -> float:
        with self._lock:
            oldest = self._answered[0][0]
        if oldest == self._UNDER_WAY:
            return self._GLANCE
        return max(0.0, oldest + 1.0 - self._clock.now())


class _Transport(HTTPAdapter):
    """Sends requests with a time limit, after asking for the time to do so.

    Args:
        timeout: For connecting, and for an answer to begin [s].
        pacer: Shared by all who talk to this controller.
        clock: The cell's time.
        urgent: Never wait for one's turn.
    """

    _ATTEMPTS = 6
    """How often something is asked when the controller is overloaded: its limit is one on every
    second, so that the pauses together must be longer than that."""
    _PAUSE = 0.25
    """Between them [s]."""

    def __init__(
        self, timeout: tuple[float, float], pacer: Pacer, clock: Clock, *, urgent: bool
    ) -> None:
        self._timeout = timeout
        self._pacer = pacer
        self._clock = clock
        self._urgent = urgent
        super().__init__(pool_connections=1, pool_maxsize=1)

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        """Send one request; it is sent again when the controller is overloaded.

        That is safe also for what changes something: 503 is answered instead of doing it.

        Raises:
            OverloadedError: The answer was 503 each time.
        """
        options["timeout"] = self._timeout
        for attempt in range(1, self._ATTEMPTS + 1):
            with self._pacer.turn(at_once=self._urgent):
                response = super().send(request, *args, **options)
            if response.status_code != 503:
                return response
            response.close()
            if attempt < self._ATTEMPTS:
                self._clock.wait(threading.Event(), self._PAUSE)
        raise OverloadedError("503 Service Unavailable", request=request)


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
        self._orderly = _connect(configuration, password, clock, pacer, urgent=False)
        self._urgent = _connect(configuration, password, clock, pacer, urgent=True)
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
    pacer: Pacer,
    *,
    urgent: bool,
) -> RWS:
    network = configuration.network
    rws = RWS(configuration.url.rstrip("/"), configuration.username, password)
    rws.auth = _SharedDigest(configuration.username, password)
    session = rws._session  # noqa: SLF001
    timeout = (network.connect_timeout, network.answer_timeout)
    session.mount("http://", _Transport(timeout, pacer, clock, urgent=urgent))
    # A company's proxy has no business between a cell and its robot.
    session.trust_env = False
    return rws
