"""What is still missing in a data set, and how the arm goes about taking it.

A collection photographs the part in several placements. Placement 0 is where the part was
taught; for the others the arm itself picks the part up and puts it down somewhere else, so
that neither a table nor an angle is learnt along with the part.

Every time the part has been put down, and every time a collection is resumed, a new *group*
begins with fresh anchor pictures at its pregrasp pose: training measures from those where
the part really lies, since neither a hand nor a gripper puts it down to a hundredth of a
millimetre. A resumed collection expects the part where it was taught.

When the part has been picked up to be moved on, the table is photographed without it: from
that, training learns which pixels are the part (`pregrasp.perception.training.mask`).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pregrasp.frames import DEG, MM, Pose
from pregrasp.perception.dataset import CaptureRecord
from pregrasp.perception.sampling import CaptureKind, Collection, Sample

SHIFT = 30 * MM
"""A new placement is at most this far from the taught one, along x and along y [m]."""

TURN_JITTER = 15 * DEG
"""Angles of new placements are spread evenly, give or take this [rad]."""

LAP = 0.382
"""More placements than planned lie between the others: turned by this share of their spacing."""

ATTEMPTS = 40
"""How many places are tried before a placement is given up as out of reach."""


SAME, SAME_TURN = 0.1 * MM, 0.1 * DEG
"""An arm that was sent to a pose arrives nearer than this; two starts lie further apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedCapture:
    """One picture that is to be taken."""

    kind: CaptureKind
    """Why it is taken."""
    group: int
    """Which session it belongs to."""
    placement: int
    """Which placement of the part it belongs to."""
    goal: Pose
    """``T_base_tool`` to take it at."""
    T_base_pregrasp: Pose
    """The pregrasp pose of this placement, as far as it is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartMove:
    """The part is picked up and put down somewhere else."""

    start: Pose
    """``T_base_pregrasp`` where the part lies."""
    goal: Pose
    """``T_base_pregrasp`` where it will lie."""
    empty: tuple[PlannedCapture, ...]
    """A picture of the table that the part leaves behind, unless nobody can use it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPlacement:
    """A placement of the part, and its pictures."""

    moves: tuple[PartMove, ...]
    """How the part gets there: one move, or none when it lies there already."""
    captures: tuple[PlannedCapture, ...]
    """The pictures, in the order in which they are taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionPlan:
    """Everything that is still to be done."""

    placements: tuple[PlannedPlacement, ...]
    """Placements that lack pictures, in order."""
    back: tuple[PartMove, ...]
    """How the part gets back to where it was taught."""
    poses: tuple[Pose, ...]
    """Each ``T_base_tool`` that the arm will have to reach."""

    @property
    def captures(self) -> int:
        """How many pictures are to be taken."""
        return sum(len(placement.captures) for placement in self.placements)


def plan_missing(
    samples: Iterable[Sample],
    collection: Collection,
    taught: Pose,
    approach: Pose,
    records: Sequence[CaptureRecord],
    reachable: Callable[[Sequence[Pose]], bool],
) -> CollectionPlan:
    """Plan what a data set lacks.

    Args:
        samples: Every picture that is wanted, placement by placement.
        collection: Where the part is put for a placement.
        taught: ``T_base_pregrasp`` as taught.
        approach: ``T_pregrasp_grasp`` as taught.
        records: The pictures there are.
        reachable: Whether the arm gets to all of some ``T_base_tool``.

    Returns:
        The plan; it is empty when nothing is missing.
    """
    group = itertools.count(max((record.group for record in records), default=-1) + 1)
    lies_at = taught
    lies_in: PlannedCapture | None = None
    placements: list[PlannedPlacement] = []
    poses: list[Pose] = []
    for index, planned in itertools.groupby(samples, lambda sample: sample.placement):
        wanted = list(planned)
        missing = _missing(wanted, [r for r in records if r.placement == index])
        if not missing:
            continue
        T_base_pregrasp = placement_pose(index, collection, taught, approach, wanted, reachable)
        number = next(group)
        captures = tuple(
            PlannedCapture(
                kind=sample.kind,
                group=number,
                placement=index,
                goal=T_base_pregrasp @ sample.motion,
                T_base_pregrasp=T_base_pregrasp,
            )
            for sample in missing
        )
        moves = _move(lies_at, T_base_pregrasp, lies_in)
        lies_at, lies_in = T_base_pregrasp, captures[0]
        placements.append(PlannedPlacement(moves=moves, captures=captures))
        poses += [T_base_pregrasp @ approach] if moves else []
        poses += [capture.goal for capture in captures]
    back = _move(lies_at, taught, lies_in)
    if any(placement.moves for placement in placements):
        poses += [taught, taught @ approach]
    return CollectionPlan(placements=tuple(placements), back=back, poses=tuple(poses))


def placement_pose(
    index: int,
    collection: Collection,
    taught: Pose,
    approach: Pose,
    samples: Sequence[Sample],
    reachable: Callable[[Sequence[Pose]], bool],
) -> Pose:
    """``T_base_pregrasp`` of a placement, the same one every time it is asked for.

    The part is turned and shifted about its grasp pose. The first place is taken from which
    the arm reaches the grasp and every picture; when there is none, the last one tried, so
    that checking the plan says what is out of reach.
    """
    if index == 0:
        return taught
    candidate = taught
    for candidate in itertools.islice(_candidates(index, collection, taught, approach), ATTEMPTS):
        needed = [candidate, candidate @ approach, *(candidate @ s.motion for s in samples)]
        if reachable(needed):
            break
    return candidate


def _candidates(index: int, collection: Collection, taught: Pose, approach: Pose) -> Iterator[Pose]:
    """Ever new places for the part, its angle close to an even spread."""
    rng = np.random.default_rng([collection.seed, index, 1])
    lap, place = divmod(index, collection.places)
    # Rounds of an active collection go on after the last placement, between those there are.
    spread = 2.0 * np.pi * (place + LAP * lap) / collection.places
    grasp = taught @ approach
    while True:
        x, y = rng.uniform(-SHIFT, SHIFT, 2)
        turn = spread + rng.uniform(-TURN_JITTER, TURN_JITTER)
        moved = Pose(grasp.x + float(x), grasp.y + float(y), grasp.z, grasp.theta)
        yield moved @ Pose(theta=float(turn)) @ approach.inverse()


def _missing(samples: Sequence[Sample], records: Sequence[CaptureRecord]) -> list[Sample]:
    """The samples that no record stands for, with fresh anchors before them.

    Pictures are always taken in the order of the plan, so their number says how far it got.
    """
    anchors = [sample for sample in samples if sample.kind is CaptureKind.ANCHOR]
    others = [sample for sample in samples if sample.kind is not CaptureKind.ANCHOR]
    extra = (CaptureKind.ANCHOR, CaptureKind.EMPTY, CaptureKind.SERVO)
    done = sum(record.kind not in extra for record in records)
    left = others[done:]
    # A placement that is all anchors is complete once it has them.
    complete = not left and sum(r.kind is CaptureKind.ANCHOR for r in records) >= len(anchors)
    return [] if complete else [*anchors, *left]


def _move(start: Pose, goal: Pose, lies_in: PlannedCapture | None) -> tuple[PartMove, ...]:
    """The part's way to a new place, if it is not there.

    Args:
        start: ``T_base_pregrasp`` where it lies.
        goal: ``T_base_pregrasp`` where it will lie.
        lies_in: A picture of the group that it is photographed in there; None if it is not.
    """
    if start == goal:
        return ()
    empty: tuple[PlannedCapture, ...] = ()
    if lies_in is not None:
        empty = (dataclasses.replace(lies_in, kind=CaptureKind.EMPTY, goal=start),)
    return (PartMove(start=start, goal=goal, empty=empty),)


def plan_servo_runs(
    starts: Sequence[Sample], taught: Pose, records: Sequence[CaptureRecord]
) -> tuple[PlannedCapture, ...]:
    """What the looks of some servo runs are taken for, with the part where it was taught.

    Args:
        starts: Where the runs begin.
        taught: ``T_base_pregrasp`` as taught.
        records: The pictures there are. A run that has begun is not begun again.
    """
    group = max((record.group for record in records), default=-1) + 1
    looks = [record for record in records if record.kind is CaptureKind.SERVO]
    return tuple(
        PlannedCapture(
            kind=CaptureKind.SERVO,
            group=group,
            placement=start.placement,
            goal=taught @ start.motion,
            T_base_pregrasp=taught,
        )
        for start in starts
        if not any(_same_place(look.T_base_tool, taught @ start.motion) for look in looks)
    )


def _same_place(one: Pose, other: Pose) -> bool:
    step = (one.inverse() @ other).planar
    return step.translation < SAME and step.rotation < SAME_TURN
