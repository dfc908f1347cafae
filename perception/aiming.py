"""Where the pictures of an active collection are taken.

A round has three kinds of pictures. *Judges* are drawn as a whole collection would be, never
learned from and never asked where to look next: they alone say how good the model is, and a
conformal bound from them holds. Most of the others are *aimed*: placed where the model of the
round before was in trouble. A few are drawn evenly, so that no place is forgotten.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.sampling import (
    CaptureKind,
    Collection,
    Distribution,
    Sample,
    Workspace,
    anchors,
    draw,
    draw_samples,
    in_passes,
)

CANDIDATES = 400
"""Poses of which the next pictures are chosen."""

REACH = 0.35
"""How far trouble spreads, as a share of the workspace's half width."""

WORST = 0.1
"""Of this share of the candidates one may be the start of a servo run."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trouble:
    """How hard a model found one capture."""

    motion: MotionCommand
    """``T_pregrasp_tool``: where the picture was taken."""
    amount: float
    """0 for none, 1 for an error as large as the tolerance; answers not trusted have more."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Where trouble is expected."""

    candidates: tuple[MotionCommand, ...]
    """Poses, evenly over the workspace."""
    expected: Floats
    """How much trouble is expected at each, float64 (N,)."""

    @property
    def worst(self) -> MotionCommand:
        """Where the most is expected."""
        return self.candidates[int(np.argmax(self.expected))]


def take_aim(rng: np.random.Generator, workspace: Workspace, troubles: Sequence[Trouble]) -> Aim:
    """Expect trouble near where there was some (Nadaraya and Watson 1964).

    Places far from every capture are expected to be as bad as the worst tenth.

    Args:
        rng: Draws the candidates.
        workspace: Where servos begin.
        troubles: What the model found hard, and what not; none at all means all places are alike.
    """
    candidates = tuple(draw(rng, workspace, Distribution.UNIFORM) for _ in range(CANDIDATES))
    if not troubles:
        return Aim(candidates, np.ones(CANDIDATES))
    amounts = np.array([trouble.amount for trouble in troubles])
    off = _scaled(workspace, candidates)[:, None] - _scaled(
        workspace, [trouble.motion for trouble in troubles]
    )
    weights = np.exp(-0.5 * (off**2).sum(axis=2) / REACH**2)
    unknown = float(np.quantile(amounts, 0.9))
    # One distant capture weighs little against not knowing.
    expected = (weights @ amounts + 0.1 * unknown) / (weights.sum(axis=1) + 0.1)
    return Aim(candidates, np.asarray(expected, np.float64))


def first_round(collection: Collection, workspace: Workspace) -> list[Sample]:
    """The pictures of the first round, in two placements: nothing is known yet."""
    count = collection.rounds.captures_first
    samples: list[Sample] = []
    for placement, share in enumerate((count - count // 3, count // 3)):
        rng = np.random.default_rng([collection.seed, placement, 2])
        judges = round(share * collection.rounds.judge_share)
        drawn = draw_samples(rng, collection, workspace, placement, share - judges)
        drawn += _judges(rng, collection, workspace, placement, judges)
        samples += [*anchors(collection, placement), *in_passes(drawn, rng)]
    return samples


def next_round(
    collection: Collection, workspace: Workspace, number: int, aim: Aim, count: int
) -> list[Sample]:
    """The pictures of a later round, in a placement of its own.

    Args:
        collection: Of the task.
        workspace: Where servos begin.
        number: Of the round, from 1 on.
        aim: Where the model of the round before was in trouble.
        count: How many, without anchors and servo runs.
    """
    placement = number + 1
    rng = np.random.default_rng([collection.seed, placement, 2])
    judges = max(1, round(count * collection.rounds.judge_share)) if count > 1 else 0
    explored = round((count - judges) * collection.rounds.explore_share)
    drawn = _judges(rng, collection, workspace, placement, judges)
    drawn += draw_samples(rng, collection, workspace, placement, explored)
    shares = aim.expected**2
    chosen = rng.choice(
        len(aim.candidates), count - judges - explored, replace=False, p=shares / shares.sum()
    )
    drawn += [Sample(CaptureKind.AIMED, placement, aim.candidates[i]) for i in chosen]
    return [*anchors(collection, placement), *in_passes(drawn, rng)]


def servo_starts(collection: Collection, number: int, aim: Aim) -> list[Sample]:
    """Where the servo runs of a round begin: among the worst places."""
    rng = np.random.default_rng([collection.seed, number, 3])
    worst = np.argsort(-aim.expected, kind="stable")[: max(1, round(WORST * CANDIDATES))]
    chosen = rng.choice(worst, min(collection.rounds.servo_runs, len(worst)), replace=False)
    # The part lies where it was taught: placement 0.
    return [Sample(CaptureKind.SERVO, 0, aim.candidates[i]) for i in chosen]


def _judges(
    rng: np.random.Generator,
    collection: Collection,
    workspace: Workspace,
    placement: int,
    count: int,
) -> list[Sample]:
    drawn = draw_samples(rng, collection, workspace, placement, count)
    return [dataclasses.replace(sample, kind=CaptureKind.JUDGE) for sample in drawn]


def _scaled(workspace: Workspace, motions: Sequence[MotionCommand]) -> Floats:
    """Poses as shares of the workspace's half width, float64 (N, 3)."""
    table = np.array([(m.x, m.y, m.theta) for m in motions], np.float64)
    return table / (workspace.x, workspace.y, workspace.theta)


def words(motion: MotionCommand) -> str:
    """A place for people, seen from the pregrasp pose."""
    return f"{motion.x / MM:+.0f}, {motion.y / MM:+.0f} mm, {motion.theta / DEG:+.0f} deg"
