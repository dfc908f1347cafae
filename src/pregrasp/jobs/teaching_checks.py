"""Whether a pose that a person shows can be taught: checked before anything is written.

Each check says what it found and what to do, in words for somebody who teaches the first
time. The limits for pictures were set on the simulated cell: a usual picture passes with a
margin, and one that is out of focus, far too dark or bright, or without a part does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Arm, Image, JointSpace
from pregrasp.hardware.errors import HardwareError
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.hardware.kinematics import forward
from pregrasp.jobs.teach import check_reach
from pregrasp.perception.sampling import Workspace

MOST_TILT = 0.5 * DEG
"""A tool further from the vertical than this does not go straight down [rad]."""

LEAST_HEIGHT, MOST_HEIGHT = 20 * MM, 400 * MM
"""Of the pregrasp pose above the grasp pose [m]."""

MOST_CLIPPED = 0.05
"""Share of a picture that may be fully white."""

DARKEST, BRIGHTEST = 25.0, 225.0
"""Mean grey level of a picture that is exposed well enough."""

LEAST_SHARPNESS = 0.32
"""Finest detail of a picture against the detail four times as coarse."""

LEAST_CORNERS = 25
"""Corners that a part with some texture shows at least."""

MIDDLE = 0.35
"""How far from the picture's middle the part may be, as a share of its size."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    good: bool
    found: str
    """What was measured."""
    remedy: str = ""
    """What to do, unless it is good."""
    serious: bool = True
    """Whether the pose must not be taught like this."""


def check_pregrasp(
    cell: GuardedCell, pose: Pose, image: Image, workspace: Workspace
) -> Iterator[Check]:
    """Look at a pregrasp pose.

    Args:
        cell: The cell, with the arm in the pose.
        pose: ``T_base_pregrasp``.
        image: uint8 (height, width), taken in the pose.
        workspace: Where servos will begin.
    """
    yield vertical(cell.inner.arm)
    try:
        check_reach(cell.arm, pose, pose, workspace)
        yield Check("reach", True, "the whole workspace")
    except HardwareError as error:
        yield Check("reach", False, error.found, error.remedy)
    yield exposed(image)
    yield sharp(image)
    yield in_view(image)


def check_grasp(cell: GuardedCell, pregrasp: Pose, grasp: Pose) -> Iterator[Check]:
    """Look at a grasp pose.

    Args:
        cell: The cell, with the arm in the grasp pose.
        pregrasp: ``T_base_pregrasp``.
        grasp: ``T_base_grasp``.
    """
    yield vertical(cell.inner.arm)
    yield from check_approach(cell, pregrasp, grasp)


def check_approach(cell: GuardedCell, pregrasp: Pose, grasp: Pose) -> Iterator[Check]:
    """Look at the way from one pose to the other, wherever the arm is.

    Args:
        cell: The cell.
        pregrasp: ``T_base_pregrasp``.
        grasp: ``T_base_grasp``.
    """
    height = pregrasp.z - grasp.z
    yield Check(
        "height",
        LEAST_HEIGHT <= height <= MOST_HEIGHT,
        f"the pregrasp pose is {height / MM:.0f} mm above",
        f"It must be {LEAST_HEIGHT / MM:.0f} to {MOST_HEIGHT / MM:.0f} mm above the grasp pose.",
    )
    try:
        cell.arm.check([pregrasp, grasp.at_height(pregrasp.z), grasp])
        yield Check("reach", True, "the whole approach")
    except HardwareError as error:
        yield Check("reach", False, error.found, error.remedy)


def vertical(arm: Arm) -> Check:
    """Whether the tool points straight down, for arms that tell their joints."""
    if not isinstance(arm, JointSpace):
        found = "the arm does not tell its joints"
        return Check("vertical", False, found, "Check it with a level.", serious=False)
    [joints] = arm.configurations([])
    down = -float(forward(joints)[2, 2])
    tilt = math.acos(min(1.0, max(-1.0, down)))
    remedy = "Align the tool with the pendant until it points straight down, then press again."
    return Check("vertical", tilt <= MOST_TILT, f"{tilt / DEG:.2f} deg from the vertical", remedy)


def exposed(image: Image) -> Check:
    """Whether a picture is neither too dark nor too bright."""
    mean, white = float(image.mean()), float((image >= 250).mean())
    good = DARKEST <= mean <= BRIGHTEST and white <= MOST_CLIPPED
    found = f"mean grey {mean:.0f}, {white:.1%} white"
    return Check("exposure", good, found, "Change the light, or exposure_ms in the cell file.")


def sharp(image: Image) -> Check:
    """Whether a picture is in focus: how much of its coarse detail there is at pixel scale."""
    smooth = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), np.float32)
    shrunk = cv2.resize(smooth, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    fine, coarse = _detail(smooth), _detail(np.asarray(shrunk, np.float32))
    ratio = fine / max(coarse, 1e-6)
    remedy = "Turn the lens until the part is sharp at this height, and lock it."
    good = ratio >= LEAST_SHARPNESS
    return Check("sharpness", good, f"{ratio:.2f}", remedy, serious=False)


def in_view(image: Image) -> Check:
    """Whether something with texture is in the picture, near its middle."""
    small = cv2.resize(image, (640, round(640 * image.shape[0] / image.shape[1])))
    calm = cv2.GaussianBlur(small, (0, 0), 1.5)
    found = cv2.goodFeaturesToTrack(calm, 400, 0.08, 6)
    count = 0 if found is None else len(found)
    if found is None or count < LEAST_CORNERS:
        remedy = "Bring the whole part into the picture, or use one with more to see."
        return Check("part in view", False, f"{count} corners", remedy)
    size = np.array([small.shape[1], small.shape[0]])
    away = np.abs(np.median(found.reshape(-1, 2), axis=0) / size - 0.5)
    good = bool((away <= MIDDLE).all())
    remedy = "Move until the part is nearer to the cross in the middle."
    told = f"{count} corners, {100 * float(away.max()):.0f} % of the picture from the middle"
    return Check("part in view", good, told, remedy, serious=False)


def _detail(image: npt.NDArray[np.float32]) -> float:
    """A high percentile of the gradient: that of edges, not of areas or noise."""
    gx, gy = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
    return float(np.percentile(np.hypot(gx, gy), 99.0))
