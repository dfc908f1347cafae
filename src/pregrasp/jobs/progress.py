"""How a long job tells how far it has come."""

from __future__ import annotations

from typing import Protocol


class ReportProgress(Protocol):
    """Called by a job every now and then, from any thread; must return quickly."""

    def __call__(self, stage: str, done: float, total: float, note: str = "") -> None:
        """Take note.

        Args:
            stage: What is being done, such as ``"collect"``; a new name begins a new bar.
            done: How much of it is done, in the stage's own unit.
            total: How much there is to do, in the same unit.
            note: A few words about the present state, such as a loss.
        """


def ignore_progress(stage: str, done: float, total: float, note: str = "") -> None:
    """Tell nobody."""
