"""A gripper on a controller's digital signals."""

from __future__ import annotations

import threading

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.abb.configuration import AbbGripperSignals
from pregrasp.hardware.abb.controller import AbbController
from pregrasp.hardware.capabilities import GripperReading
from pregrasp.hardware.errors import DeviceUnavailableError, GripperError

_LOOK_AGAIN = 0.06
"""Between two looks at the inputs [s]."""


class AbbGripper:
    """A two-finger gripper that reports by digital inputs.

    Args:
        controller: Has the signals.
        signals: Their names; by default those of the controller's configuration.
        name: Of the gripper, as in the cell's description.

    Raises:
        DeviceUnavailableError: The configuration names no signals.
    """

    def __init__(
        self,
        controller: AbbController,
        signals: AbbGripperSignals | None = None,
        *,
        name: str = "gripper",
    ) -> None:
        found = signals or controller.configuration.gripper
        if found is None:
            raise DeviceUnavailableError(
                name,
                "the robot's configuration names no signals for it.",
                "Add a section `gripper` with at least `close` and `width_open_mm`.",
            )
        self.name = name
        self._controller = controller
        self._signals = found

    def open(self, token: CancelToken) -> GripperReading:
        """Open fully.

        Raises:
            GripperError: The fingers did not get there.
            DeviceUnavailableError: The controller did not set the signal.
            CancelledError: The token was cancelled; the fingers go on to their end.
        """
        token.raise_if_cancelled()
        self._controller.set_digital(self._signals.close, False)
        if self._signals.open is not None:
            self._controller.set_digital(self._signals.open, True)
        return self._arrive("open", (self._signals.opened,), token)

    def close(self, token: CancelToken) -> GripperReading:
        """Close until something is held or the fingers meet.

        Raises:
            GripperError: The fingers did not move.
            DeviceUnavailableError: The controller did not set the signal.
            CancelledError: The token was cancelled; the fingers keep their grip.
        """
        token.raise_if_cancelled()
        if self._signals.open is not None:
            self._controller.set_digital(self._signals.open, False)
        self._controller.set_digital(self._signals.close, True)
        return self._arrive("close", (self._signals.holding, self._signals.closed), token)

    def reading(self) -> GripperReading:
        """What the fingers do now, as far as the inputs tell.

        Raises:
            DeviceUnavailableError: The controller does not say.
        """
        signals = self._signals
        half = 0.5 * (signals.width_open + signals.width_closed)
        between = half if signals.width_holding is None else signals.width_holding
        if signals.holding is not None and self._controller.digital(signals.holding):
            return GripperReading(between, holding=True)
        if signals.opened is not None and self._controller.digital(signals.opened):
            return GripperReading(signals.width_open, holding=False)
        if signals.closed is not None:
            met = self._controller.digital(signals.closed)
            # Told to close, not met and not open: something is between the fingers.
            told = self._controller.digital(signals.close)
            holds = signals.holding is None and told and not met
            return GripperReading(signals.width_closed if met else between, holding=holds)
        closing = self._controller.digital(signals.close)
        # Without an input for a part, "closed" is all that can be said.
        return GripperReading(signals.width_closed if closing else signals.width_open, False)

    def _arrive(
        self, doing: str, inputs: tuple[str | None, ...], token: CancelToken
    ) -> GripperReading:
        """Wait for one of the inputs, or as long as the fingers are known to take."""
        clock, wakeup = self._controller.clock, threading.Event()
        forget = token.on_cancel(wakeup.set)
        named = [name for name in inputs if name is not None]
        try:
            if not named:
                clock.wait(wakeup, self._signals.settle)
                token.raise_if_cancelled()
                return self.reading()
            deadline = clock.now() + self._signals.timeout
            while not any(self._controller.digital(name) for name in named):
                token.raise_if_cancelled()
                if clock.now() >= deadline:
                    raise self._late(doing, named)
                clock.wait(wakeup, _LOOK_AGAIN)
            return self.reading()
        finally:
            forget()

    def _late(self, doing: str, named: list[str]) -> GripperError:
        return GripperError(
            self.name,
            f"told to {doing}, but {' and '.join(named)} stayed off for "
            f"{self._signals.timeout:g} s.",
            "Check its air or power, the sensors, and that nothing blocks the fingers.",
        )
