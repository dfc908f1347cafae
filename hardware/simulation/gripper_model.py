"""A parallel gripper with jaws made for one part, as MuJoCo bodies.

Seen from above, with the part between the open jaws; x is the tool's x axis::

        ┌────            ────┐   lips, beside the part's long sides
        │  ┌──────────────┐  │
        │  │     part     │  │   plates, across the part's ends
        │  └──────────────┘  │
        └────            ────┘
        -> closes    closes <-

Open, there is `CLEARANCE` between part and jaws on every side. A tool that comes down with a
larger error than that lands with a jaw on the part: it is contact that makes such a grasp
fail, nothing else.
"""

from __future__ import annotations

from typing import Any

import mujoco

from pregrasp.frames import MM
from pregrasp.hardware.simulation.irb120_model import DARK, STEEL, TOOL_LENGTH
from pregrasp.hardware.simulation.specification import Part

CLEARANCE = 1 * MM
"""Between each side of the part and the open jaws [m]."""
OVERTRAVEL = 3 * MM
"""How far each jaw can go beyond the place of the part's end, when there is no part [m]."""
FORCE = 30.0
"""With which each jaw presses [N]."""
FINGERS = ("finger_front", "finger_back")
"""Bodies, and their joints, of the jaws at the tool's +x and -x side."""
MOTOR = "fingers"
"""Name of the one motor that moves both jaws."""
GRIP_TIME = 0.001
"""Time constant of the jaws' contacts [s].

MuJoCo leaves the centripetal part out of a contact's acceleration, so that whatever an arm
swings round creeps through its fingers at that acceleration times this time. Two physics
steps is the shortest that is stable; at 4 ms a part moved by 0.9 mm on its way to another
place, at 1 ms by less than 0.2 mm."""
CAMERA_MOUNT = "camera_mount"
"""Body to which the camera is fixed: the tool's frame, moved aside for wide parts."""

_JAW_HEIGHT = 12 * MM
_PLATE = 4 * MM
_LIP = 2 * MM
_FINGER_MASS = 0.12
_STIFFNESS = 60_000.0
_DAMPING = 500.0
_CAMERA_CLEARS = 30 * MM
"""Half the width of the widest part whose jaws stay out of the picture without moving the
camera aside [m]."""


def add_gripper(spec: mujoco.MjSpec, tool: Any, part: Part) -> None:
    """Put gripper, jaws and camera mount on the arm.

    Args:
        spec: The model under construction.
        tool: The body in the tool centre point.
        part: What the jaws are made for.
    """
    palm_half = part.length / 2 + 22 * MM
    tool.explicitinertial = True
    tool.mass = 0.6
    tool.ipos = (0.0, 0.0, 0.115)
    tool.inertia = (1e-3, 1e-3, 1e-3)
    _visual(tool, (0.0, 0.0, 0.110), (min(palm_half, 0.05), 0.030, 0.022), DARK)
    _visual(tool, (0.0, 0.0, 0.083), (palm_half, 0.014, 0.006), STEEL)
    tool.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        pos=(0.0, 0.0, (0.132 + TOOL_LENGTH) / 2),
        size=(0.030, (TOOL_LENGTH - 0.132) / 2, 0.0),
        rgba=STEEL,
        contype=0,
        conaffinity=0,
        group=2,
        mass=0.0,
    )
    for name, side in zip(FINGERS, (1.0, -1.0), strict=True):
        _add_finger(tool, name, side, part)
    _couple_fingers(spec)

    aside = max(0.0, part.width / 2 - _CAMERA_CLEARS)
    mount = tool.add_body(name=CAMERA_MOUNT, pos=(0.0, -aside, 0.0), gravcomp=1.0)
    _visual(mount, (0.003, -0.055, 0.088), (0.015, 0.015, 0.022), DARK)
    _visual(tool, (0.003, -0.038 - aside / 2, 0.112), (0.012, 0.016 + aside / 2, 0.003), STEEL)


def opening_at(part: Part, closed_by: float) -> float:
    """Distance between the plates [m] when each jaw has closed by so much [m]."""
    return part.length + 2.0 * (CLEARANCE - closed_by)


def _add_finger(tool: Any, name: str, side: float, part: Part) -> None:
    """One jaw; its joint is zero when open and positive towards the part."""
    face = part.length / 2 + CLEARANCE
    finger = tool.add_body(name=name, pos=(side * face, 0.0, 0.0), gravcomp=1.0)
    finger.explicitinertial = True
    finger.mass = _FINGER_MASS
    finger.ipos = (0.0, 0.0, 0.03)
    finger.inertia = (1e-4, 1e-4, 1e-4)
    finger.add_joint(
        name=name,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=(-side, 0.0, 0.0),
        range=(0.0, CLEARANCE + OVERTRAVEL),
        limited=True,
        damping=_DAMPING,
        armature=0.3,
        solref_limit=(0.004, 1.0),
    )
    half_width = part.width / 2 + CLEARANCE + _LIP
    lip_length = min(12 * MM, part.length / 5)
    lip_centre = part.width / 2 + CLEARANCE + _LIP / 2
    _solid(
        finger,
        (side * _PLATE / 2, 0.0, _JAW_HEIGHT / 2),
        (_PLATE / 2, half_width, _JAW_HEIGHT / 2),
    )
    for lip_side in (-1.0, 1.0):
        _solid(
            finger,
            (-side * lip_length / 2, lip_side * lip_centre, _JAW_HEIGHT / 2),
            (lip_length / 2, _LIP / 2, _JAW_HEIGHT / 2),
        )
    _visual(finger, (side * 7 * MM, 0.0, 0.044), (5 * MM, 9 * MM, 0.034), STEEL)
    _visual(finger, (side * 4 * MM, 0.0, 0.006), (4 * MM, 9 * MM, 0.006), STEEL)


def _couple_fingers(spec: mujoco.MjSpec) -> None:
    """A rack and pinion: one motor, and both jaws at the same distance from the middle."""
    front, back = FINGERS
    tendon = spec.add_tendon(name=MOTOR)
    tendon.wrap_joint(front, 1.0)
    tendon.wrap_joint(back, 1.0)
    spec.add_equality(
        name="pinion",
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=front,
        name2=back,
        data=[0.0, 1.0, *[0.0] * 10],
        solref=(0.003, 1.0),
        solimp=(0.99, 0.999, 0.0001, 0.5, 2.0),
    )
    spec.add_actuator(
        name=MOTOR,
        target=MOTOR,
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        gainprm=[_STIFFNESS, *[0.0] * 9],
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        biasprm=[0.0, -_STIFFNESS, *[0.0] * 8],
        forcelimited=True,
        forcerange=(-FORCE, FORCE),
    )


def _solid(body: Any, position: tuple[float, ...], half: tuple[float, ...]) -> None:
    """A box of a jaw that touches things."""
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=position,
        size=half,
        rgba=STEEL,
        group=2,
        mass=0.0,
        condim=4,
        friction=(0.9, 0.01, 0.0001),
        priority=1,
        solref=(GRIP_TIME, 1.0),
        solimp=(0.95, 0.99, 0.0005, 0.5, 2.0),
    )


def _visual(
    body: Any, position: tuple[float, ...], half: tuple[float, ...], colour: tuple[float, ...]
) -> None:
    """A box that touches nothing."""
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=position,
        size=half,
        rgba=colour,
        contype=0,
        conaffinity=0,
        group=2,
        mass=0.0,
    )
