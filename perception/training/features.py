"""Makes the geometric model: seconds, and no network.

The features are those of the taught picture, on the part. What the other captures add is how
reliable each feature is: it is looked for in all of them, where its place is known.
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace

import cv2
import numpy as np

from pregrasp.frames import MM, MotionCommand
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.errors import NotLearnedError, TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.features.landmarks import Landmarks
from pregrasp.perception.features.matching import SHRINK, Features, Matcher, find_features
from pregrasp.perception.features.model import FeatureEstimator, FeatureModel, with_trust
from pregrasp.perception.image_map import Floats, move_points
from pregrasp.perception.last_inch import Pyramid
from pregrasp.perception.model import Trust
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.sampling import Workspace
from pregrasp.perception.training.calibration import calibrate
from pregrasp.perception.training.last_inch import Labelled
from pregrasp.perception.training.preparation import Prepared, prepare
from pregrasp.perception.training.trained import Progress, Trained

FEWEST = 16
"""Fewest captures: the image map needs a dozen, the calibration the rest."""

LOOKS = 40
"""Captures in which the features are looked for."""

RELIABLE = 0.08
"""A feature that is found in a smaller share of the captures is not kept."""

FEWEST_FEATURES = 20
"""Fewer do not find a part again."""

CLOSE = 6.0
"""Captures this near to the goal say where zero is [mm, degrees counted as mm]."""

MOST_CLOSE = 40
"""So many of them are asked."""

NEAR = 0.5 * MM
"""A match this far from where the feature must be was right [m]."""


def train_features(
    dataset: Dataset,
    network: Network,
    workspace: Workspace,
    progress: Progress,
    first_new: int | None = None,
) -> Trained:
    """Make a task's geometric model.

    Args:
        dataset: The captures.
        network: What the task wants.
        workspace: Where servos begin.
        progress: Told how far it is.
        first_new: Number of the first capture of a refresh; None for a training.

    Raises:
        TrainingError: The data set cannot be used, or the part has too few features.
        DatasetError: A picture is missing or damaged.
    """
    began = time.monotonic()
    prepared = prepare(dataset, FEWEST, progress, first_new)
    landmarks = find_landmarks(prepared, progress)
    if len(landmarks.points) < FEWEST_FEATURES:
        raise TrainingError(
            f"{dataset.folder}: only {len(landmarks.points)} features of the part are found again "
            f"in other captures, expected at least {FEWEST_FEATURES}: its surface is too plain for "
            "`architecture: features`. Use `architecture: votes`."
        )
    alignment = prepared.alignment
    model = FeatureModel(
        task=dataset.card.task,
        image_map=alignment.image_map,
        points=landmarks.points,
        descriptors=landmarks.descriptors,
        weights=landmarks.weights,
        taught=Pyramid(alignment.taught).at(SHRINK),
        mask=Pyramid(prepared.mask).at(SHRINK),
        zero=MotionCommand(),
        polish=network.polish,
        trust=Trust(),
        made={},
    )
    model = replace(model, zero=_zero(model, prepared, progress))
    held_out = [
        Labelled(dataset.image(prepared.records[i]), alignment.label(prepared.records[i]))
        for i in prepared.held_out
    ]
    progress("calibrate", 0.0, f"{len(held_out)} captures")
    try:
        calibration = calibrate(FeatureEstimator(model), held_out)
    except NotLearnedError as error:
        raise NotLearnedError(
            f"{dataset.folder}: {error} Where the surface is plain or repeats itself, features "
            "are not enough: use `architecture: votes`."
        ) from error
    progress("calibrate", 1.0, "")
    minutes = round((time.monotonic() - began) / 60.0, 2)
    made = {
        "architecture": Architecture.FEATURES.value,
        **prepared.made(),
        "training_minutes": minutes,
        "features": len(landmarks.points),
        "held_out": asdict(calibration.errors),
    }
    report = {
        "curve": {"steps": [], "loss": [], "translation_mm": [], "rotation_deg": []},
        "held_out": calibration.samples,
        "captures": prepared.sampled(),
        "last_inch_error_mm": [],
        "minutes": minutes,
    }
    return Trained(with_trust(model, calibration.trust, made), report)


def find_landmarks(prepared: Prepared, progress: Progress) -> Landmarks:
    """The features of the taught part that are found again in other captures."""
    image_map = prepared.alignment.image_map
    half = Pyramid(prepared.alignment.taught).at(SHRINK)
    taught = _on_part(find_features(half), Pyramid(prepared.mask).at(SHRINK))
    points = image_map.plane(taught.pixels)
    weights = _reliability(prepared, points, taught, progress)
    kept = weights >= RELIABLE
    return Landmarks(points[kept], taught.descriptors[kept], weights[kept])


def _on_part(features: Features, mask: Image) -> Features:
    """The features inside the part's outline; features on its edge belong to the table too."""
    inside = cv2.erode(mask, np.ones((5, 5), np.uint8))
    reduced = ((features.pixels + 0.5) / SHRINK - 0.5).round().astype(int)
    good = inside[reduced[:, 1], reduced[:, 0]] > 127
    return Features(features.pixels[good], features.descriptors[good])


def _reliability(
    prepared: Prepared, points: Floats, taught: Features, progress: Progress
) -> Floats:
    """How often each feature is found where it must be, float64 (N,), 0 to 1."""
    alignment = prepared.alignment
    matcher = Matcher(points, taught.descriptors, alignment.image_map)
    found, visible = np.zeros(len(points)), np.zeros(len(points))
    chosen = prepared.chosen
    looks = [
        chosen[i] for i in np.linspace(0, len(chosen) - 1, min(LOOKS, len(chosen))).astype(int)
    ]
    for count, index in enumerate(looks):
        progress("features", count / len(looks), f"{len(points)} on the part")
        record = prepared.records[index]
        label = alignment.label(record)
        expected = alignment.image_map.pixels(move_points(label, points))
        size = np.array(alignment.image_map.size)
        visible += np.all((expected >= 8) & (expected < size - 8), axis=1)
        half = Pyramid(prepared.dataset.image(record)).at(SHRINK)
        matches = matcher.match(find_features(half))
        if matches is None:
            continue
        off = np.linalg.norm(
            alignment.image_map.plane(matches.seen) - move_points(label, points[matches.agreeing]),
            axis=1,
        )
        found[matches.agreeing[off < NEAR]] += 1
    progress("features", 1.0, f"{len(points)} on the part")
    return np.asarray(found / np.maximum(visible, 1.0), np.float64)


def _zero(model: FeatureModel, prepared: Prepared, progress: Progress) -> MotionCommand:
    """What the answers near the goal are off by, all together."""
    estimator = FeatureEstimator(model)
    labels = {i: prepared.alignment.label(prepared.records[i]) for i in prepared.chosen}
    near = [i for i in prepared.chosen if labels[i].distance < CLOSE][:MOST_CLOSE]
    rests = []
    for count, index in enumerate(near):
        progress("zero", count / len(near), f"{len(near)} captures near the goal")
        estimate = estimator.estimate(prepared.dataset.image(prepared.records[index]))
        if estimate.confidence > 0:
            rest = estimate.motion.inverse() @ labels[index]
            rests.append((rest.x, rest.y, rest.theta))
    progress("zero", 1.0, f"{len(rests)} of {len(near)}")
    if not rests:
        return MotionCommand()
    x, y, theta = (float(value) for value in np.median(rests, axis=0))
    return MotionCommand(x, y, theta)
