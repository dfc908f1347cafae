"""The state machine: legal commands are carried out, all others answered and ignored."""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from transitions import MachineError
from transitions.extensions import LockedMachine

from pregrasp.line.packml.states import STATES, Command, Mode, State
from pregrasp.line.packml.table import COMPLETES, LEGAL

log = logging.getLogger(__name__)

MODE_STATES = (State.STOPPED, State.IDLE, State.ABORTED)
"""Where the mode may be changed."""


class Answer(enum.Enum):
    """What became of a command."""

    DONE = "done"
    """It was carried out."""
    WRONG_STATE = "not in this state"
    """The state does not allow it; nothing has changed."""
    WRONG_MODE = "not in this mode"
    """The mode does not allow it; nothing has changed."""
    UNKNOWN = "unknown"
    """There is no such command or mode; nothing has changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why the unit was stopped, held, suspended or aborted."""

    code: int = 0
    """For machines; see ``docs/packml.md``."""
    text: str = ""
    """For people."""
    by: str = ""
    """Who brought it about: a user, or ``cell``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of state or mode."""

    before: State
    state: State
    mode: Mode
    reason: Reason
    """Of the last command that took the unit out of production."""


Listener = Callable[[Change], None]

REASONED = (Command.STOP, Command.HOLD, Command.SUSPEND, Command.ABORT)


class _Model:
    """What `transitions` moves from state to state."""

    state: str


class PackmlMachine:
    """Holds the state; all methods may be called from any thread.

    Args:
        initial: State to begin in.
        reason: Why it begins there.
        mode: Mode to begin in.
        listeners: Called after every change, in order, on the thread that brought it about;
            they must return at once and not command the machine.
    """

    def __init__(
        self,
        initial: State = State.STOPPED,
        *,
        reason: Reason | None = None,
        mode: Mode = Mode.PRODUCE,
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self._model = _Model()
        LockedMachine(
            model=self._model,
            states=[state.name for state in STATES],
            initial=initial.name,
            transitions=_transitions(),
            auto_transitions=False,
        )
        # Guards what goes along with the state, so that a change is seen as a whole.
        self._lock = threading.RLock()
        self._mode = mode
        self._reason = reason or Reason()
        self._listeners = list(listeners)

    @property
    def state(self) -> State:
        """The present state."""
        return State[self._model.state]

    @property
    def mode(self) -> Mode:
        """The present mode."""
        return self._mode

    @property
    def reason(self) -> Reason:
        """Why the unit last left production; empty once it was reset or cleared."""
        return self._reason

    def listen(self, listener: Listener) -> None:
        """Tell somebody about every further change."""
        with self._lock:
            self._listeners.append(listener)

    def command(self, command: int, reason: Reason | None = None) -> Answer:
        """Carry a command out, if state and mode allow it.

        Args:
            command: A `Command`, or its number.
            reason: Kept with a stop, hold, suspend or abort.
        """
        try:
            known = Command(command)
        except ValueError:
            return Answer.UNKNOWN
        with self._lock:
            if known is Command.START and self._mode is Mode.MANUAL:
                legal = (self.state, known) in LEGAL
                return Answer.WRONG_MODE if legal else Answer.WRONG_STATE
            before = self.state
            if not self._trigger(known.name):
                return Answer.WRONG_STATE
            if known in REASONED:
                self._reason = reason or Reason()
            elif known in (Command.RESET, Command.CLEAR, Command.UNHOLD, Command.UNSUSPEND):
                self._reason = Reason()
            self._tell(before)
        return Answer.DONE

    def complete(self, state: State) -> bool:
        """An acting state is done.

        Returns:
            Whether the unit was still in it.
        """
        with self._lock:
            before = self.state
            if state not in COMPLETES or not self._trigger(_completed(state)):
                return False
            self._tell(before)
            return True

    def set_mode(self, mode: int) -> Answer:
        """Change the mode, where that is allowed."""
        try:
            wanted = Mode(mode)
        except ValueError:
            return Answer.UNKNOWN
        with self._lock:
            if self.state not in MODE_STATES:
                return Answer.WRONG_STATE
            if wanted is not self._mode:
                self._mode = wanted
                self._tell(self.state)
        return Answer.DONE

    def _trigger(self, name: str) -> bool:
        try:
            return bool(getattr(self._model, name)())
        except MachineError:
            return False

    def _tell(self, before: State) -> None:
        change = Change(before=before, state=self.state, mode=self._mode, reason=self._reason)
        log.info("%s -> %s %s", before.name, change.state.name, change.reason.text)
        for listener in self._listeners:
            listener(change)


def _completed(state: State) -> str:
    return f"{state.name}_COMPLETED"


def _transitions() -> list[dict[str, str]]:
    by_command = [
        {"trigger": command.name, "source": source.name, "dest": target.name}
        for (source, command), target in LEGAL.items()
    ]
    by_themselves = [
        {"trigger": _completed(source), "source": source.name, "dest": target.name}
        for source, target in COMPLETES.items()
    ]
    return by_command + by_themselves
