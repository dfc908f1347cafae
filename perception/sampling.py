"""Where to take pictures: distributions of the pose around the pregrasp pose.

The paper samples the tool pose from a Gaussian or a uniform distribution around e* and
finds the uniform one better (its section IV-B, Fig. 6). A third choice is the default here:
uniform over the workspace **plus** a dense set close to the goal, where the last move of
the servo needs its accuracy (Bateux et al. 2018; Johns 2021).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pregrasp.configuration import quantity
from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.tour import Costs, shortest_tour


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """How far from the pregrasp pose a servo may begin: plus and minus, per axis."""

    x: float = quantity("mm", default=40 * MM)
    """[m]"""
    y: float = quantity("mm", default=40 * MM)
    """[m]"""
    theta: float = quantity("deg", default=30 * DEG)
    """[rad]"""

    def __post_init__(self) -> None:
        """Check the extents."""
        if min(self.x, self.y, self.theta) <= 0:
            raise ValueError("every extent of a workspace must be positive")

    def scaled(self, factor: float) -> Workspace:
        """A workspace of the same shape, ``factor`` times as large."""
        return Workspace(x=self.x * factor, y=self.y * factor, theta=self.theta * factor)


FINE = Workspace(x=2 * MM, y=2 * MM, theta=2 * DEG)
"""The last inch."""


PLACES = 6
"""Placements of a collection, if there are enough captures ..."""

FEWEST_EACH = 12
"""... for each to have so many on average."""

FIRST_WEIGHS = 2
"""Only where the part was taught is it known where it lies; all others are measured from there."""

PASSES = 2
"""In how many tours the arm goes over the workspace of a placement."""


class Distribution(enum.Enum):
    """How poses are drawn."""

    UNIFORM = "uniform"
    """Evenly over the workspace (the paper's better choice)."""
    GAUSSIAN = "gaussian"
    """Normal, the workspace being two standard deviations (the paper's other choice)."""
    UNIFORM_AND_FINE = "uniform_and_fine"
    """Evenly over the workspace, and a share of the captures evenly over the last inch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """How an active collection goes on, round by round (``pregrasp collect --active``)."""

    captures_first: int = 40
    """Pictures of the first round, in two placements."""
    captures_each: int = 20
    """Pictures of every other round, in a placement of its own."""
    captures_max: int = 300
    """With so many the collection ends, whatever the bound."""
    judge_share: float = 0.35
    """Share of every round that is drawn as a whole collection is, and never learned from."""
    explore_share: float = 0.25
    """Share of the others that is drawn evenly; the rest is placed where the model is worst."""
    servo_runs: int = 2
    """Servo runs after every round, from where the model is worst; every look is kept."""
    steps: int = 150
    """Training steps of a round; the network goes on from the round before."""

    def __post_init__(self) -> None:
        """Check the counts."""
        if self.captures_first < 24 or min(self.captures_each, self.steps) < 1:
            raise ValueError(
                "captures_first must be at least 24, captures_each and steps at least 1"
            )
        if self.captures_max < self.captures_first or self.servo_runs < 0:
            raise ValueError(
                "captures_max must be at least captures_first, and servo_runs not negative"
            )
        if not 0.0 < self.judge_share < 1.0 or not 0.0 <= self.explore_share <= 1.0:
            raise ValueError("judge_share must lie between 0 and 1, explore_share too, or be one")


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """How a task's pictures are collected."""

    captures: int = 300
    """How many pictures, over all placements."""
    placements: int | None = None
    """In how many places the part is photographed; the arm re-places it itself. Light and shadow
    fall differently in each, and what differs is not learned. By default 6, and fewer for less
    than 72 captures."""
    distribution: Distribution = Distribution.UNIFORM_AND_FINE
    """Where the pictures are taken."""
    fine_share: float = 0.4
    """Share of the captures in the last inch, for `Distribution.UNIFORM_AND_FINE`."""
    fine: Workspace = FINE
    """The last inch: plus and minus around the pregrasp pose."""
    anchors: int = 4
    """Extra pictures at the pregrasp pose of each placement, to average its picture."""
    seed: int = 0
    """Of the sampled poses."""
    rounds: Rounds = Rounds()
    """How an active collection goes on."""

    def __post_init__(self) -> None:
        """Check the counts."""
        if min(self.captures, self.places, self.anchors) < 1:
            raise ValueError("captures, placements and anchors must each be at least 1")
        if not 0.0 <= self.fine_share <= 1.0:
            raise ValueError("fine_share must lie between 0 and 1")

    @property
    def places(self) -> int:
        """In how many places the part is photographed, whoever decided it."""
        if self.placements is not None:
            return self.placements
        return min(PLACES, max(1, self.captures // FEWEST_EACH))


class CaptureKind(enum.Enum):
    """Why a picture was taken."""

    ANCHOR = "anchor"
    """At the pregrasp pose itself."""
    COARSE = "coarse"
    """Somewhere in the workspace."""
    FINE = "fine"
    """In the last inch."""
    EMPTY = "empty"
    """At the pregrasp pose, while the part is in the gripper: the table alone."""
    JUDGE = "judge"
    """Drawn as a whole collection is, and never learned from: it says how good a model is."""
    AIMED = "aimed"
    """Where the model of an active collection was worst."""
    SERVO = "servo"
    """On the way of a servo."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One planned picture."""

    kind: CaptureKind
    """Why it is taken."""
    placement: int
    """Which placement of the part it belongs to, from 0."""
    motion: MotionCommand
    """``T_pregrasp_tool``: where the tool goes, seen from the pregrasp pose."""


def draw(
    rng: np.random.Generator, workspace: Workspace, distribution: Distribution
) -> MotionCommand:
    """One random pose in the pregrasp frame.

    Args:
        rng: Source of randomness.
        workspace: Extent of the distribution.
        distribution: `Distribution.GAUSSIAN` is cut off at the workspace's edge.
    """
    extent = np.array([workspace.x, workspace.y, workspace.theta])
    if distribution is Distribution.GAUSSIAN:
        unit = rng.normal(0.0, 0.5, 3)
        while np.any(np.abs(unit) > 1.0):
            unit = rng.normal(0.0, 0.5, 3)
    else:
        unit = rng.uniform(-1.0, 1.0, 3)
    x, y, theta = (float(value) for value in unit * extent)
    return MotionCommand(x, y, theta)


def plan(collection: Collection, workspace: Workspace) -> Iterator[Sample]:
    """The pictures of a whole collection, placement by placement, in order.

    The same configuration always gives the same plan, so that a collection that was
    interrupted goes on where it stopped.
    """
    for placement, count in enumerate(_shares(collection.captures, collection.places)):
        rng = np.random.default_rng([collection.seed, placement])
        yield from anchors(collection, placement)
        yield from in_passes(draw_samples(rng, collection, workspace, placement, count), rng)


def _shares(captures: int, placements: int) -> list[int]:
    """How many pictures each placement gets: the first `FIRST_WEIGHS` times as many as another."""
    parts = [FIRST_WEIGHS, *[1] * (placements - 1)]
    ends = [captures * sum(parts[: k + 1]) // sum(parts) for k in range(placements)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def anchors(collection: Collection, placement: int) -> list[Sample]:
    """The pictures at the pregrasp pose of a placement."""
    return [Sample(CaptureKind.ANCHOR, placement, MotionCommand())] * collection.anchors


def draw_samples(
    rng: np.random.Generator,
    collection: Collection,
    workspace: Workspace,
    placement: int,
    count: int,
) -> list[Sample]:
    """So many pictures of a placement, drawn as the collection wants them, without anchors."""
    fine = 0
    if collection.distribution is Distribution.UNIFORM_AND_FINE:
        fine = round(count * collection.fine_share)
    samples = [
        Sample(CaptureKind.FINE, placement, draw(rng, collection.fine, Distribution.UNIFORM))
        for _ in range(fine)
    ]
    samples += [
        Sample(CaptureKind.COARSE, placement, draw(rng, workspace, collection.distribution))
        for _ in range(count - fine)
    ]
    return samples


def in_passes(samples: Sequence[Sample], rng: np.random.Generator) -> list[Sample]:
    """The samples in an order in which the arm travels little.

    A single tour would link where a picture is taken to when: light that drifts by and by
    would be learned along with the place. So the samples are dealt out at random to
    `PASSES` tours, each of which goes over the whole workspace.

    Args:
        samples: In any order.
        rng: Deals them out.
    """
    ordered: list[Sample] = []
    here = MotionCommand()
    for share in np.array_split(rng.permutation(len(samples)), PASSES):
        motions = [here, *(samples[i].motion for i in share)]
        ordered += [samples[share[place - 1]] for place in shortest_tour(_travel(motions))[1:]]
        here = ordered[-1].motion if ordered else here
    return ordered


def _travel(motions: Sequence[MotionCommand]) -> Costs:
    """How far apart poses are, one degree counting as one millimetre, (N, N) [mm].

    It orders poses as the time of a move does, up to a few per cent.
    """
    table = np.array([(m.x / MM, m.y / MM, m.theta / DEG) for m in motions])
    off = table[:, None] - table[None]
    return np.asarray(np.hypot(off[..., 0], off[..., 1]) + np.abs(off[..., 2]), np.float64)
