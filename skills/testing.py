"""Trying a single skill without a tree; for tests of skills, yours included.

Example:
    >>> from pregrasp.frames import Pose
    >>> from pregrasp.skills import MoveTo
    >>> from pregrasp.skills.ideal_cell import IdealCell
    >>> trial = try_skill(MoveTo, IdealCell(Pose(0.4)), pose=Pose(0.3, 0.1, 0.2))
    >>> trial.status.name, str(trial.outputs["reached"])
    ('SUCCESS', '(300.000 mm, 100.000 mm, 200.000 mm, 0.000 deg)')
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from py_trees.common import Status

from pregrasp.hardware.capabilities import Cell
from pregrasp.skills.context import Context
from pregrasp.skills.ports import Constant
from pregrasp.skills.skill import Skill

MAX_TICKS = 10_000
"""A skill that is still running after as many ticks is given up."""


@dataclass(slots=True)
class Trial:
    """What a skill did."""

    status: Status = Status.INVALID
    """SUCCESS or FAILURE; RUNNING when it was given up."""
    reason: str = ""
    """What it said."""
    refused: bool = False
    """Whether it refused rather than failed."""
    cause: Exception | None = None
    """The exception behind a failure."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """What it wrote, by the name of the port."""


@dataclass(slots=True)
class _Catch:
    """A sink that keeps what is written."""

    outputs: dict[str, Any]
    name: str

    def write(self, value: Any) -> None:
        self.outputs[self.name] = value

    def withdraw(self) -> None:
        self.outputs.pop(self.name, None)


def wire_skill(skill: Skill, cell: Cell, outputs: dict[str, Any], **inputs: Any) -> None:
    """Connect a skill to constants.

    Args:
        skill: The skill.
        cell: The devices.
        outputs: Filled with what the skill writes.
        inputs: Values of its inputs, in SI units.

    Raises:
        TypeError: An input is missing or unknown.
    """
    known = skill.inputs()
    missing = [name for name, port in known.items() if port.required and name not in inputs]
    unknown = sorted(set(inputs) - set(known))
    if missing or unknown:
        raise TypeError(f"{type(skill).__name__} is missing {missing} and does not know {unknown}")
    skill.connect(
        {name: Constant(value) for name, value in inputs.items()},
        {name: _Catch(outputs, name) for name in skill.outputs()},
    )
    skill.context = Context(cell=cell)


def try_skill(kind: type[Skill], cell: Cell, **inputs: Any) -> Trial:
    """Run one skill to its end.

    Args:
        kind: The skill.
        cell: The devices.
        inputs: Values of its inputs, in SI units.

    Raises:
        TypeError: An input is missing or unknown.
    """
    trial = Trial()
    skill = kind()
    wire_skill(skill, cell, trial.outputs, **inputs)
    for _ in range(MAX_TICKS):
        skill.context.wakeup.clear()
        skill.tick_once()
        if skill.status is not Status.RUNNING:
            break
        cell.clock.wait(skill.context.wakeup, 0.05)
    trial.status, trial.reason = skill.status, skill.feedback_message
    trial.refused, trial.cause = skill.refused, skill.cause
    if skill.status is Status.RUNNING:
        skill.stop(Status.INVALID)
    return trial
