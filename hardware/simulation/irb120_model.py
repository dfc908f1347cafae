"""The arm as MuJoCo bodies, made from the numbers in `pregrasp.hardware.irb120`.

Every link's frame stands at its joint and is parallel to the base with all joints at zero.
The links are drawn but touch nothing: the cell is laid out so that only the gripper comes
near anything, and a move that would go through the table is out of its limits of reach.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mujoco

from pregrasp.hardware import irb120

JOINTS = tuple(f"joint_{number}" for number in range(1, 7))
"""Names of the joints; their motors are called the same."""
TOOL = "tool"
"""Name of the body in the tool centre point, z up."""
TOOL_LENGTH = 0.15
"""From the flange to the tool centre point [m]."""

ORANGE = (0.93, 0.36, 0.10, 1.0)
WHITE = (0.86, 0.87, 0.86, 1.0)
DARK = (0.13, 0.14, 0.15, 1.0)
STEEL = (0.62, 0.64, 0.66, 1.0)

_HALF = math.sqrt(0.5)
_ALONG_X = (_HALF, 0.0, _HALF, 0.0)
_ALONG_Y = (_HALF, _HALF, 0.0, 0.0)
_TOOL_IN_WRIST = (_HALF, 0.0, -_HALF, 0.0)

_ARMATURES = (3.0, 3.0, 3.0, 0.6, 0.6, 0.3)
"""Rotor inertia seen through the gears [kg m^2]."""
_TORQUES = (400.0, 400.0, 400.0, 80.0, 80.0, 40.0)
"""Largest motor torques [N m]; with room for the rotors at full acceleration."""
_BANDWIDTH = 260.0
"""Of every joint's position control, critically damped [rad/s]."""
_INERTIAS = (2.0, 1.5, 0.8, 0.05, 0.08, 0.01)
"""Rough inertia of what each joint carries, for the gains [kg m^2]."""


def add_arm(spec: mujoco.MjSpec) -> Any:
    """Put the arm on the world's origin.

    Args:
        spec: The model under construction.

    Returns:
        The body `TOOL`, to which gripper and camera are fixed.
    """
    foot = spec.worldbody.add_body(name="foot", gravcomp=1.0)
    _inertia(foot, irb120.LINK_MASSES[0], (0.0, 0.0, 0.08), 0.09, 0.16)
    _box(foot, (0.0, 0.0, 0.012), (0.105, 0.09, 0.012), DARK)
    _cylinder(foot, (0.0, 0.0, 0.092), 0.082, 0.070, ORANGE)
    _box(foot, (-0.085, 0.0, 0.062), (0.045, 0.055, 0.045), ORANGE)
    _box(foot, (-0.132, 0.0, 0.062), (0.003, 0.045, 0.036), DARK)

    link = _link(foot, 1, (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.22), 0.08, 0.2)
    _cylinder(link, (0.0, 0.0, 0.172), 0.079, 0.010, DARK)
    _cylinder(link, (0.0, 0.0, 0.215), 0.077, 0.035, ORANGE)
    _cylinder(link, (0.0, 0.0, 0.290), 0.072, 0.058, ORANGE, _ALONG_Y)
    _cylinder(link, (0.0, 0.0, 0.290), 0.056, 0.062, DARK, _ALONG_Y)

    link = _link(
        link, 2, (0.0, 0.0, irb120.BASE_HEIGHT), (0.0, 1.0, 0.0), (0.0, 0.0, 0.12), 0.06, 0.3
    )
    for side in (-0.068, 0.068):
        _cylinder(link, (0.0, side, 0.0), 0.058, 0.0075, ORANGE, _ALONG_Y)
        _box(link, (0.0, side, 0.12), (0.040, 0.006, 0.12), ORANGE)
    _box(link, (0.0, 0.0, 0.135), (0.040, 0.062, 0.075), ORANGE)
    _cylinder(link, (0.0, 0.0, irb120.UPPER_ARM), 0.048, 0.076, ORANGE, _ALONG_Y)
    _cylinder(link, (0.0, 0.0, irb120.UPPER_ARM), 0.036, 0.079, DARK, _ALONG_Y)

    link = _link(
        link, 3, (0.0, 0.0, irb120.UPPER_ARM), (0.0, 1.0, 0.0), (0.03, 0.0, 0.05), 0.06, 0.15
    )
    _box(link, (0.0, 0.0, 0.050), (0.056, 0.060, 0.058), ORANGE)
    _cylinder(link, (0.062, 0.0, irb120.ELBOW_OFFSET), 0.052, 0.012, DARK, _ALONG_X)
    _box(link, (-0.070, 0.0, 0.062), (0.018, 0.044, 0.040), ORANGE)

    link = _link(
        link, 4, (0.0, 0.0, irb120.ELBOW_OFFSET), (1.0, 0.0, 0.0), (0.17, 0.0, 0.0), 0.04, 0.2
    )
    _cylinder(link, (0.138, 0.0, 0.0), 0.049, 0.066, ORANGE, _ALONG_X)
    for side in (-0.038, 0.038):
        _box(link, (0.245, side, 0.0), (0.055, 0.009, 0.036), ORANGE)
        _cylinder(link, (irb120.FOREARM, side, 0.0), 0.037, 0.0105, ORANGE, _ALONG_Y)
        _cylinder(link, (irb120.FOREARM, 1.08 * side, 0.0), 0.026, 0.0105, DARK, _ALONG_Y)

    link = _link(link, 5, (irb120.FOREARM, 0.0, 0.0), (0.0, 1.0, 0.0), (0.01, 0.0, 0.0), 0.03, 0.06)
    _cylinder(link, (0.0, 0.0, 0.0), 0.033, 0.027, WHITE, _ALONG_Y)
    _cylinder(link, (0.030, 0.0, 0.0), 0.031, 0.026, WHITE, _ALONG_X)

    link = _link(link, 6, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.064, 0.0, 0.0), 0.03, 0.02)
    _cylinder(link, (irb120.FLANGE - 0.008, 0.0, 0.0), 0.0315, 0.008, STEEL, _ALONG_X)

    for number in range(6):
        _add_motor(spec, number)
    return link.add_body(
        name=TOOL,
        pos=(irb120.FLANGE + TOOL_LENGTH, 0.0, 0.0),
        quat=_TOOL_IN_WRIST,
        gravcomp=1.0,
    )


def command_lead(joint: int) -> float:
    """How far ahead of a moving joint its command must be to be followed without lag [s].

    A position servo's damping pulls against every motion; adding this time times the wanted
    speed to the wanted angle cancels it.
    """
    stiffness, damping = _gains(joint)
    return damping / stiffness


def _gains(joint: int) -> tuple[float, float]:
    """Stiffness [N m/rad] and damping [N m s/rad] for the wanted bandwidth."""
    inertia = _ARMATURES[joint] + _INERTIAS[joint]
    return inertia * _BANDWIDTH**2, 2.0 * inertia * _BANDWIDTH


def _add_motor(spec: mujoco.MjSpec, joint: int) -> None:
    stiffness, damping = _gains(joint)
    spec.add_actuator(
        name=JOINTS[joint],
        target=JOINTS[joint],
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        gainprm=[stiffness, *[0.0] * 9],
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        biasprm=[0.0, -stiffness, -damping, *[0.0] * 7],
        forcelimited=True,
        forcerange=(-_TORQUES[joint], _TORQUES[joint]),
    )


def _link(
    parent: Any,
    number: int,
    position: Sequence[float],
    axis: Sequence[float],
    centre: Sequence[float],
    radius: float,
    height: float,
) -> Any:
    """A body that joint ``number`` turns; its inertia is that of a cylinder."""
    body = parent.add_body(name=f"link_{number}", pos=position, gravcomp=1.0)
    body.add_joint(
        name=JOINTS[number - 1],
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=axis,
        range=(irb120.LOWER_LIMITS[number - 1], irb120.UPPER_LIMITS[number - 1]),
        limited=True,
        armature=_ARMATURES[number - 1],
    )
    _inertia(body, irb120.LINK_MASSES[number], centre, radius, height)
    return body


def _inertia(body: Any, mass: float, centre: Sequence[float], radius: float, height: float) -> None:
    across = mass * (3.0 * radius**2 + height**2) / 12.0
    body.explicitinertial = True
    body.mass = mass
    body.ipos = centre
    body.inertia = (across, across, max(0.5 * mass * radius**2, 1e-6))


def _box(
    body: Any, position: Sequence[float], half: Sequence[float], colour: Sequence[float]
) -> None:
    _visual(body, mujoco.mjtGeom.mjGEOM_BOX, position, half, colour, (1.0, 0.0, 0.0, 0.0))


def _cylinder(
    body: Any,
    position: Sequence[float],
    radius: float,
    half: float,
    colour: Sequence[float],
    quaternion: Sequence[float] = (1.0, 0.0, 0.0, 0.0),
) -> None:
    size = (radius, half, 0.0)
    _visual(body, mujoco.mjtGeom.mjGEOM_CYLINDER, position, size, colour, quaternion)


def _visual(
    body: Any,
    shape: Any,
    position: Sequence[float],
    size: Sequence[float],
    colour: Sequence[float],
    quaternion: Sequence[float],
) -> None:
    """Something to see that touches nothing and weighs nothing."""
    body.add_geom(
        type=shape,
        pos=position,
        size=size,
        quat=quaternion,
        rgba=colour,
        contype=0,
        conaffinity=0,
        group=2,
        mass=0.0,
    )
