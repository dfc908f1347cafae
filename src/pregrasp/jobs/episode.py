"""One episode in the simulated cell: put the part down, start somewhere, grasp, judge.

Everything random about an episode comes from ``(seed, index)``, so an episode is the same
whether it runs alone, in another order or in another process.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pregrasp.frames import DEG, MM, MotionCommand, Pose, wrap_angle
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.results import motion_to_json, pose_to_json, rounded
from pregrasp.jobs.simulated import simulated_object
from pregrasp.perception.sampling import Distribution, Workspace, draw
from pregrasp.task import Task

if TYPE_CHECKING:
    from pregrasp.hardware.simulation.conditions import Condition, Scene

REPLACEMENT = Workspace(x=30 * MM, y=30 * MM, theta=math.pi)
"""How far from its taught place, and at which angles, an episode puts the part down."""

FIRST_TABLE = 1000
"""Tables from this seed on are never seen in training."""

DRAWS = 200
"""How often an episode whose start is out of reach is drawn again."""


class Verdict(enum.Enum):
    """How an episode ended."""

    GRASPED = "grasped"
    """The part hangs in the gripper."""
    REFUSED = "refused"
    """The robot declined, said why, and left the part alone."""
    FAILED = "failed"
    """Anything else."""


@dataclass(frozen=True, slots=True)
class EpisodePlan:
    """What is different from one episode to the next."""

    index: int
    """Its number, from 0."""
    seed: int
    """Of everything random in the cell during the episode."""
    placement: MotionCommand
    """``T_base_part``: where the part lies."""
    table_seed: int
    """Which table it lies on."""
    scene: Scene
    """What is disturbed, and how much."""
    start: Pose
    """``T_base_tool``: where the arm begins."""


STILL = 1e-6
"""A tool that moved and turned less between two looks stands still [m], [rad]."""


@dataclass(frozen=True, slots=True)
class Move:
    """One picture of the servo and what followed from it."""

    error: MotionCommand
    """Where the tool truly was: ``T_pregrasp_tool``, relative to the part."""
    estimate: MotionCommand
    """The motion command v of the picture."""
    confidence: float
    """Share of the part that agrees with it, 0 to 1."""
    trusted: bool
    """Whether the robot was allowed to use it."""
    compute_time: float
    """From picture to answer [s]."""
    image: Image | None = None
    """The picture, if pictures are kept."""

    def to_json(self) -> dict[str, Any]:
        """The move without its picture."""
        return {
            "error": motion_to_json(self.error),
            "translation_mm": round(self.error.translation / MM, 4),
            "rotation_deg": round(self.error.rotation / DEG, 4),
            "estimate": motion_to_json(self.estimate),
            "confidence": rounded(self.confidence, 4),
            "trusted": self.trusted,
            "compute_ms": rounded(self.compute_time * 1e3, 3),
        }


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened in one episode."""

    plan: EpisodePlan
    """How it began."""
    verdict: Verdict
    """How it ended."""
    reason: str
    """Why, unless the part was grasped."""
    accepted: bool
    """Whether the servo found itself at the pregrasp pose and let the grasp begin."""
    false_accept: bool
    """Whether it did so with a true error above the task's tolerance."""
    looks: tuple[Move, ...]
    """Every picture that was estimated on, in order."""
    robot_time: float
    """From start to end by the cell's clock [s]."""

    @property
    def error(self) -> MotionCommand | None:
        """The true error when the servo accepted: ``T_pregrasp_tool``; None if it did not."""
        return self.looks[-1].error if self.accepted and self.looks else None

    @property
    def moves(self) -> int:
        """How often the tool was elsewhere at the next look: corrections, and searching."""
        steps = (a.error.inverse() @ b.error for a, b in itertools.pairwise(self.looks))
        return sum(step.translation > STILL or step.rotation > STILL for step in steps)

    def to_json(self) -> dict[str, Any]:
        """The record of the episode, without pictures."""
        error = self.error
        return {
            "index": self.plan.index,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "accepted": self.accepted,
            "false_accept": self.false_accept,
            "translation_mm": None if error is None else round(error.translation / MM, 4),
            "rotation_deg": None if error is None else round(error.rotation / DEG, 4),
            "moves": self.moves,
            "robot_time_s": round(self.robot_time, 3),
            "placement": motion_to_json(self.plan.placement),
            "start": pose_to_json(self.plan.start),
            "table_seed": self.plan.table_seed,
            "looks": [look.to_json() for look in self.looks],
        }


def plan_episode(
    task: Task,
    index: int,
    seed: int,
    condition: Condition,
    check: Callable[[Sequence[Pose]], None],
) -> EpisodePlan:
    """Draw an episode whose whole way is within reach.

    Args:
        task: A task with a simulated part.
        index: Number of the episode.
        seed: Of the evaluation.
        condition: What is disturbed.
        check: Raises `OutOfReachError` for poses that the arm cannot reach.

    Raises:
        NotSimulatedError: The task does not say how to make its part.
        JobError: No draw is within reach.
    """
    from pregrasp.hardware.simulation.conditions import draw_scene, start_offset

    rng = np.random.default_rng([seed, index])
    simulation = simulated_object(task)
    taught_part = simulation.placement
    T_part_pregrasp = taught_part.inverse() @ task.taught.pregrasp.planar
    refusal: OutOfReachError | None = None
    for _ in range(DRAWS):
        shift = draw(rng, REPLACEMENT, Distribution.UNIFORM)
        placement = MotionCommand(
            taught_part.x + shift.x,
            taught_part.y + shift.y,
            wrap_angle(taught_part.theta + shift.theta),
        )
        scene = draw_scene(condition, simulation.part, rng)
        if scene.visible_share is None:
            T_pregrasp_start = draw(rng, task.workspace, Distribution.UNIFORM)
        else:
            T_pregrasp_start = start_offset(scene.visible_share, simulation.part, rng)
        T_base_pregrasp = Pose.from_motion(placement @ T_part_pregrasp, task.taught.pregrasp.z)
        start = T_base_pregrasp @ T_pregrasp_start
        try:
            check([start, T_base_pregrasp, T_base_pregrasp @ task.taught.approach])
        except OutOfReachError as error:
            refusal = error
            continue
        return EpisodePlan(
            index=index,
            seed=int(rng.integers(2**31)),
            placement=placement,
            table_seed=int(rng.integers(FIRST_TABLE, 2**31)),
            scene=scene,
            start=start,
        )
    raise JobError(
        f"task {task.task!r}: no placement around the taught one is within reach. "
        f"The last one tried: {refusal}"
    )
