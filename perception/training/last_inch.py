"""Fitting the local predictors: ridge regression, in closed form, in seconds.

Every capture whose motion command is known gives many examples: pretend to be off by a
small random motion, sample the patches there, and ask for the displacement. Captures near
the pregrasp pose weigh most, since that is where the servo ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import Floats, ImageMap, move_points
from pregrasp.perception.last_inch import (
    Level,
    Pyramid,
    Singles,
    flatten,
    patch_grid,
    sample_patches,
)


@dataclass(frozen=True)
class LevelPlan:
    """What a level is to be."""

    shrink: int
    """Camera pixels per patch pixel."""
    side: int
    """Patch pixels per side."""
    patches: int
    """How many predictors."""
    range: float
    """It must recover motions up to this, plus and minus [mm and degrees]."""
    near: float
    """Captures up to this far from the pregrasp pose teach it [mm and degrees]."""
    examples: int
    """Examples per predictor."""
    blind: int = 0
    """Order of the changes of brightness that it does not see: the coarsest level needs them all
    to find its way, the finer ones are better off without."""
    within: float = math.inf
    """It is asked only when the tool is no further than this from the goal [mm and degrees]."""


PLANS = (
    LevelPlan(shrink=8, side=20, patches=48, range=4.0, near=math.inf, examples=2400, blind=0),
    LevelPlan(shrink=4, side=20, patches=64, range=1.2, near=math.inf, examples=2400, blind=1),
    LevelPlan(shrink=2, side=20, patches=96, range=0.35, near=math.inf, examples=2000, blind=2),
    LevelPlan(
        shrink=2, side=20, patches=96, range=0.1, near=6.0, examples=2000, blind=2, within=6.0
    ),
)

VIEWS = 2
"""Made-up views of every capture, beside the capture itself."""

DARKEST, BRIGHTEST = 0.25, 2.0
"""Of these views, against the light in which the part was taught."""

BLURRED = 0.6
"""Share of these views that are out of focus."""

MOST_BLUR = 5.0
"""One sigma [camera pixels]."""

NOISE = 1.5
"""One sigma [grey values]."""

RIDGE = 0.02
"""Ridge penalty relative to the mean variance of a patch pixel."""


@dataclass(frozen=True)
class Labelled:
    """A capture whose motion command is known."""

    image: Image
    motion: MotionCommand


def fit_levels(
    captures: Sequence[Labelled],
    image_map: ImageMap,
    taught: Image,
    mask: Image,
    rng: np.random.Generator,
    plans: Sequence[LevelPlan] = PLANS,
) -> tuple[Level, ...]:
    """Fit every level.

    Args:
        captures: Pictures with their motion commands.
        image_map: How pixels lie on the part's plane.
        taught: The taught picture.
        mask: Where the part is in the taught picture, uint8 (height, width), 255 inside.
        rng: Source of the random motions.
        plans: What the levels are to be.

    Raises:
        TrainingError: The part shows too little structure.
    """
    return tuple(_fit_level(plan, captures, image_map, taught, mask, rng) for plan in plans)


def _fit_level(
    plan: LevelPlan,
    captures: Sequence[Labelled],
    image_map: ImageMap,
    taught: Image,
    mask: Image,
    rng: np.random.Generator,
) -> Level:
    spacing = image_map.scale * plan.shrink
    grid = patch_grid(plan.side, spacing)
    centres = _choose_centres(plan, image_map, taught, mask)
    near = [capture for capture in captures if capture.motion.distance <= plan.near]
    if len(near) < 8:
        near = sorted(captures, key=lambda capture: capture.motion.distance)[:40]
    per_capture = max(1, round(plan.examples / len(near)))
    pixels = plan.side * plan.side
    inputs: list[Singles] = []
    contrasts: list[Singles] = []
    targets: list[Floats] = []
    weights: list[npt.NDArray[np.float64]] = []
    for capture in near:
        views = [Pyramid(capture.image), *_in_other_light(capture.image, plan.shrink, rng)]
        for number in range(per_capture):
            pyramid = views[number % len(views)]
            off = _random_motion(rng, plan.range)
            # v_now = v off, so that the predictors must answer with off itself.
            patches, _, inside = sample_patches(
                pyramid, image_map, plan.shrink, centres, grid, capture.motion @ off
            )
            flat, contrast = flatten(patches, plan.blind)
            inputs.append(flat)
            if pyramid is views[0]:
                contrasts.append(contrast)
            targets.append(move_points(off, centres) - centres)
            weights.append(inside.astype(np.float64))
    x = np.stack(inputs, axis=1)
    y = np.stack(targets, axis=1)
    w = np.stack(weights, axis=1)
    held_out = np.arange(x.shape[1]) // per_capture % 5 == 4
    predictors = np.empty((len(centres), 2, pixels), np.float32)
    errors = np.full(len(centres), np.inf)
    appearance = np.empty((len(centres), pixels), np.float32)
    for i in range(len(centres)):
        use = w[i] > 0
        train, test = use & ~held_out, use & held_out
        if train.sum() < 100 or test.sum() < 10:
            predictors[i] = 0.0
            appearance[i] = 0.0
            continue
        solution = _ridge(x[i, train], y[i, train])
        predictors[i] = solution
        residual = x[i, test] @ solution.T - y[i, test]
        errors[i] = float(np.sqrt(np.median((residual**2).sum(axis=1))))
        mean = x[i, use].mean(axis=0)
        appearance[i] = mean / max(float(np.sqrt((mean**2).mean())), 1e-6)
    typical = float(np.median(errors[np.isfinite(errors)])) if np.isfinite(errors).any() else 0.0
    good = errors < 3.0 * typical
    if good.sum() < 8:
        raise TrainingError("the part shows too little structure for the last inch")
    precision = (typical / np.maximum(errors[good], 0.3 * typical)) ** 2
    return Level(
        shrink=plan.shrink,
        spacing=spacing,
        reach=plan.range * MM,
        side=plan.side,
        centres=centres[good],
        weights=predictors[good],
        precision=precision,
        error=typical,
        blind=plan.blind,
        within=plan.within,
        appearance=appearance[good],
        contrast=np.median(np.stack(contrasts), axis=0)[good],
        telling=np.ones(int(good.sum())),
        placing=np.ones(int(good.sum())),
    )


def _in_other_light(image: Image, shrink: int, rng: np.random.Generator) -> list[Pyramid]:
    """A capture as it would look darker or saturated, out of focus and with more noise.

    Args:
        image: The capture.
        shrink: The only resolution that is needed.
        rng: Source of what is changed.
    """
    small = Pyramid(image).at(shrink)
    views = []
    for _ in range(VIEWS):
        other = small.astype(np.float32)
        if rng.random() < BLURRED:
            width = float(rng.uniform(0.5, MOST_BLUR)) / shrink
            other = np.asarray(cv2.GaussianBlur(other, (0, 0), width), np.float32)
        gain = math.exp(rng.uniform(math.log(DARKEST), math.log(BRIGHTEST)))
        lit = gain * other + NOISE * rng.standard_normal(small.shape, np.float32)
        views.append(Pyramid.of(np.clip(np.rint(lit), 0, 255).astype(np.uint8), shrink))
    return views


def _ridge(x: Singles, y: Floats) -> Singles:
    """The linear map from patches (S, P) to displacements (S, 2), as (2, P)."""
    gram = (x.T @ x).astype(np.float64)
    penalty = RIDGE * np.trace(gram) / len(gram)
    gram[np.diag_indices_from(gram)] += penalty
    return np.asarray(np.linalg.solve(gram, x.T @ y).T, np.float32)


def _random_motion(rng: np.random.Generator, extent: float) -> MotionCommand:
    x, y, theta = (float(value) for value in rng.uniform(-extent, extent, 3))
    return MotionCommand(x * MM, y * MM, theta * DEG)


def _choose_centres(plan: LevelPlan, image_map: ImageMap, taught: Image, mask: Image) -> Floats:
    """Well-textured places, spread over the part (N, 2) [m]."""
    picture = Pyramid(taught).at(plan.shrink).astype(np.float32)
    height, width = picture.shape
    inside = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA) > 128
    half = plan.side // 2
    gx = cv2.Sobel(picture, cv2.CV_32F, 1, 0) / 8
    gy = cv2.Sobel(picture, cv2.CV_32F, 0, 1) / 8
    window = (plan.side, plan.side)
    xx, yy = cv2.blur(gx * gx, window), cv2.blur(gy * gy, window)
    xy = cv2.blur(gx * gy, window)
    # The smaller eigenvalue: structure in both directions (Shi & Tomasi 1994). A little of
    # the larger one lets straight edges serve where there is nothing better.
    root = np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    score = np.sqrt(np.maximum((xx + yy) / 2 - root, 0)) + 0.2 * np.sqrt((xx + yy) / 2 + root)
    score[~inside] = 0.0
    score[:half] = score[-half:] = 0.0
    score[:, :half] = score[:, -half:] = 0.0
    # Spread out first, so that no corner of the part decides alone; then fill up.
    apart = math.sqrt(max(float(inside.sum()), 1.0) / plan.patches)
    chosen: list[tuple[int, int]] = []
    while len(chosen) < plan.patches and apart >= plan.side / 4:
        chosen += _peaks(score, plan.patches - len(chosen), round(apart))
        apart *= 0.75
    if len(chosen) < 8:
        raise TrainingError("the part shows too little structure for the last inch")
    pixels = (np.array(chosen, np.float64) + 0.5) * plan.shrink - 0.5
    return image_map.plane(pixels)


def _peaks(score: Floats, most: int, apart: int) -> list[tuple[int, int]]:
    """The highest places (column, row) of a score, so far apart; they are blotted out."""
    found: list[tuple[int, int]] = []
    free = score.copy()
    while len(found) < most:
        row, column = (int(i) for i in np.unravel_index(int(np.argmax(free)), free.shape))
        if free[row, column] <= 0:
            break
        found.append((column, row))
        free[max(0, row - apart) : row + apart + 1, max(0, column - apart) : column + apart + 1] = 0
        score[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = 0.0
    return found
