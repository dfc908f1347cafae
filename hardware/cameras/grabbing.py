"""A camera that grabs pictures from a vendor's library: what all such cameras share.

A picture must be exposed after it was asked for, because the arm has just moved. Whatever
waits in buffers is therefore thrown away first; a picture that lost packets on its way is
taken again; after a failure the camera is started anew, so that a late picture of an
earlier request is never taken for a fresh one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware.cameras.configuration import PictureBy, Pictures
from pregrasp.hardware.cameras.errors import CaptureTimeoutError, IncompleteFrameError
from pregrasp.hardware.capabilities import Clock, Image
from pregrasp.hardware.errors import DeviceUnavailableError

SLICE = 0.05
"""How often a waiting capture looks whether it was cancelled [s]."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What came out of a camera: a picture, or the reason why it is not whole."""

    image: Image | None = None
    """uint8 (height, width), a copy; None if it is damaged."""
    damage: str = ""
    """What is wrong with it."""


class FrameSource(Protocol):
    """One camera as a vendor's library shows it; used by one thread at a time."""

    name: str
    model: str
    """Name of the camera's model."""
    packet_bytes: int | None
    """Size of the picture packets; None for a camera that is not on a network."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""

    def start(self) -> None:
        """Begin to acquire; triggers are obeyed, or the stream runs, from now on."""

    def stop(self) -> None:
        """End acquiring; calling it again changes nothing."""

    def flush(self) -> None:
        """Throw away the pictures that are waiting."""

    def trigger(self) -> None:
        """Have one picture exposed now."""

    def fetch(self, timeout: float) -> Frame | None:
        """The next picture; None if none came in time.

        Args:
            timeout: Longest wait [s].
        """

    def close(self) -> None:
        """Release the camera; calling it again changes nothing."""


@dataclass(slots=True)
class Counters:
    """What a camera has seen since it was opened."""

    pictures: int = 0
    """Whole pictures that were handed over."""
    incomplete: int = 0
    """Pictures that had lost a part and were taken again."""
    timeouts: int = 0
    """Pictures that never came."""


class GrabbingCamera:
    """A camera of `pregrasp.hardware.capabilities` on top of a frame source.

    Args:
        source: The open camera; belongs to this one from now on.
        pictures: When a picture is fresh, and when to give up.
        clock: Time limits go by it.
    """

    def __init__(self, source: FrameSource, pictures: Pictures, clock: Clock) -> None:
        self.name = source.name
        self.counters = Counters()
        self._source = source
        self._pictures = pictures
        self._clock = clock
        self._lock = threading.Lock()
        self._running = False
        self._closed = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""
        return self._source.size

    @property
    def model(self) -> str:
        """Name of the camera's model, as it says itself."""
        return self._source.model

    @property
    def packet_bytes(self) -> int | None:
        """Size of the picture packets; None for a camera that is not on a network."""
        return self._source.packet_bytes

    def capture(self, token: CancelToken) -> Image:
        """Take one picture, exposed after the call began.

        Returns:
            uint8 (height, width), owned by the caller.

        Raises:
            CaptureTimeoutError: No picture came in time.
            IncompleteFrameError: Every picture had lost a part on its way.
            DeviceUnavailableError: The camera is gone, or was closed.
            CancelledError: The token was cancelled.
        """
        token.raise_if_cancelled()
        with self._lock:
            if self._closed:
                raise DeviceUnavailableError(self.name, "was closed.", "Open the cell again.")
            try:
                return self._take(token)
            except BaseException:
                # A picture may still be on its way; it must not be the next one's answer.
                self._halt()
                raise

    def close(self) -> None:
        """Release the camera; calling it again changes nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._halt()
                self._source.close()

    def _take(self, token: CancelToken) -> Image:
        damages: list[str] = []
        for _ in range(self._pictures.attempts):
            frame = self._fresh(token)
            if frame is None:
                self.counters.timeouts += 1
                raise self._timeout(damages)
            if frame.image is not None:
                self.counters.pictures += 1
                return frame.image
            self.counters.incomplete += 1
            damages.append(frame.damage)
            self._halt()
        raise IncompleteFrameError(
            self.name,
            f"{len(damages)} pictures in a row were incomplete: {damages[-1]}.",
            "Packets are lost on the way: check the cable, set packet_bytes to 1400 or less, or "
            "raise net.core.rmem_max to 10 MB.",
        )

    def _fresh(self, token: CancelToken) -> Frame | None:
        """A picture whose exposure began after this call."""
        if not self._running:
            self._source.start()
            self._running = True
            if self._pictures.by is PictureBy.TRIGGER:
                self._settle(token)
        self._source.flush()
        if self._pictures.by is PictureBy.TRIGGER:
            self._source.trigger()
            self._settle(token)
        elif self._fetch(token) is None:
            # The one that was under way is not fresh; without it there will be no next one.
            return None
        return self._fetch(token)

    def _fetch(self, token: CancelToken) -> Frame | None:
        deadline = self._clock.now() + self._pictures.timeout
        while True:
            if token.cancelled:
                raise CancelledError(f"{self.name}: cancelled while waiting for a picture")
            left = deadline - self._clock.now()
            frame = self._source.fetch(max(0.0, min(left, SLICE)))
            if frame is not None or left <= 0:
                return frame

    def _settle(self, token: CancelToken) -> None:
        if self._pictures.settle > 0:
            wakeup = threading.Event()
            forget = token.on_cancel(wakeup.set)
            self._clock.wait(wakeup, self._pictures.settle)
            forget()
            token.raise_if_cancelled()

    def _halt(self) -> None:
        if self._running:
            self._running = False
            self._source.stop()

    def _timeout(self, damages: list[str]) -> CaptureTimeoutError:
        waited = self._pictures.settle + self._pictures.timeout
        before = f" after {len(damages)} incomplete ones" if damages else ""
        remedy = "Check the cable and the camera's light."
        if self._pictures.by is PictureBy.TRIGGER:
            remedy += (
                " A Flea3 or Blackfly answers a trigger only after about 2 s: set settle_s to 2, "
                "or take pictures by: stream."
            )
        return CaptureTimeoutError(self.name, f"no picture within {waited:g} s{before}.", remedy)
