"""The RAPID task that runs motion programs, on a thread of its own."""

from __future__ import annotations

import enum
import struct
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import DEG
from pregrasp.hardware import timing
from pregrasp.hardware.errors import MotionError
from pregrasp.hardware.kinematics import Joints
from pregrasp.hardware.virtual_controller.egm import guide
from pregrasp.hardware.virtual_controller.event_log import WARNING
from pregrasp.hardware.virtual_controller.mechanics import CONTROL_STEP, Mechanics
from pregrasp.hardware.virtual_controller.motion_planner import MotionPlanner, RefusedMotionError
from pregrasp.hardware.virtual_controller.program_file import (
    VERSION,
    Command,
    EgmJoint,
    Nothing,
    ProgramFile,
    ProgramFileError,
    Wait,
    read_program,
)

if TYPE_CHECKING:
    from pregrasp.hardware.virtual_controller.controller import VirtualController

PROGRAM = "motion_program.bin"
"""Name of the file that is run, on the RAM disk."""
LOG_HEADER = "timestamp,cmdnum,J1,J2,J3,J4,J5,J6"
"""Columns of a joint log: [s], number, [deg]."""
RAMDISK = "$RAMDISK"
"""What the RAM disk is called in paths."""


class Halt(enum.Enum):
    """Why a motion ended before its goal."""

    PROGRAM_STOP = "program stop"
    EMERGENCY_STOP = "emergency stop"
    GUARD_STOP = "guard stop"
    MOTORS_OFF = "motors off"
    MODE_CHANGE = "mode change"
    COLLISION = "collision"
    RESTART = "restart"


class MotionToken(CancelToken):
    """Looked at in every control step: the place where faults strike in mid-motion."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = look

    @property
    def cancelled(self) -> bool:
        """Whether the motion shall end; lets faults that are due happen first."""
        self._look()
        return super().cancelled


class Interpreter:
    """Runs one motion program at a time.

    Args:
        controller: Whose program it is.
        arm: What is moved.
        egm: Where EGM packets are sent.
    """

    def __init__(self, controller: VirtualController, arm: Mechanics, egm: tuple[str, int]) -> None:
        self._controller = controller
        self._arm = arm
        self._egm = egm
        self._lock = threading.Lock()
        self._running = False
        self._thread: threading.Thread | None = None
        self._token: MotionToken = MotionToken(lambda: None)
        self._halted: tuple[Halt, float] | None = None
        self._log = _JointLog(controller)
        self._began = 0.0
        self.started = 0
        """How many programs have been started."""
        self.on_step: Callable[[], None] = lambda: None
        """Called in every control step of a motion."""
        self.refuse: RefusedMotionError | None = None
        """What the next motion ends with, if anything."""
        self.egm_loss: Callable[[], bool] = lambda: False
        """Whether the next EGM packet gets lost."""

    @property
    def running(self) -> bool:
        """Whether a program runs."""
        return self._running

    @property
    def elapsed(self) -> float:
        """How long the program runs already, by the controller's clock [s]."""
        return self._controller.clock.now() - self._began

    def start(self) -> None:
        """Run the program that lies on the RAM disk; returns at once."""
        self.join(5.0)
        self._token = MotionToken(self._step)
        self._halted = None
        self._began = self._controller.clock.now()
        self._running = True
        self.started += 1
        self._thread = threading.Thread(target=self._run, name="T_ROB1", daemon=True)
        self._thread.start()

    def halt(self, why: Halt) -> None:
        """End the motion; returns at once."""
        with self._lock:
            if self._running and self._halted is None:
                self._halted = (why, self._controller.clock.now())
                CancelToken.cancel(self._token)

    def join(self, timeout: float) -> None:
        """Wait for the program to end, at most ``timeout`` seconds of the wall."""
        if self._thread is not None:
            self._thread.join(timeout)

    # --- on the task's thread ----------------------------------------------------------
    def _run(self) -> None:
        controller = self._controller
        controller.signals.set("motion_program_executing", 1.0)
        self._log = log = _JointLog(controller)
        number = 0
        try:
            program = self._load(log)
            planner = MotionPlanner(program)
            for number, command in program.commands:
                controller.signals.set("motion_program_current_cmd_num", float(number))
                controller.signals.set("motion_program_queued_cmd_num", float(number))
                log.number = number
                self._execute(program, planner, command)
        except RefusedMotionError as error:
            controller.log.write(error.code, error.detail)
            self._report(number, error.code, error.title, error.detail)
        except MotionError as error:
            self._halted = (Halt.COLLISION, controller.clock.now())
            self._collided(number, str(error))
        except ProgramFileError as error:
            controller.log.write(40322, str(error))
            self._report(number, 40322, "Load error", str(error))
        except CancelledError:
            self._halted_on_the_way(number)
        finally:
            log.close()
            controller.signals.set("motion_program_executing", 0.0)
            with self._lock:
                self._running = False
            controller.tell("ctrlexecstate", "stopped")

    def _step(self) -> None:
        """Done in every control step of a motion."""
        self._log.note(self.elapsed, self._arm.joints())
        self.on_step()

    def _load(self, log: _JointLog) -> ProgramFile:
        content = self._controller.files.get(f"{RAMDISK}/{PROGRAM}")
        if content is None:
            raise ProgramFileError(f"there is no file {PROGRAM}")
        program = read_program(content)
        if self._controller.signals.get("motion_program_log_motion").value:
            log.open(program.timestamp)
        return program

    def _execute(self, program: ProgramFile, planner: MotionPlanner, command: Command) -> None:
        match command:
            case Nothing():
                return
            case Wait():
                here = self._arm.joints()
                self._arm.follow(timing.Stretch((here, here), command.time), self._token)
            case EgmJoint():
                guide(
                    self._controller,
                    self._arm,
                    self._token,
                    to=self._egm,
                    deviation=program.egm_deviation or 0.0,
                    converged_for=command.converged_for,
                    lost=self.egm_loss,
                )
            case _:
                refused, self.refuse = self.refuse, None
                if refused is not None:
                    raise refused
                ratio = max(0.01, self._controller.speed_ratio)
                stretch = planner.plan(command, self._arm.joints(), ratio)
                if stretch.duration < CONTROL_STEP:
                    stretch = timing.Stretch(stretch.points, CONTROL_STEP)
                self._arm.follow(stretch, self._token)

    # --- what went wrong ---------------------------------------------------------------
    def _halted_on_the_way(self, number: int) -> None:
        why, asked = self._halted or (Halt.PROGRAM_STOP, self._controller.clock.now())
        self._controller.stood_still(why, asked)
        if why is Halt.COLLISION:
            self._collided(number, "rob1")
        else:
            self._controller.log.write(10125, self._controller.TASK)

    def _collided(self, number: int, detail: str) -> None:
        self._controller.log.write(50204, detail)
        self._report(number, 50204, "Motion supervision", detail)

    def _report(self, number: int, code: int, title: str, detail: str) -> None:
        """What the error reporter, another RAPID task, writes about a failure."""
        self._controller.log.write(10020)
        self._controller.log.write(
            80002,
            "Motion Program Failed",
            f"Motion Program Failed at command number {number}",
            f"with error code {code}",
            f"error title '{title}'",
            f"error string '{detail}'",
            severity=WARNING,
        )


class _JointLog:
    """The file of joint angles that the logger task writes."""

    def __init__(self, controller: VirtualController) -> None:
        self._controller = controller
        self._name: str | None = None
        self._content = bytearray()
        self.number = 0
        """Of the command that is being executed."""

    def open(self, timestamp: str) -> None:
        self._name = f"log-{timestamp}.bin"
        self._content += struct.pack("<2f", VERSION, len(timestamp)) + timestamp.encode("ascii")
        self._content += struct.pack("<f", len(LOG_HEADER)) + LOG_HEADER.encode("ascii")
        self._controller.log.write(
            80003,
            "Motion Program Log File Opened",
            f"Motion Program Log File Opened with filename: {self._name}",
        )

    def note(self, time: float, joints: Joints) -> None:
        if self._name is not None:
            degrees = (angle / DEG for angle in joints)
            self._content += struct.pack("<8f", time, self.number, *degrees)

    def close(self) -> None:
        if self._name is not None:
            self._controller.files[f"{RAMDISK}/{self._name}"] = bytes(self._content)
            self._controller.log.write(
                80003, "Motion Program Log File Closed", "Motion Program Log File Closed"
            )
