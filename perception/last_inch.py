"""The last inch: local linear predictors at full camera resolution.

A predictor watches one small patch of the part. It was fitted (in closed form, from the
captures) to answer how far the patch is from where it should be, given nothing but the
patch's pixels: displacement = P patch. That is the hyperplane approximation of Jurie &
Dhome (2002), used as many local predictors as by Zimmermann, Matas & Svoboda (2009). Their
answers are fused by `fusion.fit_motion`, which does not listen to patches under an
occluder, a shadow edge or a glare spot.

Levels go from coarse to fine: each reads smaller pixels and trusts itself with a shorter
range than the one before. All of them work inside one picture; the robot does not move
between them.

A patch is sampled where the present estimate expects it, turned with it. Let x be the
patch's centre in the pregrasp frame. With the present estimate v_now and the true v, the
sampled pixels show the point x' = v^-1 v_now x. The predictors answer x' - x, a rigid fit
gives D = v^-1 v_now, and the corrected estimate is v_now D^-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.fusion import fit_motion
from pregrasp.perception.image_map import Floats, ImageMap, move_points

Singles = npt.NDArray[np.float32]

ROUNDS = 3
"""Most corrections per level."""

LEAST_IN_VIEW = 0.12
"""With less of the part in the picture than this, nothing is said about it."""

LIKE_ITSELF = 0.5
"""Least likeness of a patch that may match, as a correlation."""

MATCHES = 8.0
"""A patch matches when it lies within so many typical errors of where the fit has it."""

LEAST_MATCHING = 9.0
"""Fewer matching patches than this are no place: as many agree by chance."""

SETTLED = 0.4
"""A correction below this share of a level's reach needs no second one."""


@dataclass(frozen=True)
class Level:
    """Predictors of one resolution."""

    shrink: int
    """Camera pixels per patch pixel, per axis: 1, 2, 4 or 8."""
    spacing: float
    """Size of a patch pixel on the part [m]."""
    reach: float
    """It was fitted for motions up to this, plus and minus [m]; a degree counts as a mm."""
    side: int
    """Patches are side x side pixels."""
    centres: Floats
    """Patch centres in the pregrasp frame, float64 (N, 2) [m]."""
    weights: Singles
    """Predictors, float32 (N, 2, side * side) [m]."""
    precision: Floats
    """Prior weight of each predictor from its held-out error, float64 (N,)."""
    error: float
    """Typical held-out error of a predictor [m]."""
    appearance: Singles
    """Normalised mean patches, float32 (N, side * side)."""


@dataclass(frozen=True)
class Refined:
    """What the predictors say."""

    motion: MotionCommand
    """v, corrected."""
    agreeing: float
    """Share of the patches in view that match: they look as they should, and lie there to
    within what this level can tell, not just as near as the others; 0 to 1."""
    likeness: float
    """How much the matching patches look as they did in training: half of them have at least
    this correlation."""
    points: Floats
    """Patch centres in the picture, float64 (N, 2) [px]."""
    weights: Floats
    """How far each was believed, float64 (N,), 0 to 1."""


class LastInch:
    """Refines a rough motion command inside one picture.

    Args:
        levels: From coarse to fine.
        image_map: How pixels lie on the part's plane.
    """

    def __init__(self, levels: tuple[Level, ...], image_map: ImageMap) -> None:
        self.levels = levels
        self._image_map = image_map
        self._grids = [_grid(level) for level in levels]

    def refine(self, pyramid: Pyramid, motion: MotionCommand) -> Refined:
        """Correct a motion command.

        Args:
            pyramid: The picture.
            motion: A first estimate within the range of the coarsest level.
        """
        refined = Refined(motion, 0.0, 0.0, np.empty((0, 2)), np.empty(0))
        for level, grid in zip(self.levels, self._grids, strict=True):
            for _ in range(ROUNDS):
                before, refined = refined, self._step(pyramid, level, grid, refined.motion)
                step = before.motion.inverse() @ refined.motion
                if max(step.translation, step.rotation * MM / DEG) < SETTLED * level.reach:
                    break
        return refined

    def look_closely(self, pyramid: Pyramid, motion: MotionCommand) -> Refined:
        """One correction on the finest level, for a motion command that is nearly right."""
        return self._step(pyramid, self.levels[-1], self._grids[-1], motion)

    def _step(
        self, pyramid: Pyramid, level: Level, grid: Singles, motion: MotionCommand
    ) -> Refined:
        patches, pixels, inside = sample_patches(
            pyramid, self._image_map, level.shrink, level.centres, grid, motion
        )
        normalised = normalise(patches)
        answers = np.einsum("nkp,np->nk", level.weights, normalised).astype(np.float64)
        likeness = np.einsum("np,np->n", normalised, level.appearance) / normalised.shape[1]
        # A patch that does not look like itself has nothing to say.
        prior = level.precision * np.clip((likeness - 0.3) / 0.4, 0.0, 1.0) * inside
        if prior.sum() < 1e-9:
            return Refined(motion, 0.0, 0.0, pixels, np.zeros(len(pixels)))
        correction, robust = fit_motion(
            level.centres, level.centres + answers, prior, floor=0.5 * level.error
        )
        off = np.linalg.norm(
            move_points(correction, level.centres) - level.centres - answers, axis=1
        )
        near = np.clip(1.0 - (off / (MATCHES * level.error)) ** 2, 0.0, None) ** 2
        weights = np.minimum(robust, near) * (likeness > LIKE_ITSELF) * inside
        in_view = float((level.precision * inside).sum())
        agreeing = float((level.precision * weights).sum()) / in_view
        if weights.sum() < LEAST_MATCHING or in_view < LEAST_IN_VIEW * level.precision.sum():
            agreeing = 0.0
        matching = likeness[weights > 0.0]
        typical = float(np.median(matching)) if len(matching) else 0.0
        return Refined(motion @ correction.inverse(), agreeing, typical, pixels, weights)


class Pyramid:
    """A picture at several resolutions, each made when it is first asked for."""

    def __init__(self, image: Image) -> None:
        self._levels: dict[int, Image] = {1: image}

    def at(self, shrink: int) -> Image:
        """The picture with ``shrink`` x ``shrink`` pixels averaged into one."""
        if shrink not in self._levels:
            # Halving twice is much faster than averaging four by four at once.
            finer = self.at(shrink // 2)
            size = (finer.shape[1] // 2, finer.shape[0] // 2)
            self._levels[shrink] = np.asarray(
                cv2.resize(finer, size, interpolation=cv2.INTER_AREA), np.uint8
            )
        return self._levels[shrink]


def sample_patches(
    pyramid: Pyramid,
    image_map: ImageMap,
    shrink: int,
    centres: Floats,
    grid: Singles,
    motion: MotionCommand,
) -> tuple[Singles, Floats, npt.NDArray[np.bool_]]:
    """Patches where a motion command expects them, turned with it.

    Args:
        pyramid: The picture.
        image_map: How pixels lie on the part's plane.
        shrink: Which level of the pyramid to read.
        centres: Patch centres in the pregrasp frame (N, 2) [m].
        grid: Patch pixels relative to a centre, float32 (2, P) [m].
        motion: v, ``T_tool_pregrasp``.

    Returns:
        Grey values float32 (N, P); the centres in the picture (N, 2) [px]; and which
        patches lie wholly inside the picture, bool (N,).
    """
    # The map is smooth: over one patch its linear part is exact to a hundredth of a pixel.
    count, step = len(centres), 1.0 * MM
    steps = np.array([[[0.0, 0.0]], [[step, 0.0]], [[0.0, step]]])
    probes = (centres + steps).reshape(-1, 2)
    pixels = image_map.pixels(move_points(motion, probes))
    middle = pixels[:count]
    # Pixel centres of the reduced picture lie between those of the full one.
    origin = ((middle + 0.5) / shrink - 0.5).astype(np.float32)
    along_x = (pixels[count : 2 * count] - middle) / (step * shrink)
    along_y = (pixels[2 * count :] - middle) / (step * shrink)
    columns = np.stack([along_x[:, 0], along_y[:, 0]], axis=1).astype(np.float32) @ grid
    columns += origin[:, :1]
    rows = np.stack([along_x[:, 1], along_y[:, 1]], axis=1).astype(np.float32) @ grid
    rows += origin[:, 1:]
    picture = pyramid.at(shrink)
    patches = cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    height, width = picture.shape
    inside = (
        (columns.min(axis=1) >= 0)
        & (rows.min(axis=1) >= 0)
        & (columns.max(axis=1) <= width - 1)
        & (rows.max(axis=1) <= height - 1)
    )
    return patches.astype(np.float32), middle, inside


def normalise(patches: Singles) -> Singles:
    """Patches with mean 0 and deviation 1, so that uniform light does not matter."""
    centred = patches - patches.mean(axis=1, keepdims=True)
    # The constant keeps the noise of a blank patch from being blown up.
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 4.0)
    return np.asarray(centred / spread, np.float32)


def patch_grid(side: int, spacing: float) -> Singles:
    """Pixels of a patch relative to its centre, float32 (2, side * side) [m]."""
    offsets = (np.arange(side) - (side - 1) / 2.0) * spacing
    x, y = np.meshgrid(offsets, offsets)
    return np.stack([x.ravel(), y.ravel()]).astype(np.float32)


def _grid(level: Level) -> Singles:
    return patch_grid(level.side, level.spacing)
