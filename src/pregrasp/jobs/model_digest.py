"""Which model it was, for records that must still say so in years."""

from __future__ import annotations

from pathlib import Path

from pregrasp.perception.errors import ModelError
from pregrasp.perception.model_folder import SHORT, model_hash


def model_digest(folder: Path) -> str:
    """First digits of a model's name; an empty text if there is no model."""
    try:
        return model_hash(folder)[:SHORT]
    except ModelError:
        return ""
