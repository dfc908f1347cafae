"""The state of a virtual IRC5: what it allows, what it refuses, and what ends a motion.

Everything a person can do to a controller is a method here: turn the key, press the
emergency stop, open a guard, take mastership, restart it. The web services and the tests
both use them.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from dataclasses import dataclass

from pregrasp.hardware.capabilities import Clock
from pregrasp.hardware.kinematics import Joints
from pregrasp.hardware.virtual_controller.event_log import EventLog
from pregrasp.hardware.virtual_controller.interpreter import Halt, Interpreter
from pregrasp.hardware.virtual_controller.mechanics import GripperMechanics, Mechanics
from pregrasp.hardware.virtual_controller.signals import (
    INTERPRETER,
    GripperWiring,
    Signal,
    Signals,
)

OPTIONS = (
    "RobotWare Base",
    "English",
    "616-1 PC Interface",
    "623-1 Multitasking",
    "689-1 Externally Guided Motion (EGM)",
    "709-1 DeviceNet Master/Slave",
    "Drive System IRB 120/140/260/360/910SC/1200/1400/1520/1600/1660ID",
    "IRB 120-3/0.6",
)
"""RobotWare options of the virtual system."""

EPOCH = datetime.datetime(2026, 1, 1, 6, 0, 0)
"""Calendar time at second zero of the controller's clock."""

Change = Callable[[str, str], None]
"""Called with what changed and its new value: ``ctrlstate``, ``opmode``, ``ctrlexecstate``, a
variable as ``RAPID/T_ROB1/name``, or ``stop`` when a stop was asked for."""


class NotAllowedError(Exception):
    """The controller is in the wrong state for a request."""


class MastershipHeldError(Exception):
    """Somebody else is in charge."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """One time the arm was halted."""

    why: Halt
    asked: float
    """When, by the controller's clock [s]."""
    still: float
    """When it stood still [s]."""


class VirtualController:
    """An IRC5 with an IRB 120, RobotWare 6 and the motion program interpreter.

    Args:
        arm: What its programs move.
        gripper: What its outputs move, if anything.
        clock: The controller's time: of its log, its limits and its sessions.
        egm: Where EGM packets are sent: address and UDP port.
        signals: More signals than those of the interpreter and the gripper.
    """

    SYSTEM, ROBOTWARE, TASK = "virtual_irb120", "6.16.01.00", "T_ROB1"

    def __init__(
        self,
        arm: Mechanics,
        gripper: GripperMechanics | None = None,
        *,
        clock: Clock,
        egm: tuple[str, int] = ("127.0.0.1", 6510),
        signals: dict[str, Signal] | None = None,
    ) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.log = EventLog(self.calendar)
        wired = GripperWiring.SIGNALS if gripper is not None else {}
        self.signals = Signals({**INTERPRETER, **wired, **(signals or {})})
        self.wiring = None if gripper is None else GripperWiring(self.signals, gripper)
        self.files: dict[str, bytes] = {}
        self.variables: dict[str, str] = {}
        self.modules = ["motion_program_exec", "motion_program_exec_egm", "motion_program_logger"]
        self.listeners: list[Change] = []
        self.speed_ratio = 1.0
        self.foreign_program = False
        """Whether somebody else's program runs."""
        self.master: str | None = None
        """Who else holds mastership of RAPID; None: nobody."""
        self._arm = arm
        self._mode, self._state = "AUTO", "motoron"
        self._interpreter = Interpreter(self, arm, egm)
        self.standstills: list[Standstill] = []
        """Every halt of a motion, oldest first."""
        self.log.write(10017)
        self.log.write(10011)

    # --- looking -----------------------------------------------------------------------
    def calendar(self) -> datetime.datetime:
        """The date and time of its log."""
        return EPOCH + datetime.timedelta(seconds=self.clock.now())

    @property
    def mode(self) -> str:
        """AUTO, MANR or MANF."""
        return self._mode

    @property
    def state(self) -> str:
        """motoron, motoroff, guardstop, emergencystop, emergencystopreset or init."""
        return self._state

    @property
    def execution(self) -> str:
        """Whether a program runs: running or stopped."""
        return "running" if self._interpreter.running or self.foreign_program else "stopped"

    def joints(self) -> Joints:
        """The joint angles as the encoders report them [rad]."""
        return self._arm.joints()

    @property
    def interpreter(self) -> Interpreter:
        """What runs motion programs."""
        return self._interpreter

    # --- what programs ask for ---------------------------------------------------------
    def start(self) -> None:
        """Run the motion program that was loaded.

        Raises:
            MastershipHeldError: Somebody else is in charge.
            NotAllowedError: Wrong mode, motors off, or something runs already.
        """
        with self.lock:
            self.require_mastership()
            ready = self._mode == "AUTO" and self._state == "motoron"
            if not ready or self.execution == "running":
                raise NotAllowedError("start")
            self.log.write(10151, self.TASK)
            self._interpreter.start()
        self.tell("ctrlexecstate", "running")

    def stop(self) -> None:
        """Stop the program that runs, if one does."""
        self.foreign_program = False
        self.halt(Halt.PROGRAM_STOP)
        self.tell("stop", "asked")

    def reset_pointer(self) -> None:
        """Put the program pointer to main.

        Raises:
            MastershipHeldError: Somebody else is in charge.
            NotAllowedError: Something runs.
        """
        with self.lock:
            self.require_mastership()
            if self.execution == "running":
                raise NotAllowedError("resetpp")
            self.log.write(10002, self.TASK)

    def require_mastership(self) -> None:
        """Make sure that nobody else is in charge.

        Raises:
            MastershipHeldError: Somebody is.
        """
        if self.master is not None:
            raise MastershipHeldError(self.master)

    # --- what people do ----------------------------------------------------------------
    def press_emergency_stop(self) -> None:
        """Press the emergency stop."""
        self._change_state("emergencystop", 10013, Halt.EMERGENCY_STOP)

    def open_guard(self) -> None:
        """Open a guard."""
        self._change_state("guardstop", 10012, Halt.GUARD_STOP)

    def motors_off(self) -> None:
        """Switch the motors off."""
        self._change_state("motoroff", 10010, Halt.MOTORS_OFF)

    def clear(self) -> None:
        """Release the stops, close the guards, turn to automatic, switch the motors on."""
        with self.lock:
            self.master = None
            self.foreign_program = False
        if self._mode != "AUTO":
            self.set_mode("AUTO")
        if self._state != "motoron":
            self._change_state("motoron", 10011, None)

    def set_state(self, state: str) -> None:
        """Switch the motors on or off from outside.

        Raises:
            NotAllowedError: Not while a stop is pressed, or in this mode.
        """
        if state == "motoron":
            if self._mode != "AUTO" or self._state not in ("motoroff", "motoron"):
                raise NotAllowedError(state)
            self._change_state("motoron", 10011, None)
        elif state == "motoroff":
            self.motors_off()
        else:
            raise NotAllowedError(state)

    def set_mode(self, mode: str) -> None:
        """Turn the key; from automatic to manual stops the program and the motors."""
        with self.lock:
            self._mode = mode
        self.log.write(10017 if mode == "AUTO" else 10015)
        self.tell("opmode", mode)
        if mode != "AUTO":
            self._change_state("motoroff", 10010, Halt.MODE_CHANGE)

    def take_mastership(self, who: str) -> None:
        """Let somebody else be in charge of RAPID."""
        with self.lock:
            self.master = who

    def collide(self) -> None:
        """Let motion supervision feel something."""
        self.halt(Halt.COLLISION)

    def restart(self) -> None:
        """Restart: programs end, memory of the RAM disk is lost, the motors are off."""
        self.halt(Halt.RESTART)
        with self.lock:
            self.files.clear()
            self.master = None
            self.foreign_program = False
            self._state = "motoroff"
        self.log.write(10205)
        self.tell("ctrlstate", "motoroff")

    # --- halting -----------------------------------------------------------------------
    def halt(self, why: Halt) -> None:
        """Bring the arm to rest, if a program moves it."""
        self._interpreter.halt(why)

    def stood_still(self, why: Halt, asked: float) -> None:
        """Note that a motion was halted; called by the interpreter."""
        self.standstills.append(Standstill(why, asked, self.clock.now()))

    def tell(self, what: str, value: str) -> None:
        """Tell the listeners of a change."""
        for listener in tuple(self.listeners):
            listener(what, value)

    def close(self, timeout: float = 5.0) -> None:
        """End what runs, and wait for it."""
        self._interpreter.halt(Halt.RESTART)
        self._interpreter.join(timeout)
        if self.wiring is not None:
            self.wiring.settle(timeout)

    def _change_state(self, state: str, code: int, why: Halt | None) -> None:
        with self.lock:
            self._state = state
        self.log.write(code)
        self.tell("ctrlstate", state)
        if why is not None:
            self.halt(why)
