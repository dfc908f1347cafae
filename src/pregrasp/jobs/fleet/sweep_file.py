"""What a study asks: tasks x variants of training x conditions x seeds, in one YAML file.

::

    sweep: light
    tasks: [circuit_board, ./my_part]
    conditions: [nominal, dim]
    seeds: [1, 2]
    episodes: 50
    variants:                      # optional; without it the tasks' own models
      shipped: {}
      few: {captures: 100, network: {architecture: features}}
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from pregrasp.configuration import load
from pregrasp.perception.network import Network

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """How a task is learned in a study; with nothing said, its own model is taken."""

    captures: int | None = None
    """How many pictures, instead of the task's own number."""
    network: Network | None = None
    """How the network is trained, instead of the task's own choice."""

    def __post_init__(self) -> None:
        """Check the count."""
        if self.captures is not None and self.captures < 1:
            raise ValueError("captures must be at least 1")

    @property
    def is_trained(self) -> bool:
        """Whether a model has to be made for it."""
        return self.captures is not None or self.network is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepFile:
    """A study."""

    sweep: str
    """Its name."""
    tasks: tuple[str, ...]
    """Names or paths of tasks."""
    conditions: tuple[str, ...] = ("nominal",)
    """What is disturbed."""
    seeds: tuple[int, ...] = (0,)
    """Of the evaluations."""
    episodes: int = 20
    """Of each evaluation."""
    variants: dict[str, Variant] = field(default_factory=lambda: {"own": Variant()})
    """Trainings that are compared."""

    def __post_init__(self) -> None:
        """Check names and counts."""
        if not self.tasks or not self.conditions or not self.seeds or not self.variants:
            raise ValueError("tasks, conditions, seeds and variants must not be empty")
        if self.episodes < 1 or min(self.seeds) < 0:
            raise ValueError("episodes must be at least 1, and seeds not negative")
        wrong = [name for name in (self.sweep, *self.variants) if not NAME.fullmatch(name)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no name: letters, digits, _ and - are")


def load_sweep(path: Path) -> SweepFile:
    """Read a study.

    Raises:
        ConfigurationError: Everything that is wrong with the file.
    """
    return load(path, SweepFile)
