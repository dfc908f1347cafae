"""Do the captures belong together? Looked at before hours are spent on them.

The image map says where every point of the taught part must be in every capture. A capture in
which it is not there shows another object; one in which all of it is turned or larger was
taken by a camera that was mounted otherwise; and where all of it turns darker from one
capture to the next, somebody touched the light.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pregrasp.frames import DEG, MM
from pregrasp.perception.dataset import IMAGES, CaptureRecord
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.training.alignment import Alignment, Tracker

LOOKS = 45
"""Captures that are looked at, evenly over the data set."""

LEAST_SPREAD = 0.3
"""Least standard deviation of the poses, per axis [mm, deg]."""

MOST_RESIDUAL = 2.5
"""Points are this far from where the labels put them, at the median, if these fit [px]."""

FOUND = 0.12
"""A capture shows the part if so much of what should be in view is found."""

FEWEST_POINTS = 15
"""With fewer points of the part in view nothing is said about a capture."""

STRANGERS = 0.2
"""Share of captures that may be without the part: a hand was in the picture, say."""

MOST_TURN = 1.0 * DEG
MOST_STRETCH = 0.01
"""A camera that was not touched shows the part neither turned nor scaled by this."""

STEP = 1.25
"""Light that changes by this factor, and stays so, was switched."""

SIDE = 4
"""Captures before and after a change of the light, at least."""


@dataclass(frozen=True)
class _Look:
    """What one capture says."""

    record: CaptureRecord
    found: float
    """Share of the part's points in view that were found."""
    turn: float
    """How far the part is turned against where it should be [rad]."""
    stretch: float
    """How much larger it is than it should be, 0 for not at all."""
    gain: float
    """Brightness of the part against the taught picture."""


def check_poses(records: Sequence[CaptureRecord]) -> None:
    """Captures must have been taken from different poses.

    Raises:
        TrainingError: They were not.
    """
    motions = [record.label for record in records]
    spread = {
        "x": np.std([m.x for m in motions]) / MM,
        "y": np.std([m.y for m in motions]) / MM,
        "theta": np.std([m.theta for m in motions]) / DEG,
    }
    for axis, value in spread.items():
        if value < LEAST_SPREAD:
            unit = "deg" if axis == "theta" else "mm"
            raise TrainingError(
                f"all captures were taken at one {axis} (they spread by {value:.2f} {unit}, "
                f"expected at least {LEAST_SPREAD} {unit}): they do not show how the picture "
                "moves with the arm. Collect again over the whole workspace, and check that "
                "the arm moves."
            )


def check_pictures(
    records: Sequence[CaptureRecord],
    read: Callable[[CaptureRecord], Image],
    alignment: Alignment,
    mask: Image,
) -> None:
    """Captures must show one part, through one camera, in one light.

    Args:
        records: The captures.
        read: Gives the picture of a capture.
        alignment: Of these captures.
        mask: Where the part is in the taught picture, uint8, 255 inside.

    Raises:
        TrainingError: They do not; the message names a picture.
    """
    if alignment.residual > MOST_RESIDUAL:
        raise TrainingError(
            f"the labels put the part {alignment.residual:.1f} px beside where the pictures show "
            f"it, at the median, expected at most {MOST_RESIDUAL} px: scale and angle of the "
            "camera change between captures. Was it touched or mounted otherwise during the "
            "collection? Fix it and collect again."
        )
    tracker = Tracker(alignment.taught, mask)
    chosen = np.linspace(0, len(records) - 1, min(LOOKS, len(records))).round().astype(int)
    looks = [
        look
        for index in chosen
        if (look := _look(records[index], read, alignment, tracker)) is not None
    ]
    _check_parts(looks)
    _check_camera(looks)
    _check_light(looks)


def _look(
    record: CaptureRecord,
    read: Callable[[CaptureRecord], Image],
    alignment: Alignment,
    tracker: Tracker,
) -> _Look | None:
    """What one capture says; None where too little of the part should be in view."""
    expected = alignment.image_map.seen_at(alignment.label(record), tracker.points)
    image = read(record)
    height, width = image.shape
    margin = 30
    wanted = np.all((expected > margin) & (expected < (width - margin, height - margin)), axis=1)
    if wanted.sum() < FEWEST_POINTS:
        return None
    seen, good = tracker.track(image, expected)
    good &= wanted
    found = float(good.sum() / wanted.sum())
    turn, stretch, gain = 0.0, 0.0, 1.0
    if good.sum() >= FEWEST_POINTS // 2:
        warp, _ = cv2.estimateAffinePartial2D(expected[good], seen[good])
        if warp is not None:
            turn = float(np.arctan2(warp[1, 0], warp[0, 0]))
            stretch = float(np.hypot(warp[0, 0], warp[1, 0]) - 1.0)
        ratio = _levels(image, seen[good]) / np.maximum(
            _levels(alignment.taught, tracker.points[good]), 1.0
        )
        gain = float(np.median(ratio))
    return _Look(record, found, turn, stretch, gain)


def _levels(
    image: Image, points: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Brightness round some points (N, 2) [px]."""
    smooth = cv2.blur(image, (25, 25))
    columns, rows = points.round().astype(int).T
    return np.asarray(smooth[rows, columns], np.float64)


def _check_parts(looks: Sequence[_Look]) -> None:
    strangers = [look for look in looks if look.found < FOUND]
    if len(strangers) > max(1.0, STRANGERS * len(looks)):
        raise TrainingError(
            f"{_name(strangers[0])} and {len(strangers) - 1} more of {len(looks)} pictures do not "
            "show the part of the taught picture where their labels put it. Are there captures "
            "of two objects in this data set, or was the camera mounted otherwise in between? "
            "Delete it and collect again."
        )


def _check_camera(looks: Sequence[_Look]) -> None:
    turned = [
        look
        for look in looks
        if look.found >= FOUND and (abs(look.turn) > MOST_TURN or abs(look.stretch) > MOST_STRETCH)
    ]
    if len(turned) > max(1.0, STRANGERS * len(looks)):
        look = turned[0]
        raise TrainingError(
            f"{_name(look)} and {len(turned) - 1} more of {len(looks)} pictures show the part "
            f"turned by {abs(look.turn) / DEG:.1f} deg and {look.stretch:+.1%} in size against "
            "what their labels say: the labels are of another camera mounting. Fix the camera "
            "and collect again."
        )


def _check_light(looks: Sequence[_Look]) -> None:
    """A lasting step of the brightness while the part lay still."""
    for group in sorted({look.record.group for look in looks}):
        members = [k for k in looks if k.record.group == group and k.found >= FOUND]
        gains = np.log(np.maximum([look.gain for look in members], 1e-3))
        for cut in range(SIDE, len(gains) - SIDE + 1):
            before, after = gains[:cut], gains[cut:]
            step = float(np.median(after) - np.median(before))
            # A step, not a drift or a scatter: both sides agree with themselves.
            scatter = max(float(np.ptp(side)) for side in (before, after))
            if abs(step) > np.log(STEP) and scatter < 0.5 * abs(step):
                raise TrainingError(
                    f"the light changes by a factor of {np.exp(step):.2f} at about "
                    f"{_name(members[cut])}, in the middle of a placement. Keep the light as it "
                    "is in production and collect again."
                )


def _name(look: _Look) -> str:
    return f"{IMAGES}/{look.record.index:06d}.png"
