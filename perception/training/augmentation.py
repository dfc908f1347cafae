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

FAR_SHARE = 0.15
FAR = 2.2
"""Some go this much beyond in x and y: only a corner of the part is left in the picture."""

BACKGROUNDS = 96

HIDDEN = 0.45
"""Share of the examples in which something lies over the picture."""

SHEETS = 0.6
"""Share of these in which it is as large as the part."""


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
        if changed and rng.random() < 0.8:
            values = self._on_another_table(values, mask, valid)
        else:
            background = self._backgrounds[int(rng.integers(BACKGROUNDS))]
            values = np.where(valid > 0.5, values, _crop(background, rng))
        picture, on_part = _halved(values), _halved(mask)
        if changed:
            picture, on_part = self._disturbed(picture, on_part)
        limited = np.clip(picture, np.float32(0), np.float32(255))
        return Example(normalise_contrast(limited), target, on_part)

    def _target(self, source: MotionCommand) -> MotionCommand:
        rng, space = self._rng, self._workspace
        if rng.random() < 0.4:
            far = FAR if rng.random() < FAR_SHARE / 0.4 else 1.0
            x, y, theta = rng.uniform(-1, 1, 3) * (far * space.x, far * space.y, space.theta)
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
        middle = float(background.mean())
        background = middle + (background - middle) * rng.uniform(0.2, 1.5) + rng.uniform(-60, 60)
        grow = int(rng.integers(0, 4))
        alpha = mask
        if grow:
            square = np.ones((2 * grow + 1, 2 * grow + 1), np.uint8)
            alpha = np.asarray(cv2.dilate(mask, square), np.float32)
        alpha = np.minimum(np.asarray(cv2.GaussianBlur(alpha, (5, 5), 0)) / 255.0, valid)
        return np.asarray(alpha * values + (1.0 - alpha) * background, np.float32)

    def _disturbed(self, values: Singles, mask: Singles) -> tuple[Singles, Singles]:
        """Another light, a hidden piece, a glare spot, a blur, more noise."""
        rng = self._rng
        u, v = _UNIT_U, _UNIT_V
        values = values * np.float32(np.exp(rng.uniform(-1.2, 0.6))) + rng.uniform(-15, 15)
        if rng.random() < 0.4:
            angle = rng.uniform(0, 2 * np.pi)
            ramp = 1.0 + rng.uniform(0.1, 0.5) * (np.cos(angle) * u + np.sin(angle) * v)
            values = values * ramp.astype(np.float32)
        if rng.random() < 0.35:
            angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.6)
            side = (np.cos(angle) * u + np.sin(angle) * v - offset) / rng.uniform(0.01, 0.1)
            shade = 1.0 - rng.uniform(0.2, 0.65) / (1.0 + np.exp(-np.clip(side, -30, 30)))
            values = values * shade.astype(np.float32)
        if rng.random() < HIDDEN:
            values, mask = self._hidden(values, mask)
        if rng.random() < 0.25:
            for _ in range(int(rng.integers(1, 4))):
                x, y, width = rng.uniform(-1, 1), rng.uniform(-0.75, 0.75), rng.uniform(0.03, 0.15)
                spot = np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * width**2))
                values = values + (rng.uniform(60, 250) * spot).astype(np.float32)
        if rng.random() < 0.3:
            width = float(rng.uniform(0.3, 1.0))
            values = np.asarray(cv2.GaussianBlur(values, (0, 0), width), np.float32)
        noise = rng.standard_normal(values.shape, np.float32)
        values = values + np.float32(rng.uniform(0.2, 2.0)) * noise
        return np.asarray(values, np.float32), mask

    def _hidden(self, values: Singles, mask: Singles) -> tuple[Singles, Singles]:
        """Something else lies over the picture: a scrap, or a sheet that hides most of it."""
        rng = self._rng
        cover = np.zeros((HEIGHT, WIDTH), np.uint8)
        middle = rng.uniform((0, 0), (WIDTH, HEIGHT))
        if rng.random() < SHEETS:
            size = rng.uniform(0.3, 1.1, 2) * HEIGHT
            outline = cv2.boxPoints((middle.tolist(), size.tolist(), float(rng.uniform(0, 180))))
        else:
            corners = np.sort(rng.uniform(0, 2 * np.pi, 5))
            radius = rng.uniform(8, 38, 5)
            outline = middle + np.stack([np.cos(corners), np.sin(corners)], 1) * radius[:, None]
        cv2.fillPoly(cover, [outline.astype(np.int32)], 1)
        hidden = cover > 0
        other = _crop(self._backgrounds[int(rng.integers(BACKGROUNDS))], rng)[::2, ::2]
        if rng.random() < 0.5:
            # Paper, card and rubber have hardly any grain of their own.
            other = np.float32(rng.uniform(10, 250)) + np.float32(0.1) * (other - other.mean())
        return np.where(hidden, other, values), np.where(hidden, np.float32(0), mask)


_UNIT_U, _UNIT_V = np.meshgrid(
    np.linspace(-1, 1, WIDTH, dtype=np.float32),
    np.linspace(-0.75, 0.75, HEIGHT, dtype=np.float32),
)


def _halved(values: Singles) -> Singles:
    size = (WIDTH, HEIGHT)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _background(rng: np.random.Generator) -> Singles:
    """A made-up table, larger than the picture: grain, lines, speckles and clutter."""
    values = _grain(rng) * rng.uniform(2, 45)
    if rng.random() < 0.35:
        values += _grid_lines(rng)
    if rng.random() < 0.35:
        values += _speckles(rng)
    if rng.random() < 0.5:
        _scatter(values, rng)
    if rng.random() < 0.5:
        values = np.ascontiguousarray(values.T[: values.shape[0], :])
        whole = (2 * SOURCE_WIDTH, 2 * SOURCE_HEIGHT)
        values = np.asarray(cv2.resize(values, whole), np.float32)
    return np.asarray(np.clip(values + rng.uniform(40, 200), 0, 255), np.float32)


def _grain(rng: np.random.Generator) -> Singles:
    """Noise of many sizes, sometimes drawn out like wood or brushed metal, deviation 1."""
    height, width = 2 * SOURCE_HEIGHT, 2 * SOURCE_WIDTH
    values = np.zeros((height, width), np.float32)
    stretch = float(rng.choice([1.0, 1.0, 4.0, 15.0, 40.0]))
    fall = rng.uniform(0.6, 1.1)
    for octave in range(1, 9):
        rows = max(2, int(2**octave * 0.75))
        columns = max(2, int(2**octave / stretch))
        grain = rng.standard_normal((rows, columns)).astype(np.float32)
        layer = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
        values += layer * rng.uniform(0, 1) * fall**octave
    return np.asarray(values / max(float(values.std()), 1e-3), np.float32)


def _grid_lines(rng: np.random.Generator) -> Singles:
    """Straight lines at even distances, as on a cutting mat or between boards."""
    values = np.zeros((2 * SOURCE_HEIGHT, 2 * SOURCE_WIDTH), np.float32)
    spacing, line = int(rng.integers(10, 90)), int(rng.integers(1, 4))
    strength = float(rng.uniform(-70, 70))
    for start in range(int(rng.integers(spacing)), values.shape[0], spacing):
        values[start : start + line] += strength
    if rng.random() < 0.6:
        for start in range(int(rng.integers(spacing)), values.shape[1], spacing):
            values[:, start : start + line] += strength
    return values


def _speckles(rng: np.random.Generator) -> Singles:
    """Dots, as on rubber or terrazzo."""
    share = rng.uniform(0.001, 0.03)
    dots = (rng.random((2 * SOURCE_HEIGHT, 2 * SOURCE_WIDTH)) < share).astype(np.float32)
    dots = np.asarray(cv2.GaussianBlur(dots, (0, 0), float(rng.uniform(0.6, 2.5))), np.float32)
    return np.asarray(dots * (rng.uniform(-90, 90) / max(float(dots.max()), 1e-3)), np.float32)


def _scatter(values: Singles, rng: np.random.Generator) -> None:
    """Other things that lie about: boxes, discs and rods, each with details of its own."""
    for _ in range(int(rng.integers(3, 40))):
        x, y = int(rng.integers(values.shape[1])), int(rng.integers(values.shape[0]))
        length, width = (float(value) for value in rng.uniform(3, 70, 2))
        shade = float(rng.uniform(-90, 90))
        kind = rng.integers(3)
        if kind == 0:
            corners = cv2.boxPoints(((x, y), (length, width), float(rng.uniform(0, 180))))
            cv2.fillPoly(values, [corners.astype(np.int32)], shade)
        elif kind == 1:
            cv2.circle(values, (x, y), int(length / 2) + 1, shade, -1)
        else:
            end = (x + int(rng.integers(-90, 90)), y + int(rng.integers(-90, 90)))
            cv2.line(values, (x, y), end, shade, int(rng.integers(1, 6)))


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
