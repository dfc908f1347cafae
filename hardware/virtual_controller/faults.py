"""Faults on command: what goes wrong, when, and for how long.

A fault strikes at once, or at a moment that is described by what the controller does: the
n-th program from now, so many seconds into it, or when a signal is set. So a test says "an
emergency stop 0.3 s into the second move" and means the same on every machine.
"""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass

from pregrasp.configuration import quantity
from pregrasp.hardware.virtual_controller.controller import VirtualController
from pregrasp.hardware.virtual_controller.motion_planner import RefusedMotionError


class Fault(enum.Enum):
    """What can be made to go wrong."""

    EMERGENCY_STOP = "emergency_stop"
    GUARD_STOP = "guard_stop"
    MOTORS_OFF = "motors_off"
    MANUAL_MODE = "manual_mode"
    MASTERSHIP = "mastership"
    COLLISION = "collision"
    OUT_OF_REACH = "out_of_reach"
    SINGULARITY = "singularity"
    FOREIGN_PROGRAM = "foreign_program"
    RESTART = "restart"
    OVERLOAD = "overload"
    HALF_OPEN = "half_open"
    SLOW = "slow"
    DISCONNECTED = "disconnected"
    SESSIONS_FULL = "sessions_full"
    EGM_LOSS = "egm_loss"
    GRIPPER_JAMMED = "gripper_jammed"

    @property
    def description(self) -> str:
        """One line for people."""
        return _DESCRIPTIONS[self]


_DESCRIPTIONS = {
    Fault.EMERGENCY_STOP: "somebody presses the emergency stop",
    Fault.GUARD_STOP: "somebody opens a guard",
    Fault.MOTORS_OFF: "the motors are switched off",
    Fault.MANUAL_MODE: "somebody turns the key to manual",
    Fault.MASTERSHIP: "RobotStudio takes mastership",
    Fault.COLLISION: "motion supervision feels a collision",
    Fault.OUT_OF_REACH: "the next motion leaves a joint's range",
    Fault.SINGULARITY: "the next motion comes close to a singularity",
    Fault.FOREIGN_PROGRAM: "somebody else's program runs",
    Fault.RESTART: "the controller restarts: no answers, then motors off",
    Fault.OVERLOAD: "every request is answered with 503",
    Fault.HALF_OPEN: "requests are taken and never answered",
    Fault.SLOW: "every answer takes 0.3 s longer",
    Fault.DISCONNECTED: "connections are closed at once",
    Fault.SESSIONS_FULL: "no session is free: who has none gets 503",
    Fault.EGM_LOSS: "EGM packets get lost",
    Fault.GRIPPER_JAMMED: "the gripper does not move, whatever it is told",
}

ON_THE_WIRE = frozenset(
    {
        Fault.OVERLOAD,
        Fault.HALF_OPEN,
        Fault.SLOW,
        Fault.DISCONNECTED,
        Fault.SESSIONS_FULL,
        Fault.RESTART,
        Fault.EGM_LOSS,
    }
)
"""Faults that last until they are cleared, and that the wire feels, not the robot."""

_REFUSALS = {
    Fault.OUT_OF_REACH: RefusedMotionError(50027, "Joint Out of Range", "rob1_2"),
    Fault.SINGULARITY: RefusedMotionError(50026, "Close to singularity", "rob1"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedFault:
    """A fault and its moment; without one it strikes at once."""

    fault: Fault
    """What goes wrong."""
    program: int | None = None
    """During the n-th motion program from now, counted from 1."""
    after: float = quantity("s", default=0.0)
    """So long into that program [s]."""
    signal: str | None = None
    """When this signal is set."""
    lasting: float | None = quantity("s", default=None)
    """Cleared by itself after this time [s]; None: until somebody clears it."""

    def __post_init__(self) -> None:
        """Check that the moment is one."""
        if self.program is not None and self.program < 1:
            raise ValueError(f"program is {self.program}, expected 1 or more")
        if self.program is not None and self.signal is not None:
            raise ValueError("a fault strikes in a program or at a signal, not both")
        if self.after < 0.0 or (self.lasting is not None and self.lasting <= 0.0):
            raise ValueError("after_s must not be negative and lasting_s must be positive")


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultPlan:
    """A file of faults."""

    faults: tuple[PlannedFault, ...]
    """Each with its moment."""


@dataclass(slots=True)
class _Waiting:
    plan: PlannedFault
    program: int
    """Number of the program it waits for, or 0."""


class Faults:
    """Makes things go wrong in one controller.

    Args:
        controller: Where.
    """

    def __init__(self, controller: VirtualController) -> None:
        self._controller = controller
        self._lock = threading.RLock()
        self._waiting: list[_Waiting] = []
        self._lasting: dict[Fault, float | None] = {}
        self._struck: list[tuple[Fault, float]] = []
        controller.interpreter.on_step = self._step
        controller.interpreter.egm_loss = lambda: self.active(Fault.EGM_LOSS)
        # Before the gripper hears of it: a fault may be that it does not.
        controller.signals.listeners.insert(0, self._signalled)

    @property
    def struck(self) -> list[tuple[Fault, float]]:
        """What went wrong so far, and when by the controller's clock [s]."""
        with self._lock:
            return list(self._struck)

    def active(self, fault: Fault) -> bool:
        """Whether a fault on the wire is there now."""
        with self._lock:
            self._expire()
            return fault in self._lasting

    def inject(self, plan: PlannedFault | Fault) -> None:
        """Make something go wrong, now or at its moment."""
        if isinstance(plan, Fault):
            plan = PlannedFault(fault=plan)
        if plan.program is None and plan.signal is None:
            self._strike(plan)
            return
        with self._lock:
            number = (plan.program or 0) and self._controller.interpreter.started + plan.program
            self._waiting.append(_Waiting(plan, number))

    def clear(self) -> None:
        """End every fault and forget what has not struck yet; the motors are on again."""
        with self._lock:
            self._waiting.clear()
            self._lasting.clear()
            self._controller.interpreter.refuse = None
        if self._controller.wiring is not None:
            self._controller.wiring.jammed = False
        self._controller.clear()

    def _strike(self, plan: PlannedFault) -> None:
        now = self._controller.clock.now()
        with self._lock:
            self._struck.append((plan.fault, now))
            if plan.fault in ON_THE_WIRE or plan.lasting is not None:
                ends = None if plan.lasting is None else now + plan.lasting
                self._lasting[plan.fault] = ends
        controller = self._controller
        match plan.fault:
            case Fault.EMERGENCY_STOP:
                controller.press_emergency_stop()
            case Fault.GUARD_STOP:
                controller.open_guard()
            case Fault.MOTORS_OFF:
                controller.motors_off()
            case Fault.MANUAL_MODE:
                controller.set_mode("MANR")
            case Fault.MASTERSHIP:
                controller.take_mastership("RobotStudio")
            case Fault.COLLISION:
                controller.collide()
            case Fault.OUT_OF_REACH | Fault.SINGULARITY:
                controller.interpreter.refuse = _REFUSALS[plan.fault]
            case Fault.FOREIGN_PROGRAM:
                controller.foreign_program = True
            case Fault.RESTART:
                controller.restart()
            case Fault.GRIPPER_JAMMED if controller.wiring is not None:
                controller.wiring.jammed = True
            case _:
                pass

    def _step(self) -> None:
        """Strike what is due in the program that runs."""
        interpreter = self._controller.interpreter
        with self._lock:
            due = [
                waiting
                for waiting in self._waiting
                if waiting.program == interpreter.started
                and interpreter.elapsed >= waiting.plan.after
            ]
            self._waiting = [waiting for waiting in self._waiting if waiting not in due]
        for waiting in due:
            self._strike(waiting.plan)

    def _signalled(self, name: str, value: float) -> None:
        with self._lock:
            due = [w for w in self._waiting if w.plan.signal == name and value > 0.5]
            self._waiting = [waiting for waiting in self._waiting if waiting not in due]
        for waiting in due:
            self._strike(waiting.plan)

    def _expire(self) -> None:
        now = self._controller.clock.now()
        over = [f for f, ends in self._lasting.items() if ends is not None and now >= ends]
        for fault in over:
            del self._lasting[fault]
        if any(fault not in ON_THE_WIRE for fault in over):
            self._controller.clear()
