"""What a task may choose about its network."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pregrasp.configuration import quantity

PAPER_BATCH = 75
"""Pictures per step in the paper's training (section III-C3)."""


class Architecture(enum.Enum):
    """How a picture becomes a motion command."""

    VOTES = "votes"
    """Every image cell votes where it lies on the part; the votes are fused robustly."""
    FULLY_CONNECTED = "fully_connected"
    """The paper's head: two dense layers and three outputs, its equations 4 to 6."""
    GOOGLENET = "googlenet"
    """The paper's network whole: GoogLeNet's convolutions and the paper's head."""
    FEATURES = "features"
    """No network: SIFT features of the taught picture, found again by their geometry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """How a task's network is made and trained."""

    architecture: Architecture = Architecture.VOTES
    """Which network."""
    last_inch: bool = True
    """Refine the network's answer with local predictors at full camera resolution."""
    steps: int = 2400
    """Most training steps."""
    batch: int | None = None
    """Pictures per step; by default 32, and the paper's 75 for ``googlenet``."""
    time_limit: float = quantity("min", default=8 * 60.0)
    """Training stops in time for this [s]."""
    seed: int = 0
    """Of weights, batches and augmentation."""
    pretrained: Path | None = None
    """GoogLeNet's weights as torchvision publishes them (``.pth``), relative to the task's
    folder; without them ``googlenet`` is trained from scratch."""
    frozen_trunk: bool = False
    """Train only the dense layers of ``googlenet``, on features that are computed once."""
    polish: bool = True
    """Let ``features`` compare pixels after the features, where that raises the agreement."""

    def __post_init__(self) -> None:
        """Check the counts."""
        if self.steps < 1 or self.pictures_per_step < 1 or self.time_limit <= 0:
            raise ValueError("steps, batch and time_limit_min must be positive")
        googlenet = self.architecture is Architecture.GOOGLENET
        if not googlenet and (self.pretrained or self.frozen_trunk):
            raise ValueError("pretrained and frozen_trunk belong to architecture: googlenet")

    @property
    def pictures_per_step(self) -> int:
        """``batch``, or what the architecture asks for."""
        if self.batch is not None:
            return self.batch
        return PAPER_BATCH if self.architecture is Architecture.GOOGLENET else 32

    def to_json(self) -> dict[str, Any]:
        """Plain values, for another process."""
        return dataclasses.asdict(self) | {
            "architecture": self.architecture.value,
            "pretrained": None if self.pretrained is None else str(self.pretrained),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read back what `to_json` made."""
        pretrained = values["pretrained"]
        return cls(
            **dict(values)
            | {
                "architecture": Architecture(values["architecture"]),
                "pretrained": None if pretrained is None else Path(pretrained),
            }
        )
