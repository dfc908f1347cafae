"""What a model says about itself, for people who choose between models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pregrasp.perception.model_folder import SHORT, model_hash, read_description
from pregrasp.perception.network import Architecture


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCard:
    """One model on disk."""

    folder: Path
    """Where it is."""
    name: str
    """Its SHA-256, 64 digits."""
    task: str
    """What it was trained for."""
    architecture: str
    """``votes``, ``features``, ..."""
    collected: str
    """When the collection of its captures began, ISO 8601; empty if nobody knows."""
    captures: int | None
    """How many it was made from."""
    translation_mm_p95: float | None
    """Error on held-out captures near the goal [mm]."""
    rotation_deg_p95: float | None
    """The same [deg]."""
    least_agreement: float | None
    """Least confidence of an answer that is trusted, 0 to 1."""
    description: dict[str, Any]
    """Everything that it says."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a model's description.

        Raises:
            ModelError: There is no model, or its description is damaged.
        """
        description = read_description(folder)
        made = _mapping(description.get("made"))
        held_out = _mapping(made.get("held_out"))
        architecture = made.get("architecture") or description.get("architecture")
        return cls(
            folder=folder,
            name=model_hash(folder),
            task=str(description.get("task", "")),
            architecture=str(architecture or Architecture.VOTES.value),
            collected=str(made.get("collected", "")),
            captures=made.get("captures"),
            translation_mm_p95=held_out.get("near_translation_mm_p95"),
            rotation_deg_p95=held_out.get("near_rotation_deg_p95"),
            least_agreement=_mapping(description.get("trust")).get("agreeing"),
            description=description,
        )

    @property
    def short(self) -> str:
        """The digits that people get to see."""
        return self.name[:SHORT]

    def to_json(self) -> dict[str, Any]:
        """The card with plain values."""
        return {
            "model": self.name,
            "folder": str(self.folder),
            "task": self.task,
            "architecture": self.architecture,
            "collected": self.collected,
            "captures": self.captures,
            "held_out_near_translation_mm_p95": self.translation_mm_p95,
            "held_out_near_rotation_deg_p95": self.rotation_deg_p95,
            "least_agreement": self.least_agreement,
        }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
