"""Marks that tell one part from the next: scratches, dust, batch-to-batch shade."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pregrasp.hardware.simulation.textures.canvas import Canvas, RgbImage
from pregrasp.hardware.simulation.textures.look import PartVariation


def wear(canvas: Canvas, variation: PartVariation | None) -> RgbImage:
    """The finished drawing, as one individual of the part has it.

    Args:
        canvas: The drawing; it is changed.
        variation: Which individual; None for the part as designed.
    """
    if variation is None:
        return canvas.finish()
    rng = np.random.default_rng([variation.seed, 5])
    for _ in range(variation.scratches):
        x = rng.uniform(-0.5, 0.5) * canvas.length_mm
        y = rng.uniform(-0.5, 0.5) * canvas.width_mm
        heading, bend = rng.uniform(0.0, 2.0 * math.pi), rng.normal(0.0, 0.05, 12).cumsum()
        step = rng.uniform(0.4, 1.6)
        turn = heading + bend
        points = np.column_stack(
            [x + step * np.cos(turn).cumsum(), y + step * np.sin(turn).cumsum()]
        )
        bright = int(rng.integers(120, 210))
        canvas.polyline(points, rng.uniform(0.05, 0.14), (bright, bright, bright))
    for _ in range(3 * variation.scratches):
        x = rng.uniform(-0.5, 0.5) * canvas.length_mm
        y = rng.uniform(-0.5, 0.5) * canvas.width_mm
        canvas.disc(x, y, rng.uniform(0.06, 0.2), (150, 146, 140))
    factor = max(0.7, 1.0 + rng.normal(0.0, variation.shade))
    return np.asarray(cv2.convertScaleAbs(canvas.finish(), alpha=float(factor)))
