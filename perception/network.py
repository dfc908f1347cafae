"""What a task may choose about its network."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pregrasp.configuration import quantity


class Architecture(enum.Enum):
    """How a picture becomes a motion command."""

    VOTES = "votes"
    """Every image cell votes where it lies on the part; the votes are fused robustly."""
    FULLY_CONNECTED = "fully_connected"
    """The paper's head: two dense layers and three outputs, its equations 4 to 6."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """How a task's network is made and trained."""

    architecture: Architecture = Architecture.VOTES
    """Which network."""
    last_inch: bool = True
    """Refine the network's answer with local predictors at full camera resolution."""
    steps: int = 1800
    """Most training steps."""
    batch: int = 32
    """Pictures per step."""
    time_limit: float = quantity("min", default=6 * 60.0)
    """Training stops in time for this [s]."""
    seed: int = 0
    """Of weights, batches and augmentation."""

    def __post_init__(self) -> None:
        """Check the counts."""
        if self.steps < 1 or self.batch < 1 or self.time_limit <= 0:
            raise ValueError("steps, batch and time_limit_min must be positive")
