"""The controller's I/O signals, and a gripper wired to them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware.errors import HardwareError
from pregrasp.hardware.virtual_controller.mechanics import GripperMechanics


class NoSuchSignalError(KeyError):
    """A signal that the controller does not have."""


class ReadOnlySignalError(Exception):
    """A signal that may not be set from outside."""


@dataclass(slots=True)
class Signal:
    """One signal."""

    kind: str
    """DI, DO, AI, AO, GI or GO."""
    value: float = 0.0
    writable: bool = False
    """Whether its access level is "All"."""


Listener = Callable[[str, float], None]
"""Called with a name and the new value."""

INTERPRETER: dict[str, Signal] = {
    "motion_program_executing": Signal("DO"),
    "motion_program_preempt": Signal("AO", writable=True),
    "motion_program_preempt_cmd_num": Signal("AO", writable=True),
    "motion_program_preempt_current": Signal("AO"),
    "motion_program_current_cmd_num": Signal("AO"),
    "motion_program_queued_cmd_num": Signal("AO"),
    "motion_program_log_motion": Signal("DO", 1.0, writable=True),
    "motion_program_stop_egm": Signal("DO", writable=True),
}
"""Those of the motion program interpreter."""


class Signals:
    """All signals of a controller.

    Args:
        signals: By name; copied.
    """

    def __init__(self, signals: Mapping[str, Signal]) -> None:
        self._lock = threading.Lock()
        self._signals = {
            name: Signal(signal.kind, signal.value, signal.writable)
            for name, signal in signals.items()
        }
        self.listeners: list[Listener] = []

    def names(self) -> list[str]:
        """All signals, in alphabetical order."""
        return sorted(self._signals)

    def get(self, name: str) -> Signal:
        """A copy of a signal.

        Raises:
            NoSuchSignalError: There is none of that name.
        """
        with self._lock:
            signal = self._find(name)
            return Signal(signal.kind, signal.value, signal.writable)

    def set(self, name: str, value: float, *, from_outside: bool = False) -> None:
        """Set a signal and tell the listeners if that changed it.

        Raises:
            NoSuchSignalError: There is none of that name.
            ReadOnlySignalError: It may not be set from outside.
        """
        with self._lock:
            signal = self._find(name)
            if from_outside and not signal.writable:
                raise ReadOnlySignalError(name)
            changed, signal.value = signal.value != value, value
        if changed:
            for listener in tuple(self.listeners):
                listener(name, value)

    def _find(self, name: str) -> Signal:
        try:
            return self._signals[name]
        except KeyError:
            raise NoSuchSignalError(name) from None


class GripperWiring:
    """Valves and sensors of a gripper: two outputs move it, three inputs report.

    Args:
        signals: Of the controller.
        gripper: What is moved.
    """

    CLOSE, OPEN = "doGripperClose", "doGripperOpen"
    OPENED, CLOSED, HOLDING = "diGripperOpened", "diGripperClosed", "diPartInGripper"

    SIGNALS: ClassVar[dict[str, Signal]] = {
        CLOSE: Signal("DO", writable=True),
        OPEN: Signal("DO", writable=True),
        OPENED: Signal("DI"),
        CLOSED: Signal("DI"),
        HOLDING: Signal("DI"),
    }
    """All five; the inputs cannot be set from outside."""

    def __init__(self, signals: Signals, gripper: GripperMechanics) -> None:
        self._signals = signals
        self._gripper = gripper
        self._lock = threading.Lock()
        self._motion: threading.Thread | None = None
        self._token = CancelToken()
        self.jammed = False
        """Whether the valve does not move the fingers, whatever it is told."""
        signals.listeners.append(self._changed)
        # A gripper that holds something keeps it when the controller starts.
        self._report(self._gripper.reading().holding)

    def settle(self, timeout: float) -> bool:
        """Wait until the fingers rest, at most ``timeout`` seconds of the wall."""
        motion = self._motion
        if motion is not None:
            motion.join(timeout)
        return motion is None or not motion.is_alive()

    def _changed(self, name: str, value: float) -> None:
        if name not in (self.CLOSE, self.OPEN) or self.jammed:
            return
        # A single valve opens when `close` goes off; with two, the one that goes on counts.
        closing = self._signals.get(self.CLOSE).value > 0.5
        if name == self.OPEN and value < 0.5:
            return
        with self._lock:
            self._token.cancel()
            self._token = CancelToken()
            self._motion = threading.Thread(
                target=self._drive, args=(closing, self._token, self._motion), daemon=True
            )
            self._motion.start()

    def _drive(self, closing: bool, token: CancelToken, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        for name in (self.OPENED, self.CLOSED, self.HOLDING):
            self._signals.set(name, 0.0)
        # Whatever goes wrong, the sensors say what came of it.
        with contextlib.suppress(CancelledError, HardwareError):
            (self._gripper.close if closing else self._gripper.open)(token)
        if not token.cancelled:
            self._report(closing)

    def _report(self, closing: bool) -> None:
        reading = self._gripper.reading()
        self._signals.set(self.HOLDING, float(closing and reading.holding))
        self._signals.set(self.CLOSED, float(closing and not reading.holding))
        self._signals.set(self.OPENED, float(not closing))
