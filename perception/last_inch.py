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

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.fusion import fit_motion, upper_median
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

SILENT = 0.5
"""A patch that says nothing counts against a place like this share of one that shows something
else. A part under glare or a sheet is silent there; another part speaks."""

LEAST_CONTRAST = 0.5
"""A patch with less than this share of its usual contrast says nothing."""

WHITE, MOST_WHITE = 250, 0.2
"""A patch with more than this share of white pixels says nothing."""

LEAST_MATCHING = 9.0
"""Fewer matching patches than this are no place: as many agree by chance ..."""

MATCHING_SHARE = 1 / 6
"""... and so is this share of all in view. What is right comes down to a fifth where two thirds of
the part are covered; elsewhere, a few heavy patches made up half of the agreement."""

SETTLED = 0.4
"""A correction below this share of a level's reach needs no second one."""

_PROBES = np.array([[[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])
"""A point, one beside it along x and one along y."""


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
    blind: int
    """Changes of brightness over a patch that it does not see: those of a polynomial of this
    order, 0 for a constant, 1 for a slope, 2 for a bend."""
    within: float
    """It is asked when the tool is no further than this from the goal, else the level before
    it has the last word [mm plus deg]."""
    appearance: Singles
    """Normalised mean patches, float32 (N, side * side)."""
    contrast: Singles
    """How much the grey values of each patch differ in the light in which it was taught, one
    sigma, float32 (N,)."""
    telling: Floats
    """How much it says when a patch agrees, float64 (N,), 0 to 1: little where pictures without
    the part agree, too, as they do with the straight edges of a plate."""
    placing: Floats
    """How much it says of a part that repeats itself which repeat this is, float64 (N,), 0 to 1:
    little where the pattern goes on all around, much at its end. All 1 for other parts."""


@dataclass(frozen=True)
class Refined:
    """What the predictors say."""

    motion: MotionCommand
    """v, corrected."""
    agreeing: float
    """Share of the patches in view, by how much they tell, that match: they look as they should,
    and lie there to within what this level can tell, not just as near as the others; 0 to 1."""
    placed: float
    """The share of all patches that match, by how much they say which repeat this is, 0 to 1. Those
    out of view count: of two repeats the one that shows more of the part is the likelier."""
    contradicting: float
    """Share of the patches in view that clearly show something else; what is left is covered,
    glares or is too dark, and says nothing. 0 to 1."""
    likeness: float
    """How much the matching patches look as they did in training: half of them have at least
    this correlation."""
    points: Floats
    """Patch centres in the picture, float64 (N, 2) [px]."""
    weights: Floats
    """How far each was believed, float64 (N,), 0 to 1."""

    @property
    def confidence(self) -> float:
        """Share of the patches that agree, those that say nothing being counted as `SILENT`."""
        silent = 1.0 - self.agreeing - self.contradicting
        against = self.contradicting + SILENT * max(silent, 0.0)
        return self.agreeing / (self.agreeing + against) if self.agreeing > 0.0 else 0.0


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

    def refine(self, pyramid: Pyramid, motion: MotionCommand, first: int = 0) -> Refined:
        """Correct a motion command.

        Args:
            pyramid: The picture.
            motion: A first estimate within the range of the first level.
            first: The level to begin with. The coarsest one sees slow light, so that glare leads
                it astray: what is nearly right already is better off without it.
        """
        refined = _nothing(motion, np.empty((0, 2)))
        for level, grid in zip(self.levels[first:], self._grids[first:], strict=True):
            if refined.motion.distance > level.within:
                break
            for _ in range(ROUNDS):
                before, refined = refined, self._step(pyramid, level, grid, refined.motion)
                step = before.motion.inverse() @ refined.motion
                if max(step.translation, step.rotation * MM / DEG) < SETTLED * level.reach:
                    break
        return refined

    def look_closely(self, pyramid: Pyramid, motion: MotionCommand) -> Refined:
        """One correction on the finest level, for a motion command that is nearly right."""
        asked = [i for i, level in enumerate(self.levels) if motion.distance <= level.within]
        return self._step(pyramid, self.levels[asked[-1]], self._grids[asked[-1]], motion)

    def believed(self, pyramid: Pyramid, motion: MotionCommand) -> tuple[Floats, ...]:
        """How far every patch of every level is believed at a place, float64 (N,) each."""
        return tuple(
            self._step(pyramid, level, grid, motion).weights
            for level, grid in zip(self.levels, self._grids, strict=True)
        )

    def _step(
        self, pyramid: Pyramid, level: Level, grid: Singles, motion: MotionCommand
    ) -> Refined:
        patches, pixels, inside = sample_patches(
            pyramid, self._image_map, level.shrink, level.centres, grid, motion
        )
        flat, contrast = flatten(patches, level.blind)
        answers = np.einsum("nkp,np->nk", level.weights, flat).astype(np.float64)
        likeness = np.einsum("np,np->n", flat, level.appearance) / flat.shape[1]
        # A patch that does not look like itself has nothing to say.
        prior = level.precision * np.clip((likeness - 0.3) / 0.4, 0.0, 1.0) * inside
        if prior.sum() < 1e-9:
            return _nothing(motion, pixels)
        correction, robust = fit_motion(
            level.centres, level.centres + answers, prior, floor=0.5 * level.error
        )
        off = np.linalg.norm(
            move_points(correction, level.centres) - level.centres - answers, axis=1
        )
        near = np.clip(1.0 - (off / (MATCHES * level.error)) ** 2, 0.0, None) ** 2
        alike = likeness > LIKE_ITSELF
        weights = np.minimum(robust, near) * alike * inside
        says = level.precision * level.telling
        in_view = float((says * inside).sum())
        agreeing = float((says * weights).sum()) / in_view
        where = level.precision * level.placing
        placed = float(where @ weights) / float(where.sum())
        fewest = max(LEAST_MATCHING, MATCHING_SHARE * np.count_nonzero(inside))
        if weights.sum() < fewest or in_view < LEAST_IN_VIEW * says.sum():
            agreeing = placed = 0.0
        other = _readable(patches, contrast / level.contrast, inside) & ~alike
        contradicting = float((says * other).sum()) / in_view
        matching = likeness[weights > 0.0]
        typical = upper_median(matching) if len(matching) else 0.0
        corrected = motion @ correction.inverse()
        return Refined(corrected, agreeing, placed, contradicting, typical, pixels, weights)


def _nothing(motion: MotionCommand, pixels: Floats) -> Refined:
    """What is said of a picture in which nothing looks like the part."""
    return Refined(motion, 0.0, 0.0, 0.0, 0.0, pixels, np.zeros(len(pixels)))


def _readable(
    patches: Singles, contrast: Singles, inside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Which patches show something: in view, not washed out, and not nearly blank, bool (N,).

    Args:
        patches: Grey values (N, P).
        contrast: Their contrast against that in which they were taught (N,).
        inside: Which are in view (N,).
    """
    if not inside.any():
        return inside
    # In half of the light everything has half of its contrast.
    seen = contrast[inside]
    usual = min(1.0, float(np.partition(seen, 3 * len(seen) // 4)[3 * len(seen) // 4]))
    washed_out = np.count_nonzero(patches >= WHITE, axis=1) > MOST_WHITE * patches.shape[1]
    return np.asarray(inside & (contrast > LEAST_CONTRAST * usual) & ~washed_out, np.bool_)


class Pyramid:
    """A picture at several resolutions, each made when it is first asked for."""

    def __init__(self, image: Image) -> None:
        self._levels: dict[int, Image] = {1: image}

    @classmethod
    def of(cls, image: Image, shrink: int) -> Pyramid:
        """One whose finest picture is already reduced."""
        pyramid = cls(image)
        pyramid._levels = {shrink: image}
        return pyramid

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
    step = 1.0 * MM
    probes = (centres + _PROBES * step).reshape(-1, 2)
    pixels = image_map.pixels(move_points(motion, probes)).reshape(3, -1, 2)
    middle = pixels[0]
    # Pixel centres of the reduced picture lie between those of the full one.
    origin = (middle + 0.5) / shrink - 0.5
    slopes = (pixels[1:] - middle) / (step * shrink)
    # Columns, then rows, of every patch: origin + slope_x x + slope_y y.
    affine = np.stack([origin, *slopes], axis=-1).transpose(1, 0, 2).astype(np.float32)
    columns, rows = affine @ np.vstack([np.ones_like(grid[:1]), grid])
    picture = pyramid.at(shrink)
    patches = cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # A patch is a parallelogram in the picture, and no pixel of it lies further out than this.
    spread = np.abs(slopes).sum(axis=0) * float(grid.max())
    height, width = picture.shape
    inside = ((origin >= spread) & (origin + spread <= (width - 1, height - 1))).all(axis=1)
    return patches.astype(np.float32), middle, inside


def normalise(patches: Singles, blind: int = 0) -> Singles:
    """The first answer of `flatten`."""
    return flatten(patches, blind)[0]


def flatten(patches: Singles, blind: int = 0) -> tuple[Singles, Singles]:
    """Patches without their slow changes of brightness, deviation 1, so that light does not matter.

    A lamp's reflection, the edge of a soft shadow and light that falls off are nearly a slope
    or a bend within one patch; what is left when these are taken away is the part.

    Args:
        patches: Grey values, float32 (N, side * side).
        blind: Order of the polynomial that is taken away; 0 is the mean alone.

    Returns:
        The patches, float32 (N, side * side), and the contrast that they had, one sigma of the
        grey values, float32 (N,).
    """
    slow = _slow(patches.shape[1], blind)
    centred = patches - (patches @ slow) @ slow.T
    # The constant keeps the noise of a blank patch from being blown up.
    contrast = np.sqrt(np.einsum("np,np->n", centred, centred) / centred.shape[1] + 4.0)
    return np.asarray(centred / contrast[:, None], np.float32), contrast


@functools.cache
def _slow(pixels: int, order: int) -> Singles:
    """Orthonormal polynomials up to an order over a square patch, float32 (pixels, K)."""
    across = np.linspace(-1.0, 1.0, math.isqrt(pixels))
    x, y = (values.ravel() for values in np.meshgrid(across, across))
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    basis, _ = np.linalg.qr(np.stack([x**i * y**j for i, j in powers], axis=1))
    return np.asarray(basis, np.float32)


def patch_grid(side: int, spacing: float) -> Singles:
    """Pixels of a patch relative to its centre, float32 (2, side * side) [m]."""
    offsets = (np.arange(side) - (side - 1) / 2.0) * spacing
    x, y = np.meshgrid(offsets, offsets)
    return np.stack([x.ravel(), y.ravel()]).astype(np.float32)


def _grid(level: Level) -> Singles:
    return patch_grid(level.side, level.spacing)
