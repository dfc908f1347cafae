"""More pictures than were taken: the captures seen from elsewhere, in other light.

The camera looks straight down on a flat part, so a capture shows what a neighbouring pose
would see, moved (planar-warp synthesis, as in the paper's crops of a larger picture). The
light, the table, hidden corners and blur are changed at random, because a network that saw
one table learns the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import Floats, ImageMap, move_points
from pregrasp.perception.network_input import HEIGHT, WIDTH, normalise_contrast, reduce
from pregrasp.perception.sampling import Workspace

Singles = npt.NDArray[np.float32]

SOURCE_WIDTH = 2 * WIDTH
SOURCE_HEIGHT = 2 * HEIGHT
"""Captures are kept at twice the network's resolution, so that warping costs no sharpness."""

MARGIN = 1.15
"""Synthetic poses go this much beyond the workspace, where a servo may overshoot to."""

BACKGROUNDS = 48


@dataclass(frozen=True)
class Example:
    """One training example."""

    picture: Singles
    """Normalised network input, float32 (HEIGHT, WIDTH)."""
    motion: MotionCommand
    """Its motion command."""
    on_part: Singles
    """Where the part is, float32 (HEIGHT, WIDTH), 0 to 1."""


class Synthesiser:
    """Makes training examples out of captures.

    Args:
        captures: Camera pictures with their motion commands.
        image_map: How pixels lie on the part's plane.
        mask: Where the part is in the taught picture, uint8, 255 inside.
        workspace: Where examples are wanted.
        rng: Source of randomness.
    """

    def __init__(
        self,
        captures: list[tuple[Image, MotionCommand]],
        image_map: ImageMap,
        mask: Image,
        workspace: Workspace,
        rng: np.random.Generator,
    ) -> None:
        self._pictures = [reduce(image, SOURCE_WIDTH) for image, _ in captures]
        self._motions = [motion for _, motion in captures]
        self._map = image_map
        self._mask = reduce(mask, SOURCE_WIDTH)
        self._workspace = workspace.scaled(MARGIN)
        self._rng = rng
        self._backgrounds = [_background(rng) for _ in range(BACKGROUNDS)]
        self._shrink = image_map.size[0] / SOURCE_WIDTH
        u, v = np.meshgrid(np.linspace(0.1, 0.9, 4), np.linspace(0.1, 0.9, 4))
        self._probes = np.stack([u.ravel(), v.ravel()], 1) * (SOURCE_WIDTH, SOURCE_HEIGHT)
        self._probes_plane = image_map.plane((self._probes + 0.5) * self._shrink - 0.5)
        self._solve = np.linalg.pinv(np.column_stack([self._probes, np.ones(len(self._probes))]))

    def example(self, *, changed: bool = True) -> Example:
        """A random example.

        Args:
            changed: Whether light, table and view may be disturbed.
        """
        rng = self._rng
        index = int(rng.integers(len(self._pictures)))
        source = self._motions[index]
        target = self._target(source)
        values, valid = self._seen_from(self._pictures[index], source, target)
        mask, _ = self._seen_from(self._mask, MotionCommand(), target)
        if changed and rng.random() < 0.7:
            values = self._on_another_table(values, mask, valid)
        else:
            background = self._backgrounds[int(rng.integers(BACKGROUNDS))]
            values = np.where(valid > 0.5, values, _crop(background, rng))
        if changed:
            values, mask = self._disturbed(values, mask)
        picture = cv2.resize(values, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        on_part = cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return Example(normalise_contrast(np.clip(picture, 0, 255)), target, on_part)

    def _target(self, source: MotionCommand) -> MotionCommand:
        rng, space = self._rng, self._workspace
        if rng.random() < 0.4:
            x, y, theta = rng.uniform(-1, 1, 3) * (space.x, space.y, space.theta)
            return MotionCommand(float(x), float(y), float(theta)).inverse()
        dx, dy, dtheta = rng.normal(0, 1, 3) * (6 * MM, 6 * MM, 8 * DEG)
        away = source.inverse() @ MotionCommand(float(dx), float(dy), float(dtheta))
        # `away` is the tool seen from the pregrasp pose: that is what the workspace limits.
        return MotionCommand(
            float(np.clip(away.x, -space.x, space.x)),
            float(np.clip(away.y, -space.y, space.y)),
            float(np.clip(away.theta, -space.theta, space.theta)),
        ).inverse()

    def _seen_from(
        self, picture: Image, source: MotionCommand, target: MotionCommand
    ) -> tuple[Singles, Singles]:
        """A picture taken at one motion command as it would look at another.

        Returns:
            The picture, and where it is known (0 to 1), both float32 at source size.
        """
        there = move_points(source @ target.inverse(), self._probes_plane)
        pixels = (self._map.pixels(there) + 0.5) / self._shrink - 0.5
        warp = (self._solve @ pixels).T
        size = (SOURCE_WIDTH, SOURCE_HEIGHT)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(picture, warp, size, flags=flags)
        known = cv2.warpAffine(np.full_like(picture, 255), warp, size, flags=flags)
        return moved.astype(np.float32), known.astype(np.float32) / 255.0

    def _on_another_table(self, values: Singles, mask: Singles, valid: Singles) -> Singles:
        """The part cut out and laid on something else."""
        rng = self._rng
        background = _crop(self._backgrounds[int(rng.integers(BACKGROUNDS))], rng)
        background = background * rng.uniform(0.4, 1.3) + rng.uniform(-20, 40)
        grow = int(rng.integers(0, 4))
        alpha = mask
        if grow:
            alpha = cv2.dilate(mask, np.ones((2 * grow + 1, 2 * grow + 1), np.uint8))
        alpha = np.minimum(cv2.GaussianBlur(alpha, (5, 5), 0) / 255.0, valid)
        return np.asarray(alpha * values + (1.0 - alpha) * background, np.float32)

    def _disturbed(self, values: Singles, mask: Singles) -> tuple[Singles, Singles]:
        """Another light, a hidden piece, a glare spot, a blur, more noise."""
        rng = self._rng
        u, v = _UNIT_U, _UNIT_V
        values = values * rng.uniform(0.45, 1.35) + rng.uniform(-15, 15)
        if rng.random() < 0.4:
            angle = rng.uniform(0, 2 * np.pi)
            ramp = 1.0 + rng.uniform(0.1, 0.5) * (np.cos(angle) * u + np.sin(angle) * v)
            values = values * ramp.astype(np.float32)
        if rng.random() < 0.35:
            angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.6)
            side = (np.cos(angle) * u + np.sin(angle) * v - offset) / rng.uniform(0.01, 0.1)
            shade = 1.0 - rng.uniform(0.2, 0.65) / (1.0 + np.exp(-np.clip(side, -30, 30)))
            values = values * shade.astype(np.float32)
        if rng.random() < 0.35:
            values, mask = self._hidden(values, mask)
        if rng.random() < 0.25:
            for _ in range(int(rng.integers(1, 4))):
                x, y, width = rng.uniform(-1, 1), rng.uniform(-0.75, 0.75), rng.uniform(0.03, 0.15)
                spot = np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * width**2))
                values = values + (rng.uniform(60, 250) * spot).astype(np.float32)
        if rng.random() < 0.3:
            values = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.4, 2.0)))
        noise = rng.standard_normal(values.shape, np.float32)
        values = values + np.float32(rng.uniform(0.5, 4.0)) * noise
        return np.asarray(values, np.float32), mask

    def _hidden(self, values: Singles, mask: Singles) -> tuple[Singles, Singles]:
        """A polygon of something else lies over the picture."""
        rng = self._rng
        cover = np.zeros((SOURCE_HEIGHT, SOURCE_WIDTH), np.uint8)
        middle = rng.uniform((0, 0), (SOURCE_WIDTH, SOURCE_HEIGHT))
        corners = np.sort(rng.uniform(0, 2 * np.pi, 5))
        radius = rng.uniform(15, 75, 5)
        outline = middle + np.stack([np.cos(corners), np.sin(corners)], 1) * radius[:, None]
        cv2.fillPoly(cover, [outline.astype(np.int32)], 1)
        other = _crop(self._backgrounds[int(rng.integers(BACKGROUNDS))], rng)
        hidden = cover > 0
        return np.where(hidden, other, values), np.where(hidden, np.float32(0), mask)


_UNIT_U, _UNIT_V = np.meshgrid(
    np.linspace(-1, 1, SOURCE_WIDTH, dtype=np.float32),
    np.linspace(-0.75, 0.75, SOURCE_HEIGHT, dtype=np.float32),
)


def _background(rng: np.random.Generator) -> Singles:
    """A made-up table, larger than the picture: noise of many sizes, stripes and blobs."""
    height, width = 2 * SOURCE_HEIGHT, 2 * SOURCE_WIDTH
    values = np.zeros((height, width), np.float32)
    stretch = rng.choice([1.0, 1.0, 6.0, 20.0])
    for octave in range(1, 8):
        rows = max(2, int(2**octave * 0.75))
        columns = max(2, int(2**octave / stretch))
        grain = rng.standard_normal((rows, columns)).astype(np.float32)
        layer = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
        values += layer * rng.uniform(0, 1) * 0.8**octave
    values *= rng.uniform(3, 40) / max(float(values.std()), 1e-3)
    if rng.random() < 0.3:
        spacing = int(rng.integers(12, 60))
        line = rng.uniform(-50, 50)
        values[:: spacing, :] += line
        values[:, :: spacing] += line
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(3, 25))):
            centre = (int(rng.integers(width)), int(rng.integers(height)))
            box = (int(rng.integers(3, 60)), int(rng.integers(3, 60)))
            corner = (centre[0] + box[0], centre[1] + box[1])
            cv2.rectangle(values, centre, corner, float(rng.uniform(-70, 70)), -1)
    turned = rng.integers(4)
    values = values + rng.uniform(50, 190)
    return np.ascontiguousarray(np.clip(values[:: 1 - 2 * (turned & 1)], 0, 255))


def _crop(background: Singles, rng: np.random.Generator) -> Singles:
    row = int(rng.integers(background.shape[0] - SOURCE_HEIGHT + 1))
    column = int(rng.integers(background.shape[1] - SOURCE_WIDTH + 1))
    crop = background[row : row + SOURCE_HEIGHT, column : column + SOURCE_WIDTH]
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def cell_cover(on_part: Floats | Singles, rows: int, columns: int) -> Singles:
    """How much of each cell shows the part, float32 (rows * columns,), 0 to 1."""
    cover = cv2.resize(
        np.asarray(on_part, np.float32) / 255.0, (columns, rows), interpolation=cv2.INTER_AREA
    )
    return np.asarray(cover.ravel(), np.float32)
