"""Jogging: where a step leads, apart from any keyboard and any page."""

from __future__ import annotations

from pregrasp.frames import DEG, MM, MotionCommand, Pose

STEPS = (0.1 * MM, 1 * MM, 10 * MM, 50 * MM)
"""Sizes of a step [m]; angles turn by one degree for every millimetre, at most `MAX_TURN`."""

MAX_TURN = 15 * DEG
"""Largest turn of one step [rad]."""

DIRECTIONS = {
    "x-": (-1, 0, 0, 0),
    "x+": (1, 0, 0, 0),
    "y-": (0, -1, 0, 0),
    "y+": (0, 1, 0, 0),
    "z-": (0, 0, -1, 0),
    "z+": (0, 0, 1, 0),
    "theta-": (0, 0, 0, -1),
    "theta+": (0, 0, 0, 1),
}
"""Of a step, in the tool frame: x, y, z and theta."""


def jog_goal(T_base_tool: Pose, direction: str, step: float) -> Pose:
    """Where a step leads.

    Args:
        T_base_tool: Where the tool is.
        direction: A key of `DIRECTIONS`.
        step: Its size [m].

    Example:
        >>> print(jog_goal(Pose(0.4, 0.0, 0.2, 90 * DEG), "x+", 10 * MM))
        (400.000 mm, 10.000 mm, 200.000 mm, 90.000 deg)
    """
    x, y, z, theta = DIRECTIONS[direction]
    turn = min(step / MM * DEG, MAX_TURN)
    return T_base_tool @ Pose.from_motion(MotionCommand(x * step, y * step, theta * turn), z * step)


def next_step(step: float, *, larger: bool) -> float:
    """The next size of a step [m]; the last one stays.

    Example:
        >>> next_step(1 * MM, larger=True) / MM
        10.0
    """
    index = STEPS.index(step) + (1 if larger else -1)
    return STEPS[min(max(index, 0), len(STEPS) - 1)]
