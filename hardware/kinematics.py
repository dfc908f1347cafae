"""Forward and inverse kinematics of the IRB 120, in closed form.

The arm has a spherical wrist: the axes of joints 4, 5 and 6 meet in the wrist centre, so
the first three joints alone decide where that is and the last three only turn the hand
(Pieper 1968). A pose has up to eight branches: the shoulder forwards or backwards, the elbow
up or down, the wrist flipped or not. `inverse` gives those within the joint limits,
`nearest` the one that asks for the least motion.

Angles are plain tuples and the arithmetic is scalar: numpy's overhead on arrays of three
numbers would be most of the cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pregrasp.frames import Pose
from pregrasp.hardware import irb120

Joints = tuple[float, float, float, float, float, float]
"""Angles of the six joints [rad]."""

Matrix = npt.NDArray[np.float64]
"""A homogeneous transform, float64 (4, 4) [m]."""

_FOREARM_LENGTH = math.hypot(irb120.FOREARM, irb120.ELBOW_OFFSET)
_FOREARM_ANGLE = math.atan2(irb120.FOREARM, irb120.ELBOW_OFFSET)
"""Of the line from joint 3 to the wrist centre, from the vertical, with joints at zero."""
_REACH_SLACK = 1e-9
"""Rounding allowed at the fully stretched arm, as a cosine."""
_SINGULAR = 1e-7
"""Below this sine (or distance in metres) an axis has no direction of its own."""
_LIMIT_SLACK = 1e-9
"""Rounding allowed at a joint limit [rad]."""
_LOWEST = tuple(limit - _LIMIT_SLACK for limit in irb120.LOWER_LIMITS)
_HIGHEST = tuple(limit + _LIMIT_SLACK for limit in irb120.UPPER_LIMITS)
_WEIGHTS = tuple(speed**-2 for speed in irb120.MAX_SPEEDS)
"""Of squared angles in a distance [s^2/rad^2]."""
_FULL_TURN = 2.0 * math.pi


def forward(joints: Sequence[float]) -> Matrix:
    """``T_base_flange`` of a configuration; z points out of the flange.

    Args:
        joints: Six angles [rad].

    Returns:
        float64 (4, 4) [m].
    """
    q1, q2, q3, q4, q5, q6 = joints
    c1, s1 = math.cos(q1), math.sin(q1)
    c4, s4 = math.cos(q4), math.sin(q4)
    c5, s5 = math.cos(q5), math.sin(q5)
    c6, s6 = math.cos(q6), math.sin(q6)
    elbow = q2 + q3
    ce, se = math.cos(elbow), math.sin(elbow)
    along = irb120.UPPER_ARM * math.sin(q2) + _FOREARM_LENGTH * math.sin(elbow + _FOREARM_ANGLE)
    up = irb120.UPPER_ARM * math.cos(q2) + _FOREARM_LENGTH * math.cos(elbow + _FOREARM_ANGLE)

    # Columns of Rx(q4) Ry(q5) Rx(q6): the hand in the forearm's frame.
    hand = (
        (c5, s4 * s5, -c4 * s5),
        (s5 * s6, c4 * c6 - s4 * c5 * s6, s4 * c6 + c4 * c5 * s6),
        (s5 * c6, -c4 * s6 - s4 * c5 * c6, -s4 * s6 + c4 * c5 * c6),
    )
    x, y, z = (
        (
            c1 * (ce * a + se * c) - s1 * b,
            s1 * (ce * a + se * c) + c1 * b,
            -se * a + ce * c,
        )
        for a, b, c in hand
    )
    flange = irb120.FLANGE
    # The flange's z axis is the hand's x axis.
    return np.array(
        [
            [-z[0], y[0], x[0], c1 * along + flange * x[0]],
            [-z[1], y[1], x[1], s1 * along + flange * x[1]],
            [-z[2], y[2], x[2], irb120.BASE_HEIGHT + up + flange * x[2]],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def branches(T_base_flange: Matrix, seed: Sequence[float]) -> list[Joints]:
    """Every configuration with this flange pose, joint limits ignored.

    Where two axes line up (the wrist stretched, or the wrist centre above joint 1) a whole
    family has the same pose; its member with the seed's joint 4 (or joint 1) stands for it.

    Args:
        T_base_flange: float64 (4, 4) [m].
        seed: Six angles near which the arm is [rad].

    Returns:
        Up to eight, each angle in [-pi, pi].
    """
    (r00, r01, r02, px), (r10, r11, r12, py), (r20, r21, r22, pz), _ = T_base_flange.tolist()
    wx, wy = px - irb120.FLANGE * r02, py - irb120.FLANGE * r12
    up = pz - irb120.FLANGE * r22 - irb120.BASE_HEIGHT
    radius = math.hypot(wx, wy)
    if radius > _SINGULAR:
        forwards = math.atan2(wy, wx)
        shoulders = ((forwards, radius), (forwards + math.pi, -radius))
    else:
        c1, s1 = math.cos(seed[0]), math.sin(seed[0])
        along = wx * c1 + wy * s1
        shoulders = ((seed[0], along), (seed[0] + math.pi, -along))

    cosine = (radius * radius + up * up - irb120.UPPER_ARM**2 - _FOREARM_LENGTH**2) / (
        2.0 * irb120.UPPER_ARM * _FOREARM_LENGTH
    )
    if abs(cosine) > 1.0 + _REACH_SLACK:
        return []
    bend = math.acos(min(1.0, max(-1.0, cosine)))

    found: list[Joints] = []
    for q1, along in shoulders:
        c1, s1 = math.cos(q1), math.sin(q1)
        # Rows of Rz(-q1) R, the flange in the plane of the arm.
        a02, a12 = c1 * r02 + s1 * r12, -s1 * r02 + c1 * r12
        a01, a11 = c1 * r01 + s1 * r11, -s1 * r01 + c1 * r11
        a00 = c1 * r00 + s1 * r10
        direction = math.atan2(along, up)
        for beta in (bend, -bend):
            q2 = direction - math.atan2(
                _FOREARM_LENGTH * math.sin(beta),
                irb120.UPPER_ARM + _FOREARM_LENGTH * math.cos(beta),
            )
            q3 = beta - _FOREARM_ANGLE
            ce, se = math.cos(q2 + q3), math.sin(q2 + q3)
            # The hand in the forearm's frame, M = Rx(q4) Ry(q5) Rx(q6).
            m00, m10, m20 = ce * a02 - se * r22, a12, se * a02 + ce * r22
            sine = math.hypot(m10, m20)
            if sine < _SINGULAR:
                # Only q4 +- q6 matters: m11, m21 are its cosine and sine.
                q4 = seed[3]
                turn = math.atan2(se * a01 + ce * r21, a11)
                q5, q6 = (0.0, turn - q4) if m00 > 0 else (math.pi, q4 - turn)
                found.append(_wrapped(q1, q2, q3, q4, q5, q6))
                continue
            m01, m02 = ce * a01 - se * r21, -(ce * a00 - se * r20)
            q5 = math.atan2(sine, m00)
            q4, q6 = math.atan2(m10, -m20), math.atan2(m01, m02)
            found.append(_wrapped(q1, q2, q3, q4, q5, q6))
            found.append(_wrapped(q1, q2, q3, q4 + math.pi, -q5, q6 + math.pi))
    return found


def inverse(T_base_flange: Matrix, seed: Sequence[float]) -> list[Joints]:
    """The configurations within the joint limits, nearest to the seed first.

    Joint 6 turns more than once, so each branch is given on the turn nearest to the seed.

    Args:
        T_base_flange: float64 (4, 4) [m].
        seed: Six angles near which the arm is [rad].

    Returns:
        At most eight; empty when the pose is out of reach.
    """
    within = []
    for q1, q2, q3, q4, q5, turned in branches(T_base_flange, seed):
        # The first five joints decide most cases, without a look at the turns of the sixth.
        if not (
            _LOWEST[0] <= q1 <= _HIGHEST[0]
            and _LOWEST[1] <= q2 <= _HIGHEST[1]
            and _LOWEST[2] <= q3 <= _HIGHEST[2]
            and _LOWEST[3] <= q4 <= _HIGHEST[3]
            and _LOWEST[4] <= q5 <= _HIGHEST[4]
        ):
            continue
        q6 = _nearest_turn(turned, seed[5])
        joints = (q1, q2, q3, q4, q5, q6)
        within.append((distance(joints, seed), joints))
    within.sort()
    return [joints for _, joints in within]


def nearest(T_base_flange: Matrix, seed: Sequence[float]) -> Joints | None:
    """The configuration that asks for the least motion from the seed, or None."""
    found = inverse(T_base_flange, seed)
    return found[0] if found else None


def distance(joints: Sequence[float], seed: Sequence[float]) -> float:
    """How much motion two configurations are apart: the sum of squared times [s^2]."""
    a1, a2, a3, a4, a5, a6 = joints
    b1, b2, b3, b4, b5, b6 = seed
    w1, w2, w3, w4, w5, w6 = _WEIGHTS
    return (
        w1 * (a1 - b1) * (a1 - b1)
        + w2 * (a2 - b2) * (a2 - b2)
        + w3 * (a3 - b3) * (a3 - b3)
        + w4 * (a4 - b4) * (a4 - b4)
        + w5 * (a5 - b5) * (a5 - b5)
        + w6 * (a6 - b6) * (a6 - b6)
    )


def exceeded(joints: Sequence[float]) -> int | None:
    """Number (from 1) of the first joint that is outside its range, or None."""
    for number, (angle, low, high) in enumerate(
        zip(joints, _LOWEST, _HIGHEST, strict=True), start=1
    ):
        if not low <= angle <= high:
            return number
    return None


def flange_of(T_base_tool: Pose, tool_length: float) -> Matrix:
    """``T_base_flange`` of a vertical tool; the tool's z points up, the flange's down.

    The tool is mounted so that its x and y axes are the base's with the arm in `irb120.HOME`:
    it is the flange turned by half a turn about y.

    Args:
        T_base_tool: The tool.
        tool_length: From the flange to the tool centre point [m].
    """
    c, s = math.cos(T_base_tool.theta), math.sin(T_base_tool.theta)
    return np.array(
        [
            [-c, -s, 0.0, T_base_tool.x],
            [-s, c, 0.0, T_base_tool.y],
            [0.0, 0.0, -1.0, T_base_tool.z + tool_length],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def tool_of(T_base_flange: Matrix, tool_length: float) -> Pose:
    """``T_base_tool`` of a flange that points down; what is left of its tilt is dropped."""
    out = T_base_flange[:3, 2]
    x, y, z = (T_base_flange[:3, 3] + tool_length * out).tolist()
    return Pose(x, y, z, math.atan2(-float(T_base_flange[1, 0]), -float(T_base_flange[0, 0])))


def _nearest_turn(angle: float, seed: float) -> float:
    """The turn of joint 6 nearest to the seed that its range allows.

    The range is more than two turns wide, so one always is.
    """
    turned = angle + _FULL_TURN * round((seed - angle) / _FULL_TURN)
    if turned > _HIGHEST[5]:
        return turned - _FULL_TURN
    if turned < _LOWEST[5]:
        return turned + _FULL_TURN
    return turned


def _wrapped(q1: float, q2: float, q3: float, q4: float, q5: float, q6: float) -> Joints:
    wrap = math.remainder
    return (
        wrap(q1, _FULL_TURN),
        wrap(q2, _FULL_TURN),
        wrap(q3, _FULL_TURN),
        wrap(q4, _FULL_TURN),
        wrap(q5, _FULL_TURN),
        wrap(q6, _FULL_TURN),
    )
