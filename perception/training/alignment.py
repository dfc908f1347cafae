"""Aligning every capture with the taught picture, before anything is learned.

Three things come out, all from the captures and the arm's own words:

* the taught picture: the average of the anchors, the standard that v = 0 means;
* the `ImageMap`, grown from small motions to large ones, so that even a texture that
  repeats is tracked correctly: each new capture is predicted by the map so far and only the
  small rest is measured;
* where the pregrasp pose of every group really was. An arm that re-places a part is off by
  its absolute error and by slip in the gripper, more than the accuracy aimed at, so the
  labels are re-anchored: the motion between an anchor and the taught picture is measured in
  the picture, not believed.

It is done twice, since the part is found only once the captures lie on each other. The table
is further away than the part's top and what is seen of it moves less: a map of both is off by
tenths of a millimetre far from the goal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import MotionCommand, Pose
from pregrasp.perception.dataset import CaptureRecord
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.features.matching import (
    SHRINK,
    Features,
    find_features,
    ratio_test,
    rooted,
)
from pregrasp.perception.fusion import fit_motion
from pregrasp.perception.image_map import DEGREE, Floats, ImageMap, Observation
from pregrasp.perception.last_inch import Pyramid
from pregrasp.perception.sampling import CaptureKind

POINTS = 300
"""Most points that are tracked."""

WINDOW = (31, 31)
LEVELS = 2
"""Pyramid levels above full resolution: a first guess may be off by some 20 px."""

NEAREST = 6.0
"""Captures up to this far from the pregrasp pose [mm, degrees counted as mm] say where it is ..."""

MOST_NEAR = 48
"""... and so many at most: the arm's scatter is then down to a seventh."""

MOST_TRACKED = 90
"""Most captures that are tracked for the map."""

ROUGHLY = 4
"""Of these captures one in so many will do to find the part."""

LINEAR_RANGE = 3.0
"""Captures nearer than this [mm, degrees counted as mm] start the map."""

ReadImage = Callable[[CaptureRecord], Image]


@dataclass(frozen=True)
class Alignment:
    """What the captures say about the camera, the taught picture and the placements."""

    taught: Image
    """The picture at the pregrasp pose, uint8 (height, width)."""
    image_map: ImageMap
    """How pixels lie on the part's plane."""
    T_base_pregrasp: dict[int, Pose]
    """The re-anchored pregrasp pose of every group."""
    residual: float
    """Median distance between tracked points and the map's prediction [px]."""

    def label(self, record: CaptureRecord) -> MotionCommand:
        """The re-anchored motion command of a capture: ``T_tool_pregrasp``."""
        return (record.T_base_tool.inverse() @ self.T_base_pregrasp[record.group]).planar


def align_roughly(records: Sequence[CaptureRecord], read: ReadImage) -> Alignment:
    """Align a data set well enough to find the part in it: by all that is seen, table included.

    The pregrasp pose of every group is where the arm has it.

    Args:
        records: The captures of one task.
        read: Gives the picture of a capture.

    Raises:
        TrainingError: There are too few captures, or they do not fit together.
    """
    session = _longest_session(records)
    taught = _taught(session, read)
    most = MOST_TRACKED // ROUGHLY
    image_map, residual = _grow_map(Tracker(taught), _outwards(session, most), read)
    believed = {record.group: record.T_base_pregrasp for record in records}
    return Alignment(taught, image_map, believed, residual)


def align(records: Sequence[CaptureRecord], read: ReadImage, part: Image) -> Alignment:
    """Align a data set by the part.

    Args:
        records: The captures of one task.
        read: Gives the picture of a capture.
        part: Where the part is in the taught picture, uint8 (height, width), not zero inside.

    Raises:
        TrainingError: There are too few captures, or they do not fit together.
    """
    session = _longest_session(records)
    taught = _taught(session, read)
    tracker = Tracker(taught, part)
    image_map, residual = _grow_map(tracker, _outwards(session, MOST_TRACKED), read)
    groups = sorted({record.group for record in records})
    seen = {
        group: _re_anchor(
            tracker, image_map, [record for record in records if record.group == group], read
        )
        for group in groups
    }
    # The arm scattered at the few anchors, so the taught picture itself is off by a little. Where
    # it was taught the arm is right on average, and says by how much.
    base, taught_pose = session[0].group, session[0].T_base_pregrasp
    off = (seen[base].inverse() @ taught_pose).planar
    poses = {group: pose @ off for group, pose in seen.items()} | {base: taught_pose}
    return Alignment(taught, image_map, poses, residual)


def _longest_session(records: Sequence[CaptureRecord]) -> list[CaptureRecord]:
    """The captures that all others are measured against."""
    base = _base_group(records)
    session = [record for record in records if record.group == base]
    anchors = sum(record.kind is CaptureKind.ANCHOR for record in session)
    if not anchors or len(session) < 12:
        raise TrainingError(
            f"found {len(session)} captures with {anchors} at the pregrasp pose in the longest "
            "session of the first placement, expected at least 12 with 1. Collect more captures; "
            "if the collection was stopped several times at its beginning, begin it anew in "
            "another folder."
        )
    return session


def _taught(session: Sequence[CaptureRecord], read: ReadImage) -> Image:
    """The picture at the pregrasp pose: the average of the anchors."""
    pictures = [read(record) for record in session if record.kind is CaptureKind.ANCHOR]
    return np.asarray(np.mean(pictures, axis=0).round(), np.uint8)


def _outwards(session: Sequence[CaptureRecord], most: int) -> list[CaptureRecord]:
    """Captures for the map, the nearest to the goal first."""
    others = [record for record in session if record.kind is not CaptureKind.ANCHOR]
    return _thin(sorted(others, key=lambda record: record.label.distance), most)


def _base_group(records: Sequence[CaptureRecord]) -> int:
    """The session that all others are measured against: the largest one where it was taught.

    Where a collection was stopped early, the first session has a few captures only; the part
    lay still when the next one began.
    """
    first = records[0]
    anchors = [
        record.group
        for record in records
        if record.placement == first.placement and record.kind is CaptureKind.ANCHOR
    ]
    sizes = Counter(record.group for record in records if record.group in anchors)
    return max(sizes, key=lambda group: (sizes[group], -group), default=first.group)


def _thin(records: list[CaptureRecord], most: int) -> list[CaptureRecord]:
    """At most so many of the records, evenly over the list."""
    if len(records) <= most:
        return records
    return [records[i] for i in np.linspace(0, len(records) - 1, most).round().astype(int)]


def _grow_map(
    tracker: Tracker, records: list[CaptureRecord], read: ReadImage
) -> tuple[ImageMap, float]:
    """Fit the map from the nearest captures outwards."""
    observations: list[Observation] = []
    image_map: ImageMap | None = None
    for count, record in enumerate(records, start=1):
        motion = record.label
        guess = None
        if image_map is not None:
            guess = image_map.seen_at(motion, tracker.points)
        picture = read(record)
        seen, good = tracker.track(picture, guess)
        if image_map is None and good.sum() < 12:
            # No capture lies near the goal, as in a purely uniform collection.
            guess = tracker.guess(picture)
            if guess is not None:
                seen, good = tracker.track(picture, guess)
        if good.sum() < 12:
            continue
        observations.append(Observation(motion, tracker.points[good], seen[good]))
        near = motion.distance < LINEAR_RANGE
        if (near and count % 4 == 0 and count >= 8) or (not near and count % 6 == 0):
            image_map = _robust_fit(tracker.size, observations, 1 if near else 2)
    if len(observations) < 8:
        raise TrainingError(
            f"only {len(observations)} of {len(records)} captures could be aligned with the "
            "taught picture. Is the part in view, sharp and well lit?"
        )
    image_map = _robust_fit(tracker.size, observations, DEGREE)
    residuals = np.concatenate([_residuals(image_map, seen) for seen in observations])
    return image_map, float(np.median(residuals))


def _robust_fit(size: tuple[int, int], observations: list[Observation], degree: int) -> ImageMap:
    """Fit, drop the points that do not agree, fit again."""
    image_map = ImageMap.fit(size, observations, degree)
    for _ in range(3):
        kept = []
        for seen in observations:
            errors = _residuals(image_map, seen)
            good = errors < max(3.0 * float(np.median(errors)), 0.5)
            kept.append(Observation(seen.motion, seen.taught[good], seen.seen[good]))
        image_map = ImageMap.fit(size, kept, degree)
    return image_map


def _residuals(image_map: ImageMap, seen: Observation) -> Floats:
    predicted = image_map.seen_at(seen.motion, seen.taught)
    distances: Floats = np.linalg.norm(predicted - seen.seen, axis=1)
    return distances


def _re_anchor(
    tracker: Tracker, image_map: ImageMap, records: list[CaptureRecord], read: ReadImage
) -> Pose:
    """Where the taught picture of a group was taken, as its captures near the goal have it."""
    nearest = sorted(records, key=lambda record: record.label.distance)
    anchors = sum(record.kind is CaptureKind.ANCHOR for record in records)
    near = [record for record in nearest if record.label.distance <= NEAREST]
    motions = []
    for record in near[:MOST_NEAR] if len(near) > anchors else nearest[: max(anchors, 8)]:
        motion, picture = record.label, read(record)
        for _ in range(3):
            guess = image_map.seen_at(motion, tracker.points)
            seen, good = tracker.track(picture, guess)
            if good.sum() < 12:
                break
            motion, weights = fit_motion(
                image_map.plane(tracker.points[good]), image_map.plane(seen[good])
            )
        else:
            if weights.mean() > 0.2:
                motions.append((record, motion))
    if not motions:
        raise TrainingError(
            f"the part in placement {records[0].placement} does not look like the one in the "
            "first placement. Are there captures of two objects in this data set?"
        )
    poses = [record.T_base_tool @ motion for record, motion in motions]
    middle = poses[0]
    offsets = np.array(
        [
            (
                (middle.inverse() @ pose).planar.x,
                (middle.inverse() @ pose).planar.y,
                (middle.inverse() @ pose).planar.theta,
            )
            for pose in poses
        ]
    )
    x, y, theta = (float(value) for value in np.median(offsets, axis=0))
    return middle @ MotionCommand(x, y, theta)


class Tracker:
    """Finds points of the taught picture again in another picture.

    Args:
        taught: The taught picture, uint8 (height, width).
        part: Where points may be, uint8 (height, width), not zero inside; None: anywhere.

    Raises:
        TrainingError: There are too few points.
    """

    def __init__(self, taught: Image, part: Image | None = None) -> None:
        self._picture = taught
        self._features: Features | None = None
        self._taught = _flatten(taught)
        self.size = (taught.shape[1], taught.shape[0])
        corners = cv2.goodFeaturesToTrack(
            self._taught, POINTS, qualityLevel=0.01, minDistance=24, mask=part, blockSize=9
        )
        if corners is None or len(corners) < 12:
            raise TrainingError(
                "the part shows too little structure in the taught picture to align the "
                "captures. Is it in view, sharp and well lit?"
            )
        self.points: Floats = corners.reshape(-1, 2).astype(np.float64)

    def guess(self, image: Image) -> Floats | None:
        """Where the points are by the features of the whole view; None if these do not tell."""
        if self._features is None:
            self._features = find_features(Pyramid(self._picture).at(SHRINK))
        found = find_features(Pyramid(image).at(SHRINK))
        taught, seen = ratio_test(rooted(self._features.descriptors), rooted(found.descriptors))
        if len(taught) < 12:
            return None
        warp, inliers = cv2.estimateAffinePartial2D(
            self._features.pixels[taught], found.pixels[seen], ransacReprojThreshold=4.0
        )
        if warp is None or inliers.sum() < 12:
            return None
        return np.asarray(cv2.transform(self.points[:, None, :], warp), np.float64)[:, 0]

    def track(self, image: Image, guess: Floats | None) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Where the points are in a picture.

        Args:
            image: The picture.
            guess: Where they are expected, (N, 2) [px]; None: where they were.

        Returns:
            Their places (N, 2) [px], and which of them were found reliably.
        """
        picture = _flatten(image)
        if guess is None:
            back: Floats = np.eye(2, 3)
        else:
            # Undo the expected motion first: tracking follows shifts, not rotations.
            estimated, _ = cv2.estimateAffine2D(guess, self.points, method=cv2.RANSAC)
            if estimated is None:
                return self.points, np.zeros(len(self.points), bool)
            back = np.asarray(estimated, np.float64)
            picture = np.asarray(cv2.warpAffine(picture, back, self.size), np.uint8)
        start = self.points.astype(np.float32).reshape(-1, 1, 2)
        there, found = _flow(self._taught, picture, start)
        again, found_again = _flow(picture, self._taught, there)
        closed = np.linalg.norm((again - start).reshape(-1, 2), axis=1) < 0.3
        forward = cv2.invertAffineTransform(back)
        seen = np.asarray(cv2.transform(there, forward), np.float64).reshape(-1, 2)
        inside = np.all((seen > 20) & (seen < np.array(self.size) - 20), axis=1)
        return seen, closed & inside & found & found_again


def _flow(
    start_picture: Image, end_picture: Image, points: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Where points (N, 1, 2) went, and which were found (Lucas & Kanade 1981)."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        start_picture,
        end_picture,
        points,
        points.copy(),
        winSize=WINDOW,
        maxLevel=LEVELS,
    )
    return np.asarray(there, np.float32), np.asarray(found, np.uint8).ravel() > 0


def _flatten(image: Image) -> Image:
    """The picture without its slow changes of brightness, uint8 (height, width)."""
    values = image.astype(np.float32)
    mean = cv2.blur(values, (61, 61))
    spread = np.sqrt(cv2.blur((values - mean) ** 2, (61, 61))) + 6.0
    return np.clip(128 + 40 * (values - mean) / spread, 0, 255).astype(np.uint8)
