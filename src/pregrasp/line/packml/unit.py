"""The unit: what is done in each acting state, on one thread, one after the other.

::

    unit = PackmlUnit({State.EXECUTE: produce, State.STOPPING: stop})
    unit.open()
    unit.command(Command.RESET)

An action gets a `Turn`. Stop and Abort cancel its token at once; Hold, Suspend and Complete
end its turn, so that it finishes what it has begun. An action that raises aborts the unit.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.errors import PregraspError
from pregrasp.line.packml.machine import Answer, Change, Listener, PackmlMachine, Reason
from pregrasp.line.packml.states import ACTING, Command, Mode, State

log = logging.getLogger(__name__)

CELL = "cell"
"""Who brought a change about, when it was the unit itself."""

CODE_FAULT = 10
"""Code of the reason when an action failed with an error that explains itself."""
CODE_DEFECT = 11
"""Code of the reason when an action failed with an error nobody expected."""


class Turn:
    """An action's time in its state.

    Args:
        state: The state.
        machine: Holds the state.
    """

    def __init__(self, state: State, machine: PackmlMachine) -> None:
        self.state = state
        self.token = CancelToken()
        self._machine = machine
        self._changed = threading.Event()

    @property
    def over(self) -> bool:
        """Whether the unit has left the state, or is to stop."""
        return self.token.cancelled or self._machine.state is not self.state

    def wait(self, timeout: float) -> None:
        """Rest until something changes or `wake` is called, at most so long [s]."""
        self._changed.wait(timeout)
        self._changed.clear()

    def wake(self) -> None:
        """Have the action look again."""
        self._changed.set()


Action = Callable[[Turn], None]


class PackmlUnit:
    """A state machine whose acting states do something; a context manager.

    Args:
        actions: What is done in which acting state; the others are left at once.
        initial: State to begin in.
        reason: Why it begins there.
        mode: Mode to begin in.
    """

    def __init__(
        self,
        actions: Mapping[State, Action],
        *,
        initial: State = State.STOPPED,
        reason: Reason | None = None,
        mode: Mode = Mode.PRODUCE,
    ) -> None:
        self._actions = dict(actions)
        self._changed = threading.Event()
        self._lock = threading.Lock()
        self._turn: Turn | None = None
        self._closing = False
        self._machine = PackmlMachine(
            initial, reason=reason, mode=mode, listeners=(self._on_change,)
        )
        self._thread = threading.Thread(target=self._work, name="packml unit", daemon=True)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def state(self) -> State:
        """The present state."""
        return self._machine.state

    @property
    def mode(self) -> Mode:
        """The present mode."""
        return self._machine.mode

    @property
    def reason(self) -> Reason:
        """Why the unit last left production."""
        return self._machine.reason

    @property
    def alive(self) -> bool:
        """Whether it acts."""
        return self._thread.is_alive()

    def listen(self, listener: Listener) -> None:
        """Tell somebody about every further change; see `PackmlMachine`."""
        self._machine.listen(listener)

    def command(self, command: int, reason: Reason | None = None) -> Answer:
        """Carry a command out if it is legal; returns at once."""
        return self._machine.command(command, reason)

    def set_mode(self, mode: int) -> Answer:
        """Change the mode, where that is allowed."""
        return self._machine.set_mode(mode)

    def wake(self) -> None:
        """Have the action that runs look again, for example for a new job."""
        with self._lock:
            if self._turn is not None:
                self._turn.wake()

    def open(self) -> None:
        """Begin to act."""
        self._thread.start()

    def close(self, timeout: float = 30.0) -> bool:
        """Cancel what is done and end the thread.

        Args:
            timeout: Longest wait for standstill [s].

        Returns:
            Whether the thread has ended.
        """
        with self._lock:
            self._closing = True
            turn = self._turn
        if turn is not None:
            turn.token.cancel()
            turn.wake()
        self._changed.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _on_change(self, change: Change) -> None:
        with self._lock:
            turn = self._turn
        if turn is not None and turn.state is not change.state:
            if change.state in (State.STOPPING, State.ABORTING):
                turn.token.cancel()
            turn.wake()
        self._changed.set()

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._closing:
                    return
                # Cleared before the state is looked at: what changes later wakes us again.
                self._changed.clear()
                state = self.state
                self._turn = Turn(state, self._machine) if state in ACTING else None
                turn = self._turn
            if turn is None:
                self._changed.wait()
            elif not turn.over:
                self._act(turn)
            with self._lock:
                self._turn = None

    def _act(self, turn: Turn) -> None:
        action = self._actions.get(turn.state)
        try:
            if action is not None:
                action(turn)
        except CancelledError:
            if not turn.over:
                self._abort(turn, CODE_FAULT, "it was cancelled from outside the unit")
        except PregraspError as error:
            self._abort(turn, CODE_FAULT, str(error))
        except Exception as error:
            log.exception("the action of %s failed", turn.state.name)
            self._abort(turn, CODE_DEFECT, f"{type(error).__name__}: {error}")
        else:
            if not turn.token.cancelled:
                self._machine.complete(turn.state)

    def _abort(self, turn: Turn, code: int, text: str) -> None:
        if turn.state is State.ABORTING:
            # Nothing is safer than being aborted; a person reads the reason in the log.
            log.error("aborting: %s", text)
            self._machine.complete(State.ABORTING)
            return
        words = f"{turn.state.name.lower()}: {text}"
        self._machine.command(Command.ABORT, Reason(code=code, text=words, by=CELL))
