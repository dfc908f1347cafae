"""What an active collection remembers from round to round, beside its captures.

::

    datasets/circuit_board/
    ├── captures.jsonl, images/ ...
    ├── rounds.jsonl          what each round is to take, and what came of it; append-only
    └── rounds/000/           model and weights of the round

A round is written down before its first move, and again when its model has been judged. A run
that was killed goes on with the round that has no result yet.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import DatasetError
from pregrasp.perception.sampling import CaptureKind, Sample
from pregrasp.task import Tolerance

ROUNDS = "rounds"
FILE = "rounds.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundPlan:
    """What a round is to take."""

    number: int
    """From 0."""
    first: int
    """How many pictures there were before it."""
    samples: tuple[Sample, ...]
    """Its pictures."""
    starts: tuple[Sample, ...]
    """Where its servo runs begin."""

    def to_json(self) -> dict[str, Any]:
        """Plain values, with units in the keys."""
        return {
            "number": self.number,
            "first": self.first,
            "samples": [_sample_to_json(sample) for sample in self.samples],
            "starts": [_sample_to_json(sample) for sample in self.starts],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read back what `to_json` made."""
        return cls(
            number=values["number"],
            first=values["first"],
            samples=tuple(_sample_from_json(sample) for sample in values["samples"]),
            starts=tuple(_sample_from_json(sample) for sample in values["starts"]),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundResult:
    """What came of a round; all counts are of the data set so far."""

    number: int
    """From 0."""
    captures: int
    """Pictures to learn from or to judge by; anchors and empty tables are not counted."""
    pictures: int
    """All pictures."""
    judges: int
    """Captures that the model was judged by."""
    trusted: int
    """Judges in which the model trusts its answer."""
    bound_mm: float | None
    """One look from anywhere is off by no more than this, at `level`; None where there is no
    bound: nothing was learned yet, or too many looks are not trusted."""
    bound_deg: float | None
    """The same for the angle."""
    level: float
    """Probability that the bound holds, as far as so few judges can tell."""
    robot_s: float
    """What the robot has taken by the cell's clock, all rounds together."""
    training_s: float
    """What this round's training took."""
    worst: str
    """Where the next pictures would go, for people."""

    def meets(self, tolerance: Tolerance, level: float) -> bool:
        """Whether the bound says, surely enough, that one look is within the tolerance."""
        return (
            self.bound_mm is not None
            and self.bound_deg is not None
            and self.level >= level
            and self.bound_mm * MM <= tolerance.translation
            and self.bound_deg * DEG <= tolerance.rotation
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


class RoundsFile:
    """The rounds of one data set, in order.

    Raises:
        DatasetError: The file is damaged.
    """

    def __init__(self, dataset: Path) -> None:
        self._path = dataset / FILE
        self._folder = dataset / ROUNDS
        self.plans: list[RoundPlan] = []
        self.results: list[RoundResult] = []
        self._read()

    @property
    def pending(self) -> RoundPlan | None:
        """The round that has no result yet."""
        return self.plans[-1] if len(self.plans) > len(self.results) else None

    def folder(self, number: int) -> Path:
        """Where a round keeps its model and weights."""
        return self._folder / f"{number:03d}"

    def begin(self, plan: RoundPlan) -> None:
        """Write a round down before its first move."""
        self._append({"plan": plan.to_json()})
        self.plans.append(plan)

    def end(self, result: RoundResult) -> None:
        """Write down what came of the round that was begun last."""
        self._append({"result": result.to_json()})
        self.results.append(result)

    def _append(self, line: dict[str, Any]) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(line) + "\n")
                lines.flush()
                os.fsync(lines.fileno())
        except OSError as error:
            raise DatasetError(
                f"{self._path}: cannot be written: {error.strerror}. Free some space and "
                "collect again to go on."
            ) from error

    def _read(self) -> None:
        if not self._path.exists():
            return
        lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        for number, line in enumerate(lines, start=1):
            try:
                if not line.endswith("\n"):
                    raise ValueError("torn line")
                values = json.loads(line)
                if "plan" in values:
                    self.plans.append(RoundPlan.from_json(values["plan"]))
                else:
                    self.results.append(RoundResult(**values["result"]))
            except (KeyError, TypeError, ValueError) as error:
                if number < len(lines):
                    raise DatasetError(f"{self._path}:{number}: damaged: {error}") from error
                os.truncate(self._path, sum(len(kept.encode()) for kept in lines[:-1]))


def not_in_rounds(folder: Path, captures: int) -> DatasetError:
    """The error for a data set whose captures belong to no round."""
    return DatasetError(
        f"{folder}: the {captures} captures in it were not collected in rounds, so none of them "
        "was drawn to judge by. Choose another folder, or go on without --active."
    )


def why_stop(results: Sequence[RoundResult], tolerance: Tolerance, level: float, most: int) -> str:
    """Why an active collection ends after its last round; empty when it goes on."""
    if not results:
        return ""
    last = results[-1]
    limits = f"{tolerance.translation / MM:g} mm and {tolerance.rotation / DEG:g} deg"
    if last.meets(tolerance, level):
        return (
            f"one look from anywhere is within {last.bound_mm:.3f} mm and {last.bound_deg:.3f} deg "
            f"at {last.level:.0%}: the tolerance of {limits} is met"
        )
    if last.captures >= most:
        return (
            f"captures_max, {most}, is reached, and the tolerance of {limits} is not met at "
            f"{level:.0%}: {bound_words(last)}"
        )
    return ""


def bound_words(result: RoundResult) -> str:
    """A round's bound for people."""
    if result.bound_mm is None or result.bound_deg is None:
        return f"no bound, {result.trusted} of {result.judges} judges are trusted"
    return f"{result.bound_mm:.3f} mm, {result.bound_deg:.3f} deg at {result.level:.0%}"


def _sample_to_json(sample: Sample) -> dict[str, Any]:
    motion = sample.motion
    return {
        "kind": sample.kind.value,
        "placement": sample.placement,
        "x_mm": motion.x / MM,
        "y_mm": motion.y / MM,
        "theta_deg": motion.theta / DEG,
    }


def _sample_from_json(values: dict[str, Any]) -> Sample:
    motion = MotionCommand(values["x_mm"] * MM, values["y_mm"] * MM, values["theta_deg"] * DEG)
    return Sample(CaptureKind(values["kind"]), values["placement"], motion)
