"""What a cell is doing, and what it may therefore do next.

One `CellModes` belongs to one open cell. `pregrasp.hardware.guarded_cell` asks it before
every motion, so no tree can move a robot that nobody has set to work, that somebody else
works with, or that has failed and has not been looked at::

    with modes.working(Mode.PRODUCING):
        runner.run()

The mode is left again at the end of the block: to idle, or to fault if a device failed.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol, runtime_checkable

from transitions import Machine, MachineError

from pregrasp.hardware.errors import HardwareError, ModeError, OutOfReachError


class Mode(enum.Enum):
    """What a cell is doing."""

    DISCONNECTED = "disconnected"
    """The devices are not open."""
    IDLE = "idle"
    """Ready; nothing may move."""
    TEACHING = "teaching"
    """A person shows the robot poses; at reduced speed."""
    COLLECTING = "collecting"
    """Training pictures are taken."""
    PRODUCING = "producing"
    """Parts are grasped."""
    FAULT = "fault"
    """A device failed; nothing may move until a person has looked."""
    RECOVERING = "recovering"
    """A person has looked and brings the robot back; at reduced speed."""


MOVING = frozenset({Mode.TEACHING, Mode.COLLECTING, Mode.PRODUCING, Mode.RECOVERING})
"""Modes in which the robot may move."""

REDUCED = frozenset({Mode.TEACHING, Mode.RECOVERING})
"""Modes in which it moves at reduced speed."""

ENTERED_BY = {
    Mode.TEACHING: "teach",
    Mode.COLLECTING: "collect",
    Mode.PRODUCING: "produce",
    Mode.RECOVERING: "recover",
}
"""Event that leads into each mode of work."""

_AT_WORK = [Mode.TEACHING, Mode.COLLECTING, Mode.PRODUCING]

TRANSITIONS: list[dict[str, Any]] = [
    {"trigger": "connect", "source": Mode.DISCONNECTED, "dest": Mode.IDLE},
    {"trigger": "teach", "source": Mode.IDLE, "dest": Mode.TEACHING},
    {"trigger": "collect", "source": Mode.IDLE, "dest": Mode.COLLECTING, "conditions": "ready"},
    {"trigger": "produce", "source": Mode.IDLE, "dest": Mode.PRODUCING, "conditions": "ready"},
    {"trigger": "finish", "source": _AT_WORK, "dest": Mode.IDLE},
    {"trigger": "fail", "source": [Mode.IDLE, *_AT_WORK, Mode.RECOVERING], "dest": Mode.FAULT},
    {"trigger": "recover", "source": Mode.FAULT, "dest": Mode.RECOVERING, "conditions": "ready"},
    {"trigger": "finish", "source": Mode.RECOVERING, "dest": Mode.IDLE, "conditions": "ready"},
    {"trigger": "disconnect", "source": [m for m in Mode if m is not Mode.DISCONNECTED],
     "dest": Mode.DISCONNECTED},
]  # fmt: skip
"""Every way from one mode to another; ``ready`` asks the devices. Teaching does not ask: a
person may lead an arm by hand that is in manual mode."""


class CellModes:
    """The mode of one cell; safe to use from any thread.

    Args:
        name: Of the cell, for messages.
        check_ready: Raises `HardwareError` while a device would not obey; asked before the
            cell goes into a mode of work.
    """

    def __init__(self, name: str, check_ready: Callable[[], None] = lambda: None) -> None:
        self._name = name
        self._check_ready = check_ready
        self._lock = threading.RLock()
        self._observers: list[Callable[[Mode], None]] = []
        self._fault = ""
        self._machine = Machine(
            model=None,
            states=Mode,
            transitions=TRANSITIONS,
            initial=Mode.DISCONNECTED,
            auto_transitions=False,
        )
        self._model = _Model(self._ready)
        self._machine.add_model(self._model)

    @property
    def mode(self) -> Mode:
        """What the cell is doing."""
        return self._model.state

    @property
    def fault(self) -> str:
        """What failed, while the cell is in fault or recovering from it."""
        return self._fault

    def observe(self, observer: Callable[[Mode], None]) -> None:
        """Have every new mode told, on the thread that changes it."""
        with self._lock:
            self._observers.append(observer)

    def connect(self) -> None:
        """The devices are open: from disconnected to idle."""
        self._change("connect")

    def disconnect(self) -> None:
        """The devices are closed; from every mode, and again without effect."""
        with self._lock:
            if self.mode is not Mode.DISCONNECTED:
                self._change("disconnect")

    def enter(self, mode: Mode) -> None:
        """Begin to work, or to recover.

        Args:
            mode: A key of `ENTERED_BY`.

        Raises:
            ModeError: The cell is in a mode from which there is no way there.
            HardwareError: A device would not obey; the mode stays as it was.
        """
        self._change(ENTERED_BY[mode])

    def finish(self) -> None:
        """The work is done: back to idle.

        Raises:
            ModeError: There is no work.
            HardwareError: After a fault only: a device still would not obey.
        """
        self._change("finish")
        self._fault = ""

    def fail(self, reason: str) -> None:
        """A device failed: nothing moves until a person has looked and recovers the cell.

        Args:
            reason: What failed, for people.
        """
        with self._lock:
            if self.mode not in {Mode.FAULT, Mode.DISCONNECTED}:
                self._fault = reason
                self._change("fail")

    def require_motion(self, device: str) -> None:
        """Make sure that something may move now.

        Args:
            device: What is about to move, for messages.

        Raises:
            ModeError: Nothing may.
        """
        if self.mode in MOVING:
            return
        allowed = ", ".join(mode.value for mode in Mode if mode in MOVING)
        remedy = f"It moves while the cell is {allowed}."
        if self.mode is Mode.FAULT:
            remedy = f"Look at the cell, then recover it. What failed: {self._fault}"
        raise ModeError(device, f"must not move: {self._name} is in mode {self._now}.", remedy)

    @contextmanager
    def working(self, mode: Mode) -> Iterator[None]:
        """Work in a mode; afterwards idle, or in fault if a device failed in the block.

        A motion that was refused before it began, and a run that ended without an error, are
        no faults.

        Raises:
            ModeError: The cell is at work already, in fault, or not connected.
            HardwareError: A device would not obey.
        """
        self.enter(mode)
        try:
            yield
        except BaseException as error:
            failed = device_failure(error)
            if failed is not None:
                self.fail(str(failed))
            raise
        finally:
            # Whoever worked inside may have reported a fault, or closed the cell.
            if self.mode is mode:
                self.finish()

    def _change(self, event: str) -> None:
        with self._lock:
            source = self.mode
            try:
                self._model.trigger(event)
            except MachineError:
                ways = [t["trigger"] for t in TRANSITIONS if source in _sources(t)]
                raise ModeError(
                    self._name,
                    f"cannot {event} in mode {self._now}.",
                    f"From there it can {' or '.join(dict.fromkeys(ways))}.",
                ) from None
            mode, observers = self.mode, tuple(self._observers)
        for observer in observers:
            observer(mode)

    @property
    def _now(self) -> str:
        return self.mode.value

    def _ready(self) -> bool:
        self._check_ready()
        return True


class _Model:
    """What the machine keeps its state in."""

    state: Mode
    trigger: Callable[[str], bool]

    def __init__(self, ready: Callable[[], bool]) -> None:
        self.ready = ready


@runtime_checkable
class HasModes(Protocol):
    """A cell that knows what it is doing."""

    modes: CellModes


def working(cell: object, mode: Mode) -> AbstractContextManager[None]:
    """Let a cell work in a mode for a block, if it has modes.

    Raises:
        ModeError: The cell is at work already, in fault, or not connected.
        HardwareError: A device would not obey.
    """
    return cell.modes.working(mode) if isinstance(cell, HasModes) else nullcontext()


def report_failure(cell: object, error: BaseException | None) -> None:
    """Put a cell that has modes into fault, if an error comes from a device that failed.

    For jobs that tell of failures in their results instead of raising them.
    """
    failed = device_failure(error)
    if failed is not None and isinstance(cell, HasModes):
        cell.modes.fail(str(failed))


def recover(cell: object) -> None:
    """Bring a cell back from a fault to idle; a person has looked at it. Idle cells stay so.

    Raises:
        HardwareError: A device still would not obey; the cell stays in fault.
    """
    if not isinstance(cell, HasModes) or cell.modes.mode is not Mode.FAULT:
        return
    cell.modes.enter(Mode.RECOVERING)
    try:
        cell.modes.finish()
    except HardwareError as error:
        cell.modes.fail(str(error))
        raise


def device_failure(error: BaseException | None) -> HardwareError | None:
    """The failure of a device that an error comes from, if it comes from one.

    Refusals before anything moved do not count.
    """
    while error is not None:
        if isinstance(error, HardwareError):
            return None if isinstance(error, (OutOfReachError, ModeError)) else error
        error = error.__cause__
    return None


def mode_diagram() -> str:
    """The modes and their transitions as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {Mode.DISCONNECTED.value}"]
    for transition in TRANSITIONS:
        guard = f" [{transition['conditions']}]" if "conditions" in transition else ""
        lines += [
            f"    {source.value} --> {transition['dest'].value}: {transition['trigger']}{guard}"
            for source in _sources(transition)
        ]
    return "\n".join(lines)


def _sources(transition: dict[str, Any]) -> list[Mode]:
    source = transition["source"]
    return source if isinstance(source, list) else [source]
