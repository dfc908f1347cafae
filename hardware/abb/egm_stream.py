"""Streaming joint targets with EGM, with a watchdog and limits of its own.

EGM has no path planner, and with the usual settings no watchdog: a controller that hears
nothing keeps its last reference. So this side watches: without a packet for 50 ms it sends
nothing more, and stops the program over the web services. Every target is held within a
speed and within a distance from where the joints are.

Example::

    with EgmStream(controller) as stream:
        while not stream.arrived(goal):
            stream.lead(goal)
"""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from abb_motion_program_exec import EGMJointTargetConfig, MotionProgram, egm_minmax
from abb_robot_client.egm import EGM

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import DEG
from pregrasp.hardware.abb.controller import AbbController
from pregrasp.hardware.abb.geometry import from_degrees, to_degrees
from pregrasp.hardware.errors import (
    ConnectionLostError,
    DeviceUnavailableError,
    HardwareError,
    MotionError,
)
from pregrasp.hardware.kinematics import Joints, exceeded

RATE = 250.0
"""Packets a second from the controller [1/s]."""
_FIRST_PACKET = 5.0
"""Longest wait for the controller's first packet [s of the wall]."""
_CONVERGENCE = 0.5
"""Joints this close to their target have arrived, for the controller [deg]."""
_ENDLESS = 1e5
"""Time after which the controller would end the stream by itself [s]."""


class EgmStream:
    """Leads the joints while the context lasts; the arm stands when it is left.

    Args:
        controller: A session with an ``egm`` section in its configuration.
        token: Cancelling it ends the stream.

    Raises:
        DeviceUnavailableError: The configuration has no such section, the UDP port is
            taken, or the controller sends nothing.
    """

    def __init__(self, controller: AbbController, token: CancelToken | None = None) -> None:
        egm = controller.configuration.egm
        if egm is None:
            raise DeviceUnavailableError(
                controller.name,
                "its configuration has no section 'egm'.",
                "Add one, with the port of the controller's UdpUc device.",
            )
        self.name = controller.name
        self._egm = egm
        self._controller = controller
        self._token = token or CancelToken()
        self._ending = CancelToken()
        self._lock = threading.Lock()
        self._goal: Joints | None = None
        self._joints: Joints | None = None
        self._error: HardwareError | None = None
        self._silent = False
        self._heard = threading.Event()
        self.packets = 0
        """How many have come."""
        self._link = self._listen_at(egm.port)
        self._program = threading.Thread(target=self._run_program, name="egm program", daemon=True)
        self._listener = threading.Thread(target=self._listen, name="egm", daemon=True)
        self._program.start()
        self._listener.start()
        if not self._heard.wait(_FIRST_PACKET) or self._error is not None:
            failed = self._error
            self.close()
            raise failed or ConnectionLostError(
                self.name,
                f"no EGM packet came to UDP port {egm.port} in {_FIRST_PACKET:g} s.",
                "Check option 689-1, and the address and port of the controller's UdpUc device.",
            )

    def _listen_at(self, port: int) -> EGM:
        try:
            # The package leaves its socket open when the port is taken.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind(("", port))
            return EGM(port)
        except OSError as error:
            raise DeviceUnavailableError(
                self.name,
                f"cannot listen for EGM at UDP port {port}: {error.strerror}.",
                "Another program uses it; end that, or choose another port here and in the "
                "controller's UdpUc device.",
            ) from error

    # --- for whoever leads -------------------------------------------------------------
    def joints(self) -> Joints:
        """Where the joints are, as the newest packet says [rad].

        Raises:
            HardwareError: What ended the stream.
        """
        self._raise_if_over()
        with self._lock:
            joints = self._joints
        if joints is None:
            raise ConnectionLostError(self.name, "no EGM packet has come yet.")
        return joints

    def lead(self, goal: Sequence[float]) -> None:
        """Let the joints go towards a configuration; returns at once.

        The way there is a straight line in joint space at no more than the configured
        speed, whatever is asked for here, and however often.

        Args:
            goal: Six angles [rad].

        Raises:
            MotionError: A joint would leave its range.
            HardwareError: What ended the stream.
        """
        self._raise_if_over()
        a, b, c, d, e, f = (float(angle) for angle in goal)
        joints: Joints = (a, b, c, d, e, f)
        number = exceeded(joints)
        if number is not None or not all(map(math.isfinite, joints)):
            raise MotionError(
                self.name,
                f"was asked to lead joint {number or '?'} out of its range.",
                "Ask for something within it.",
            )
        with self._lock:
            self._goal = joints

    def arrived(self, goal: Sequence[float], within: float = 0.05 * DEG) -> bool:
        """Whether the joints are where they should be.

        Raises:
            HardwareError: What ended the stream.
        """
        return max(abs(a - b) for a, b in zip(self.joints(), goal, strict=True)) <= within

    def close(self) -> None:
        """End the stream; the arm stands where it is. Calling it again changes nothing."""
        self._ending.cancel()
        self._program.join()
        self._listener.join()
        if self._link.socket is not None:
            self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- on threads of its own ---------------------------------------------------------
    def _run_program(self) -> None:
        """The motion program that listens to us; cancelling it is what stops the arm."""
        either = CancelToken()
        forget = [token.on_cancel(either.cancel) for token in (self._token, self._ending)]
        try:
            self._controller.run(_program(self._egm.deviation), either, expected=_ENDLESS)
            self._fail(MotionError(self.name, "the controller ended the stream by itself."))
        except CancelledError:
            if self._silent:
                self._fail(self._why_silent())
            elif self._token.cancelled:
                self._fail(MotionError(self.name, "was stopped while it was led."))
        except HardwareError as error:
            self._fail(error)
        finally:
            for end in forget:
                end()
            # Who waits for the first packet need not wait any longer.
            self._heard.set()

    def _listen(self) -> None:
        reference: list[float] | None = None
        step = self._egm.speed / RATE
        while not self._ending.cancelled:
            came, state = self._link.receive_from_robot(timeout=self._egm.watchdog)
            if not came:
                if self.packets:
                    self._silent = True
                    self._ending.cancel()
                continue
            here = from_degrees(state.joint_angles.tolist())
            self.packets += 1
            with self._lock:
                self._joints, goal = here, self._goal
            if reference is None:
                reference = list(here)
            self._heard.set()
            if goal is not None:
                reference = _towards(reference, goal, here, step, self._egm.deviation)
            self._link.send_to_robot(to_degrees(reference))

    def _why_silent(self) -> HardwareError:
        """An emergency stop ends the packets as well as a broken cable."""
        try:
            self._controller.require_ready()
        except HardwareError as cause:
            return cause
        return ConnectionLostError(
            self.name,
            f"no EGM packet came for {1e3 * self._egm.watchdog:.0f} ms, so the arm was stopped.",
            "Check the cable, and what else the network and this computer do.",
        )

    def _fail(self, error: HardwareError) -> None:
        with self._lock:
            self._error = self._error or error

    def _raise_if_over(self) -> None:
        with self._lock:
            error = self._error
        if error is not None:
            raise error


def _towards(
    reference: Sequence[float],
    goal: Sequence[float],
    here: Sequence[float],
    step: float,
    deviation: float,
) -> list[float]:
    """One step of the reference towards the goal, all joints in proportion.

    Args:
        reference: Where it was [rad].
        goal: Where it shall be [rad].
        here: Where the joints are [rad].
        step: Longest change of a joint [rad].
        deviation: Furthest from where the joints are [rad].
    """
    way = [a - b for a, b in zip(goal, reference, strict=True)]
    longest = max(map(abs, way))
    share = 1.0 if longest <= step else step / longest
    return [
        min(at + deviation, max(at - deviation, old + share * part))
        for old, part, at in zip(reference, way, here, strict=True)
    ]


def _program(deviation: float) -> MotionProgram:
    """Follow joint targets until somebody stops it."""
    convergence = egm_minmax(-_CONVERGENCE, _CONVERGENCE)
    config = EGMJointTargetConfig(*[convergence] * 6, 1.5 * deviation / DEG, 1000.0)
    program = MotionProgram(egm_config=config)
    program.EGMRunJoint(_ENDLESS, 0.05, 0.05)
    return program
