"""Way points of the taught, fixed motion between pregrasp and grasp.

Down, the tool first moves above the grasp pose and then straight down, so that the fingers
never sweep across the part; up, it takes the same way back.
"""

from __future__ import annotations

from pregrasp.frames import MotionCommand, Pose


def way_down(start: Pose, motion: Pose) -> list[Pose]:
    """From a pregrasp pose to the grasp.

    Args:
        start: ``T_base_pregrasp``.
        motion: ``T_pregrasp_grasp``.

    Returns:
        ``T_base_tool`` above the grasp pose, and of the grasp pose.
    """
    grasp = start @ motion
    return _without_repeats(start, [grasp.at_height(start.z), grasp])


def way_up(start: Pose, motion: Pose) -> list[Pose]:
    """From a grasp back to where its approach began.

    Args:
        start: ``T_base_grasp``.
        motion: ``T_pregrasp_grasp``, the motion of the *approach*.

    Returns:
        ``T_base_tool`` straight above the grasp pose, and of the pregrasp pose.
    """
    pregrasp = start @ motion.inverse()
    return _without_repeats(start, [start.at_height(pregrasp.z), pregrasp])


def _without_repeats(start: Pose, goals: list[Pose]) -> list[Pose]:
    """Leave out legs of no length; real controllers stop at them, or complain."""
    kept: list[Pose] = []
    for goal in goals:
        leg = (kept[-1] if kept else start).inverse() @ goal
        if leg.planar != MotionCommand() or leg.z != 0.0:
            kept.append(goal)
    return kept or goals[-1:]
