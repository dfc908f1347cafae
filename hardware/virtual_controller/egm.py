"""Externally guided motion: joint angles out and joint targets in, by UDP, at 250 Hz."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import DEG
from pregrasp.hardware import irb120
from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.kinematics import Joints
from pregrasp.hardware.virtual_controller.mechanics import CONTROL_STEP, Mechanics
from pregrasp.hardware.virtual_controller.motion_planner import RefusedMotionError

if TYPE_CHECKING:
    from pregrasp.hardware.virtual_controller.controller import VirtualController

COMMUNICATION_TIMEOUT = 1.0
"""Without a message for so long the program ends [s]."""
FOLLOWING = 20.0
"""Share of the distance to the target that is made up in a second [1/s], ABB's default gain."""
CONVERGED = 0.05 * DEG
"""Joints this close to their targets have arrived [rad]."""


def guide(
    controller: VirtualController,
    arm: Mechanics,
    token: CancelToken,
    *,
    to: tuple[str, int],
    deviation: float,
    converged_for: float,
    lost: Callable[[], bool],
) -> None:
    """Follow the targets of a computer until they have been reached for a while.

    Args:
        controller: For its clock and its signals.
        arm: What is moved.
        token: Ends it.
        to: Where the computer listens: address and port.
        deviation: Furthest a target may be from the joint [rad].
        converged_for: How long targets must have been reached [s].
        lost: Whether the next packet, either way, gets lost.

    Raises:
        CancelledError: The token was cancelled.
        RefusedMotionError: No message came in time.
        DeviceUnavailableError: The package with the message format is not installed.
    """
    messages = _messages()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("0.0.0.0" if to[0] != "127.0.0.1" else to[0], 0))  # noqa: S104
        link.setblocking(False)
        target: Joints | None = None
        heard = reached = controller.clock.now()
        number = 0
        while controller.signals.get("motion_program_stop_egm").value < 0.5:
            if token.cancelled:
                raise CancelledError("halted while guided")
            here = arm.joints()
            number += 1
            if not lost():
                link.sendto(_feedback(messages, number, controller.clock.now(), here), to)
            answer = _newest(link, messages)
            now = controller.clock.now()
            if answer is not None and not lost():
                target, heard = _limited(answer, here, deviation), now
            elif now - heard > COMMUNICATION_TIMEOUT:
                raise RefusedMotionError(41688, "UdpUc communication timeout", f"{to[0]}:{to[1]}")
            goal = here if target is None else target
            arm.servo(_towards(here, goal))
            if target is None or max(map(abs, _minus(goal, here))) > CONVERGED:
                reached = now
            elif now - reached >= converged_for:
                return


def _towards(here: Joints, goal: Joints) -> Joints:
    """One control step from here: a first-order lag, within the joints' speeds."""
    share = min(1.0, FOLLOWING * CONTROL_STEP)
    steps = [
        max(-fastest * CONTROL_STEP, min(fastest * CONTROL_STEP, share * way))
        for way, fastest in zip(_minus(goal, here), irb120.MAX_SPEEDS, strict=True)
    ]
    q = [
        min(high, max(low, angle + step))
        for angle, step, low, high in zip(
            here, steps, irb120.LOWER_LIMITS, irb120.UPPER_LIMITS, strict=True
        )
    ]
    return q[0], q[1], q[2], q[3], q[4], q[5]


def _limited(target: Joints, here: Joints, deviation: float) -> Joints:
    """A target no further away than the program allows."""
    if deviation <= 0.0:
        return target
    q = [
        angle + max(-deviation, min(deviation, way))
        for angle, way in zip(here, _minus(target, here), strict=True)
    ]
    return q[0], q[1], q[2], q[3], q[4], q[5]


def _minus(a: Joints, b: Joints) -> list[float]:
    return [x - y for x, y in zip(a, b, strict=True)]


def _feedback(messages: object, number: int, time: float, joints: Joints) -> bytes:
    message = messages.EgmRobot()  # type: ignore[attr-defined]
    message.header.seqno = number
    message.header.tm = int(1e3 * time) & 0xFFFFFFFF
    message.header.mtype = 2
    degrees = [angle / DEG for angle in joints]
    message.feedBack.joints.joints.extend(degrees)
    message.planned.joints.joints.extend(degrees)
    message.motorState.state = 1
    message.mciState.state = 3
    message.mciConvergenceMet = False
    message.rapidExecState.state = 2
    return bytes(message.SerializeToString())


def _newest(link: socket.socket, messages: object) -> Joints | None:
    """The joint target of the newest packet that is waiting [rad], if one is."""
    newest: Joints | None = None
    while True:
        try:
            packet, _ = link.recvfrom(65536)
        except (BlockingIOError, ConnectionRefusedError):
            return newest
        message = messages.EgmSensor()  # type: ignore[attr-defined]
        message.ParseFromString(packet)
        joints = list(message.planned.joints.joints)
        if len(joints) == 6:
            q = [angle * DEG for angle in joints]
            newest = (q[0], q[1], q[2], q[3], q[4], q[5])


def _messages() -> object:
    try:
        from abb_robot_client._egm_protobuf import egm_pb2
    except ModuleNotFoundError as error:
        raise DeviceUnavailableError(
            "virtual controller",
            "the package abb-robot-client, which has EGM's message format, is not installed.",
            "Install it: pip install 'pregrasp[abb]'",
        ) from error
    messages: object = egm_pb2
    return messages
