"""A worker that counts, and ends its own process when it is told to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pregrasp.jobs.errors import JobError


@dataclass(frozen=True, slots=True)
class Sum:
    """A piece of work: the square of a number, after what is to go wrong."""

    number: int
    dies_unless: Path | None = None
    """A worker that finds no such file makes it, and is killed."""
    always_dies: bool = False
    refuses: bool = False
    asks: bool = False
    """Whoever shares the work is asked for the other factor."""

    def __str__(self) -> str:
        return f"square of {self.number}"


THREADS_AS_IT_LOADED = os.environ.get("LP_NUM_THREADS")
"""What the process had chosen before this module was imported."""


class Teller:
    """Says what it finds in its process."""

    def do(self, work: str, ask: Callable[[Any], Any]) -> str | None:
        return THREADS_AS_IT_LOADED if work == "as it loaded" else os.environ.get(work)

    def close(self) -> None:
        """Nothing to release."""


class Squarer:
    """Squares numbers."""

    def do(self, work: Sum, ask: Callable[[Any], Any]) -> int:
        if work.refuses:
            raise JobError(f"{work.number} is not squared here")
        if work.dies_unless is not None and not work.dies_unless.exists():
            work.dies_unless.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if work.always_dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return int(work.number * (ask(work.number) if work.asks else work.number))

    def close(self) -> None:
        """Nothing to release."""
