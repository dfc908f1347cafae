"""An IRC5 controller with RobotWare 6: one session, one motion program at a time.

Built on the released packages ``abb_robot_client`` and ``abb_motion_program_exec`` as they
are; what they lack for unattended work is here: time limits, a pace that the controller
bears, a wait that can be left, a stop that is verified, and errors that say what to do.

Example::

    with AbbController(configuration) as controller:
        AbbArm(controller).move([Pose(0.374, 0.055, 0.2)], CancelToken())
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import requests
from abb_motion_program_exec import MotionProgram, MotionProgramExecClient
from abb_robot_client.rws import RWS, ABBException

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.hardware.abb import questions
from pregrasp.hardware.abb.configuration import AbbConfiguration
from pregrasp.hardware.abb.conversation import Conversation
from pregrasp.hardware.abb.diagnosis import ControllerState, LogEntry, failure, not_ready
from pregrasp.hardware.abb.examination import Examination, examine, recognise
from pregrasp.hardware.capabilities import Clock
from pregrasp.hardware.clock import WallClock
from pregrasp.hardware.errors import (
    BusyError,
    ConnectionLostError,
    DeviceUnavailableError,
    MotionError,
    RefusedError,
)
from pregrasp.hardware.kinematics import Joints

_USUAL = frozenset({10002, 10125, 10151, 80001, 80003})
"""What is written about a program that ends well: pointer, start, stop, its own remarks."""
_STILL = 2e-5
"""Joints that differ by less between two looks stand still [rad]."""
_LOOK_AGAIN = 0.06
"""Between two looks at whether the arm has stopped [s]."""


class AbbController:
    """One session with a controller.

    Args:
        configuration: Where it is and what is mounted on the arm.
        clock: The cell's time; by default the wall's.
        password: Gives the password; by default it comes from the environment variable
            that the configuration names.
        name: Of the robot, as in the cell's description.

    Raises:
        ConnectionLostError: Nobody answers at the address.
        UnsupportedError: It is no RobotWare 6.
        DeviceUnavailableError: The log-in was refused, or no session is free.
    """

    def __init__(
        self,
        configuration: AbbConfiguration,
        *,
        clock: Clock | None = None,
        password: Callable[[], str] | None = None,
        name: str = "arm",
    ) -> None:
        self.configuration = configuration
        self.clock: Clock = clock or WallClock()
        self.name = name
        self._conversation = Conversation(name, configuration, password, self.clock)
        self._busy = threading.Lock()
        self._stops = 0
        self._wakeup = threading.Event()
        try:
            recognise(name, configuration)
            self.state()
            self._switch_off_joint_log()
        except BaseException:
            self.close()
            raise

    # --- looking -----------------------------------------------------------------------
    def state(self) -> ControllerState:
        """What the controller is ready for.

        Raises:
            DeviceUnavailableError: It does not say.
        """
        return self._conversation.ask("read its state", questions.state)

    def examine(self) -> Examination:
        """Everything that a motion program needs, for people who set a cell up.

        Raises:
            DeviceUnavailableError: The controller does not say.
        """
        return self._conversation.ask(
            "describe itself", lambda rws: examine(rws, self.configuration, questions.state(rws))
        )

    def joints(self) -> Joints:
        """The joint angles as the encoders report them [rad].

        Raises:
            DeviceUnavailableError: The controller does not say.
        """
        unit = self.configuration.mechanical_unit
        return self._conversation.ask("read the joints", lambda rws: questions.joints(rws, unit))

    def log(self, since: int = -1) -> list[LogEntry]:
        """What the controller has written into its event log, newest first.

        Args:
            since: Only entries with a higher number.

        Raises:
            DeviceUnavailableError: The controller does not say.
        """
        return self._conversation.ask("read the event log", lambda rws: questions.log(rws, since))

    def require_ready(self) -> None:
        """Make sure that a program could be started now.

        Raises:
            DeviceUnavailableError: It could not; says why and what to do.
        """
        state = self.state()
        reason = not_ready(self.name, state, ())
        if reason is not None:
            raise not_ready(self.name, state, self.log()) or reason
        if state.execution == "running":
            raise self._runs_another()

    # --- signals -----------------------------------------------------------------------
    def digital(self, signal: str) -> bool:
        """The value of a digital signal.

        Raises:
            DeviceUnavailableError: There is no such signal, or no answer.
        """
        return self._conversation.ask(
            f"read the signal {signal!r}", lambda rws: questions.signal(rws, signal)
        )

    def set_digital(self, signal: str, value: bool) -> None:
        """Set a digital signal.

        Raises:
            DeviceUnavailableError: There is no such signal, it may not be set from outside,
                or there is no answer.
        """
        try:
            self._conversation.ask(
                f"set the signal {signal!r}",
                lambda rws: questions.set_signal(rws, signal, value),
            )
        except RefusedError as error:
            # In manual mode nothing may be set from outside, whatever the signal's access.
            state = self.state()
            if state.mode == "AUTO":
                raise
            raise (not_ready(self.name, state, self.log()) or error) from error

    # --- moving ------------------------------------------------------------------------
    def run(self, program: MotionProgram, token: CancelToken, *, expected: float) -> None:
        """Run a motion program to its end.

        Args:
            program: What to do.
            token: Cancelling it stops the arm.
            expected: About how long it takes [s]; four times that, and ten seconds, are
                waited before the arm is stopped.

        Raises:
            CancelledError: The token was cancelled; the arm stands still.
            MotionError: The program failed, or somebody stopped it.
            DeviceUnavailableError: The controller did not start it, or ended it.
        """
        token.raise_if_cancelled()
        if not self._busy.acquire(blocking=False):
            raise BusyError(
                self.name, "is already moving.", "Wait for the first move to end, or stop it."
            )
        forget = token.on_cancel(self._wakeup.set)
        try:
            stops = self._stops
            before = self._start(program)
            if self._stops != stops:
                # Whoever stopped the arm while its program was being started saw it at rest.
                self.stop()
            self._wait(token, stops, self.clock.now() + 10.0 + 4.0 * expected)
            self._judge(before, stops)
        finally:
            forget()
            self._wakeup.clear()
            self._busy.release()

    def stop(self) -> None:
        """Bring the arm to rest, and make sure of it; safe from any thread at any time.

        Raises:
            ConnectionLostError: The controller does not answer: the arm may still move.
            MotionError: It still moves when the time for stopping is over.
        """
        self._stops += 1
        self._wakeup.set()
        rws = self._conversation.urgent
        try:
            self._halt(rws)
        except requests.RequestException as error:
            raise ConnectionLostError(
                self.name,
                f"could not be stopped: no answer from {self.configuration.url} "
                f"({questions.brief(error)}).",
                "The arm may still be moving: press the emergency stop.",
            ) from error

    def close(self) -> None:
        """Log out; calling it again changes nothing."""
        self._conversation.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- one program -------------------------------------------------------------------
    def _start(self, program: MotionProgram) -> int:
        """Start a program; the number of the newest log entry before it."""
        task = self.configuration.task

        def start(rws: RWS) -> int:
            client = MotionProgramExecClient(abb_client=rws)
            return int(client.execute_motion_program(program, task=task, wait=False))

        try:
            return self._conversation.ask("start a motion program", start)
        except ConnectionLostError:
            raise
        except DeviceUnavailableError as error:
            # The package and the controller only say no; the state says why.
            state = self.state()
            reason = not_ready(self.name, state, self.log())
            if reason is not None:
                raise reason from error
            if state.execution == "running":
                raise self._runs_another() from error
            raise

    def _wait(self, token: CancelToken, stops: int, deadline: float) -> None:
        """Until nothing runs any more; leaves early, with the arm at rest, when asked to."""
        while True:
            self.clock.wait(self._wakeup, self.configuration.network.poll)
            if token.cancelled:
                self.stop()
                raise CancelledError(f"{self.name}: cancelled on the way")
            if self._stops != stops:
                return
            try:
                running = (
                    self._conversation.ask("say whether it runs", questions.execution) == "running"
                )
            except DeviceUnavailableError as error:
                self._lost(error)
                raise
            if not running:
                return
            if self.clock.now() >= deadline:
                self.stop()
                raise MotionError(
                    self.name,
                    "did not arrive in four times the time that the way should take.",
                    "Look at the pendant: the speed may be turned down, or the program waits.",
                )

    def _judge(self, before: int, stops: int) -> None:
        """Raise what ended a program, if anything did."""
        if self._stops != stops:
            raise MotionError(self.name, "was stopped on the way.")
        log = self.log(before)
        failed = failure(self.name, log)
        if any(entry.code not in _USUAL for entry in log):
            reason = not_ready(self.name, self.state(), log)
            if reason is not None:
                raise reason
        if failed is not None:
            raise failed

    def _switch_off_joint_log(self) -> None:
        """Nobody reads the joint logs of motion programs, and they fill the RAM disk."""
        with contextlib.suppress(RefusedError):
            # Older versions of the interpreter do not have the signal.
            self.set_digital("motion_program_log_motion", False)

    def _lost(self, error: DeviceUnavailableError) -> None:
        """The arm moves and nobody says where: try the other connection, to stop it."""
        try:
            self.stop()
        except (DeviceUnavailableError, MotionError) as still:
            raise type(error)(
                self.name,
                f"{error.found} It moved, and could not be stopped: it goes on to the end of its "
                "motion program.",
                f"If it must not, press the emergency stop. {error.remedy}",
            ) from still

    def _halt(self, rws: RWS) -> None:
        # Refused where it stands already; whether that is so is looked at next.
        with contextlib.suppress(ABBException):
            rws.stop()
        deadline = self.clock.now() + self.configuration.network.stop_timeout
        before: Joints | None = None
        while True:
            if rws.get_execution_state().ctrlexecstate != "running":
                joints = questions.joints(rws, self.configuration.mechanical_unit)
                if before is not None and _apart(before, joints) < _STILL:
                    return
                before = joints
            if self.clock.now() >= deadline:
                raise MotionError(
                    self.name,
                    "was told to stop and does not stand still.",
                    "Press the emergency stop.",
                )
            self.clock.wait(threading.Event(), _LOOK_AGAIN)

    def _runs_another(self) -> BusyError:
        return BusyError(
            self.name,
            "the controller already runs a program.",
            "Wait for it to end, or stop it on the pendant.",
        )


def _apart(a: Joints, b: Joints) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))
