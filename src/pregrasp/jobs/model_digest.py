"""Which model it was, for records that must still say so in years."""

from __future__ import annotations

import hashlib
from pathlib import Path

DIGITS = 12
"""Of the hash that people get to see."""


def model_digest(folder: Path) -> str:
    """First digits of the SHA-256 over the names and contents of a model's files.

    Returns:
        An empty text if there is no model.
    """
    files = sorted(path for path in folder.glob("**/*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:DIGITS] if files else ""
