"""A reader that answers the questions of Groot2, by default to this machine only.

The protocol has no passwords, so nobody can change anything through it: requests for
breakpoints and forced results are declined.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from pregrasp.runlog.errors import MissingPackageError
from pregrasp.runlog.message import Message
from pregrasp.runlog.state import RunState
from pregrasp.viewer.groot.protocol import (
    BLACKBOARD,
    CODES,
    FULL_TREE,
    HOOKS_DISABLE,
    HOOKS_DUMP,
    HOOKS_REMOVE_ALL,
    RECORDING,
    STATUS,
    TRANSITIONS,
    WAS,
    GrootError,
    Request,
    pack_status,
    pack_transition,
)
from pregrasp.viewer.groot.tree_xml import subtree_paths, tree_xml

if TYPE_CHECKING:
    import zmq

PORT = 1667
"""Where Groot2 looks unless it is told otherwise."""

RECORDED = 1000
"""How many changes are kept between two questions for them."""

LARGEST_REQUEST = 100_000
"""Of a request; the connection of whoever sends more is closed [bytes]."""

POLL_MS = 100
"""How soon `GrootServer.close` is noticed [ms]."""

Json = dict[str, Any]


class GrootServer:
    """Answers on a thread of its own; see `pregrasp.runlog.broadcast.Reader`.

    Args:
        port: To listen on; 0 takes any that is free.
        host: Address to listen on.
        now_us: Time on the wall, since 1970 [us].

    Raises:
        MissingPackageError: The packages ``pyzmq`` or ``msgpack`` are missing.
        GrootError: Something else listens there.
    """

    name = "Groot2"

    def __init__(
        self,
        port: int = PORT,
        host: str = "127.0.0.1",
        *,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._now_us = now_us
        self._zmq, self._msgpack = _packages()
        self._lock = threading.Lock()
        self._state = RunState()
        self._was: list[str] = []
        self._tree = UUID(int=0)
        self._recording = False
        self._transitions: deque[bytes] = deque(maxlen=RECORDED)
        self._recorded_from = 0.0
        self._stop = threading.Event()
        self._context: zmq.Context[Any] = self._zmq.Context()
        self._socket = self._context.socket(self._zmq.REP)
        self._socket.setsockopt(self._zmq.LINGER, 0)
        self._socket.setsockopt(self._zmq.MAXMSGSIZE, LARGEST_REQUEST)
        try:
            if port:
                self._socket.bind(f"tcp://{host}:{port}")
            else:
                port = self._socket.bind_to_random_port(f"tcp://{host}")
        except self._zmq.ZMQError as error:
            self._socket.close()
            self._context.term()
            raise GrootError(
                f"Groot2 cannot be served on {host}:{port}: {error}. Choose another port."
            ) from error
        self.port = port
        """Where it listens."""
        self._thread = threading.Thread(target=self._serve, name="pregrasp groot", daemon=True)
        self._thread.start()

    def receive(self, message: Message) -> None:
        """Take a message in."""
        with self._lock:
            if message.type == "tick":
                self._record(message.body)
            self._state.apply(message)
            if message.type == "tree":
                self._was = ["I"] * len(self._state.nodes)
                self._tree = uuid5(NAMESPACE_URL, f"pregrasp:{message.body['run']}")
                self._transitions.clear()
                self._recorded_from = message.time

    def idle(self) -> None:
        """Nothing to be done: questions are answered on another thread."""

    def close(self) -> None:
        """Answer nobody any more."""
        self._stop.set()
        self._thread.join()
        self._socket.close()
        self._context.term()

    def _record(self, body: Json) -> None:
        since = round((float(body["t"]) - self._recorded_from) * 1e6)
        for number, letter, *_ in body.get("nodes", ()):
            before = self._state.nodes[number].status
            if before != "I":
                self._was[number] = before
            if self._recording and before != letter:
                self._transitions.append(pack_transition(since, number, CODES[letter]))

    def _serve(self) -> None:
        while not self._stop.is_set():
            if not self._socket.poll(POLL_MS):
                continue
            parts = self._socket.recv_multipart()
            try:
                with self._lock:
                    reply = self._answer(parts)
            except Exception as error:  # a strange request must not end the answering
                reply = [b"error", str(error).encode("utf-8", errors="replace")]
            self._socket.send_multipart(reply)

    def _answer(self, parts: list[bytes]) -> list[bytes]:
        request = Request.parse(parts[0])
        tree = self._state.tree
        if tree is None:
            raise GrootError("no tree has run yet")
        content = self._content(request.letter, tree, parts[1:])
        header = request.reply_header(self._tree)
        return [header] if content is None else [header, content]

    def _content(self, letter: str, tree: Json, rest: list[bytes]) -> bytes | None:
        if letter == FULL_TREE:
            return tree_xml(tree).encode()
        if letter == STATUS:
            return b"".join(self._status(number) for number in range(len(self._state.nodes)))
        if letter == BLACKBOARD:
            return self._blackboards(tree, rest)
        if letter == RECORDING:
            return self._set_recording(rest)
        if letter == TRANSITIONS:
            recorded = b"".join(self._transitions)
            self._transitions.clear()
            return recorded
        if letter == HOOKS_DUMP:
            return b"[]"
        if letter in (HOOKS_DISABLE, HOOKS_REMOVE_ALL):
            # There are none.
            return None
        raise GrootError("this is a view: breakpoints and forced results are not offered here")

    def _status(self, number: int) -> bytes:
        letter = self._state.nodes[number].status
        code = CODES[letter]
        if letter == "I" and self._was[number] != "I":
            code = WAS + CODES[self._was[number]]
        return pack_status(number, code)

    def _blackboards(self, tree: Json, rest: list[bytes]) -> bytes:
        names = rest[0].decode("utf-8", errors="replace").split(";") if rest else []
        known = set(subtree_paths(tree))
        boards: dict[str, Json] = {}
        for name in names:
            if name in known:
                prefix = f"{name}/"
                boards[name] = {
                    key.removeprefix(prefix): _plain(value)
                    for key, value in self._state.values.items()
                    if key.rpartition("/")[0] == name
                }
        packed: bytes = self._msgpack.packb(boards)
        return packed

    def _set_recording(self, rest: list[bytes]) -> bytes | None:
        self._recording = bool(rest) and rest[0] == b"start"
        self._transitions.clear()
        self._recorded_from = self._state.time
        # The moment to which the times of the changes are to be added, since 1970.
        return str(self._now_us()).encode() if self._recording else None


def _plain(value: Json) -> Any:
    """A value as the editor shows it: a number, a truth, or words."""
    plain = value.get("value")
    return plain if isinstance(plain, (bool, int, float, str)) else value["text"]


def _packages() -> tuple[ModuleType, ModuleType]:
    try:
        import msgpack
        import zmq
    except ModuleNotFoundError as error:
        raise MissingPackageError("serving Groot2", error.name or "zmq", "groot") from error
    return zmq, msgpack
