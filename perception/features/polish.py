"""Pixels compared after features: a robust, masked refinement of a motion command.

The picture is set against the taught one where the taught one has edges: Gauss-Newton on
the grey values (Evangelidis & Psarakis' ECC, 2008, with a rigid warp), with three changes that
industrial light asks for. Both pictures are normalised against their neighbourhood, so that
ramps and shadows weigh little; residuals pass Tukey's biweight, so that an occluder has no
say; and only points on the part are compared.

The taught picture never changes, so its gradients are computed once (Baker & Matthews 2004,
inverse compositional). With X a point in the pregrasp frame, T the taught picture and
D = v*^-1 v what the estimate v is off by, the picture shows T(D X) where T(X) is expected;
one step solves J d = I(v X) - T(X) for D and goes on from v D^-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.features.matching import SHRINK
from pregrasp.perception.fusion import BIWEIGHT
from pregrasp.perception.image_map import Floats, ImageMap, move_points
from pregrasp.perception.last_inch import Pyramid

Singles = npt.NDArray[np.float32]

POINTS = 8000
"""Points of the taught picture that are compared: those on its strongest edges."""

NEIGHBOURHOOD = 9.0
"""Width of the Gaussian that a pixel is compared with [reduced px]."""

ROUNDS = 8
"""Most steps."""

SETTLED = 2e-6
"""A step smaller than this ends the search [m; a degree counts as a mm]."""

ALIKE = 1.0
"""Normalised grey values that differ by this do not agree at all."""

FARTHEST = 0.5 * MM
"""A polish that moves further than this found something else [m, a degree counting as a mm]."""


@dataclass(frozen=True)
class Polished:
    """What the pixels say."""

    motion: MotionCommand
    """v, refined if that raised the agreement."""
    agreement: float
    """How far the compared points in view look as taught, 0 to 1."""
    kept: bool
    """Whether the refinement was kept."""


class Polish:
    """Compares pictures with the taught one.

    Args:
        taught: The taught picture reduced by `SHRINK`, uint8.
        mask: Where the part is in it, uint8, 255 inside.
        image_map: How pixels lie on the part's plane.
    """

    def __init__(self, taught: Image, mask: Image, image_map: ImageMap) -> None:
        self._image_map = image_map
        normalised = _normalise(taught)
        # The neighbourhood of a point near the outline holds table: stay inside.
        inside = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 127
        inside[:4], inside[-4:], inside[:, :4], inside[:, -4:] = False, False, False, False
        strength = cv2.GaussianBlur(
            cv2.Sobel(normalised, cv2.CV_32F, 1, 0) ** 2
            + cv2.Sobel(normalised, cv2.CV_32F, 0, 1) ** 2,
            (0, 0),
            1.0,
        )
        rows, columns = np.nonzero(inside)
        order = np.argsort(-strength[rows, columns], kind="stable")[:POINTS]
        pixels = np.stack([columns[order], rows[order]], axis=1).astype(np.float64)
        self._points = image_map.plane((pixels + 0.5) * SHRINK - 0.5)
        self._values = self._read(normalised, self._points)[0]
        step = 0.5 * SHRINK * image_map.scale
        along = [
            (
                self._read(normalised, self._points + shift)[0]
                - self._read(normalised, self._points - shift)[0]
            )
            / (2 * step)
            for shift in (np.array([step, 0.0]), np.array([0.0, step]))
        ]
        lever = -along[0] * self._points[:, 1] + along[1] * self._points[:, 0]
        self._J = np.stack([*along, lever], axis=1).astype(np.float64)

    def refine(self, pyramid: Pyramid, motion: MotionCommand) -> Polished:
        """Refine a motion command that is right to about a pixel.

        Args:
            pyramid: The picture.
            motion: A first estimate.
        """
        picture = _normalise(pyramid.at(SHRINK))
        before = self._agreement(picture, motion)
        if len(self._values) < 200:
            return Polished(motion, before, kept=False)
        refined = motion
        for _ in range(ROUNDS):
            step = self._step(picture, refined)
            if step is None:
                return Polished(motion, before, kept=False)
            refined = refined @ step.inverse()
            if step.translation + step.rotation * MM / DEG < SETTLED:
                break
        moved = motion.inverse() @ refined
        after = self._agreement(picture, refined)
        if after <= before or moved.translation + moved.rotation * MM / DEG > FARTHEST:
            return Polished(motion, before, kept=False)
        return Polished(refined, after, kept=True)

    def _step(self, picture: Singles, motion: MotionCommand) -> MotionCommand | None:
        """One Gauss-Newton step D; None where too little of the part is in view."""
        seen, inside = self._read(picture, move_points(motion, self._points))
        if inside.mean() < 0.1:
            return None
        residual = (seen - self._values).astype(np.float64)
        sigma = 1.4826 * float(np.median(np.abs(residual[inside]))) + 1e-3
        belief = (1.0 - np.minimum(np.abs(residual) / (BIWEIGHT * sigma), 1.0) ** 2) ** 2 * inside
        weighted = self._J * belief[:, None]
        try:
            x, y, theta = np.linalg.solve(weighted.T @ self._J, weighted.T @ residual)
        except np.linalg.LinAlgError:
            return None
        return MotionCommand(float(x), float(y), float(theta))

    def _agreement(self, picture: Singles, motion: MotionCommand) -> float:
        seen, inside = self._read(picture, move_points(motion, self._points))
        if not inside.any():
            return 0.0
        residual = (seen - self._values)[inside] / ALIKE
        return float((1.0 - np.minimum(np.abs(residual), 1.0) ** 2).mean())

    def _read(self, picture: Singles, plane: Floats) -> tuple[Singles, npt.NDArray[np.bool_]]:
        """Values at points of the tool's plane (N, 2) [m], and which lie in the picture."""
        pixels = ((self._image_map.pixels(plane) + 0.5) / SHRINK - 0.5).astype(np.float32)
        columns, rows = pixels[None, :, 0], pixels[None, :, 1]
        values = cv2.remap(picture, columns.copy(), rows.copy(), cv2.INTER_CUBIC)[0]
        height, width = picture.shape
        inside = np.all((pixels >= 2) & (pixels <= (width - 3, height - 3)), axis=1)
        return np.asarray(values, np.float32), inside


def _normalise(half: Image) -> Singles:
    """Every pixel against its round neighbourhood, float32."""
    values = half.astype(np.float32)
    mean = cv2.GaussianBlur(values, (0, 0), NEIGHBOURHOOD)
    square = cv2.GaussianBlur(values * values, (0, 0), NEIGHBOURHOOD)
    # The constant keeps the noise of a blank surface from being blown up.
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0) + 16.0)
    return np.asarray((values - mean) / spread, np.float32)
