"""The Cramer-Rao bound: the error that no estimator can beat on these pictures.

With the picture I(u) = T(W(u; p)) + n(u), n independent with deviation sigma(u), an unbiased
estimate of p = (x, y, theta) has at least the covariance J^-1,

    J = sum_u g(u) g(u)^T / sigma(u)^2,      g = dT/dp

(Robinson & Milanfar 2004). T is the mean of many pictures from one pose, sigma their
deviation, both per pixel. What noise is left in the mean feigns gradients; their share is
known and taken off. Only the part counts, and the taught picture is taken as known.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM
from pregrasp.hardware.simulation.accuracy import RobotErrors
from pregrasp.jobs.simulated import open_cell
from pregrasp.perception.features.model import FeatureModel
from pregrasp.task import Task

PICTURES = 24


@dataclass(frozen=True)
class Bound:
    """Least standard deviations."""

    x_mm: float
    y_mm: float
    theta_deg: float
    repeatability_mm: float
    """Of the arm, per axis."""
    noise: float
    """Median deviation of a pixel [grey levels]."""

    @property
    def translation_mm(self) -> float:
        """Least median length of (x, y), as Rayleigh's distribution has it."""
        return 1.1774 * float(np.sqrt((self.x_mm**2 + self.y_mm**2) / 2))

    @property
    def total_mm(self) -> float:
        """The same with the arm's own scatter."""
        per_axis = (self.x_mm**2 + self.y_mm**2) / 2 + self.repeatability_mm**2
        return 1.1774 * float(np.sqrt(per_axis))


def bound(task: Task, model: FeatureModel) -> Bound:
    """The bound of one picture from the goal, in the light of the hall."""
    with open_cell(task) as cell:
        cell.reset(start=task.taught.pregrasp)
        stack = np.stack([cell.camera.capture(CancelToken()) for _ in range(PICTURES)]).astype(
            np.float32
        )
    mean, deviation = stack.mean(axis=0), stack.std(axis=0, ddof=1)
    sigma = np.maximum(cv2.blur(deviation, (9, 9)), 0.3)  # rounding alone is 0.29
    full = cv2.resize(model.mask, mean.shape[::-1], interpolation=cv2.INTER_NEAREST) > 127
    rows, columns = np.nonzero(full)
    gradient_u = cv2.Sobel(mean, cv2.CV_32F, 1, 0, ksize=1)[rows, columns] / 2
    gradient_v = cv2.Sobel(mean, cv2.CV_32F, 0, 1, ksize=1)[rows, columns] / 2
    pixels = np.stack([columns, rows], axis=1).astype(np.float64)
    image_map = model.image_map
    plane = image_map.plane(pixels)
    step = 1e-4
    along_x, along_y = (
        (image_map.pixels(plane + shift) - image_map.pixels(plane - shift)) / (2 * step)
        for shift in (np.array([step, 0.0]), np.array([0.0, step]))
    )
    # A part point x is seen at y = R x + t: dy/dp = (1, 0), (0, 1), (-x_y, x_x) at the goal.
    about = -plane[:, 1:] * along_x + plane[:, :1] * along_y
    ways = np.stack([along_x, along_y, about], axis=1)
    g = ways[:, :, 0] * gradient_u[:, None] + ways[:, :, 1] * gradient_v[:, None]
    variance = sigma[rows, columns].astype(np.float64) ** 2
    information = (g / variance[:, None]).T @ g
    # A central difference of noise has half its variance; the mean has 1/N of that.
    feigned = 0.5 / PICTURES
    information -= feigned * np.einsum("nik,njk->ij", ways, ways)
    x, y, theta = np.sqrt(np.diag(np.linalg.inv(information)))
    return Bound(
        x / MM, y / MM, theta / DEG, RobotErrors().repeatability / MM, float(np.median(deviation))
    )
