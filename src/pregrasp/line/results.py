"""How a job ended, in types that a line program can act on."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pregrasp.frames import DEG, MM
from pregrasp.line.errors import NotGraspedError


class Outcome(enum.Enum):
    """How a job ended."""

    GRASPED = "grasped"
    """The part hangs in the gripper."""
    REFUSED = "refused"
    """The robot declined, said why, and left the part alone."""
    FAILED = "failed"
    """Something broke or was lost on the way; look before going on."""
    CANCELLED = "cancelled"
    """Somebody asked for it; everything stands still."""
    INTERRUPTED = "interrupted"
    """The program ended while the job ran: look whether the part is in the gripper."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AchievedError:
    """How far the tool was from the taught pregrasp pose, as the last picture says."""

    translation: float
    """Length of the last motion command [m]."""
    rotation: float
    """Angle of the last motion command, not negative [rad]."""
    bound_translation: float | None
    """That estimate is off by at most this, at the level its model was calibrated for [m]."""
    bound_rotation: float | None
    """The same for the rotation [rad]."""
    confidence: float
    """Share of the part that agrees with the estimate, 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timings:
    """Where the time of a job went."""

    started: datetime
    """When it began, in UTC."""
    total: float
    """From start to standstill, in real time [s]."""
    robot: float
    """The same on the cell's clock; simulated cells run faster than the wall [s]."""
    perception: float
    """Spent on estimates, in real time [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobResult:
    """How one grasp ended."""

    job_id: str
    """The id under which it was started."""
    task: str
    """Name of the task."""
    model: str
    """Hash of the model that looked; empty for an estimator without one."""
    outcome: Outcome
    """What became of the part."""
    reason: str
    """Why, unless the part was grasped."""
    node: str
    """Path of the node that failed; empty if none did."""
    moves: int
    """How many corrections the servo made."""
    error: AchievedError | None
    """From the last picture; None if none was judged."""
    timings: Timings
    """Where the time went."""

    @property
    def grasped(self) -> bool:
        """Whether the part hangs in the gripper."""
        return self.outcome is Outcome.GRASPED

    def check(self) -> JobResult:
        """This result, if the part was grasped.

        Raises:
            NotGraspedError: It was not; the error carries this result.
        """
        if not self.grasped:
            raise NotGraspedError(self)
        return self

    def to_json(self) -> dict[str, Any]:
        """For files and messages, with units in the keys."""
        error = self.error
        return {
            "job_id": self.job_id,
            "task": self.task,
            "model_sha256": self.model,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "node": self.node,
            "moves": self.moves,
            "error": None
            if error is None
            else {
                "translation_mm": error.translation / MM,
                "rotation_deg": error.rotation / DEG,
                "bound_translation_mm": _over(error.bound_translation, MM),
                "bound_rotation_deg": _over(error.bound_rotation, DEG),
                "confidence": error.confidence,
            },
            "started": self.timings.started.isoformat(),
            "total_s": self.timings.total,
            "robot_s": self.timings.robot,
            "perception_s": self.timings.perception,
        }

    @classmethod
    def without_run(
        cls, job_id: str, task: str, outcome: Outcome, reason: str, ended: datetime | None = None
    ) -> JobResult:
        """The result of a job whose run never was, or left no trace.

        Args:
            job_id: The id under which it was asked for.
            task: Name of the task.
            outcome: What became of it.
            reason: Why.
            ended: When that was known; by default now.
        """
        started = ended or datetime.now(UTC)
        return cls(
            job_id=job_id,
            task=task,
            model="",
            outcome=outcome,
            reason=reason,
            node="",
            moves=0,
            error=None,
            timings=Timings(started=started, total=0.0, robot=0.0, perception=0.0),
        )

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> JobResult:
        """What `to_json` wrote.

        Raises:
            KeyError: A key is missing.
            ValueError: A value is none of those that `to_json` writes.
        """
        error = record["error"]
        return cls(
            job_id=record["job_id"],
            task=record["task"],
            model=record["model_sha256"],
            outcome=Outcome(record["outcome"]),
            reason=record["reason"],
            node=record["node"],
            moves=record["moves"],
            error=None
            if error is None
            else AchievedError(
                translation=error["translation_mm"] * MM,
                rotation=error["rotation_deg"] * DEG,
                bound_translation=_times(error["bound_translation_mm"], MM),
                bound_rotation=_times(error["bound_rotation_deg"], DEG),
                confidence=error["confidence"],
            ),
            timings=Timings(
                started=datetime.fromisoformat(record["started"]),
                total=record["total_s"],
                robot=record["robot_s"],
                perception=record["perception_s"],
            ),
        )


def finite(bound: float) -> float | None:
    """A bound, or None if the model gives none.

    Example:
        >>> finite(0.001), finite(float("inf"))
        (0.001, None)
    """
    return bound if math.isfinite(bound) else None


def _over(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def _times(value: float | None, unit: float) -> float | None:
    return None if value is None else value * unit
