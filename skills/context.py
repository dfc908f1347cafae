"""What the nodes of one run share: the cell, the wake-up, and the skills that hang."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from py_trees.behaviour import Behaviour

from pregrasp.hardware.capabilities import Cell
from pregrasp.skills.travel import Travel, tell_nobody


@dataclass(kw_only=True, slots=True, eq=False)
class Context:
    """One run of one tree; given to every node before the first tick."""

    cell: Cell
    """The devices."""
    wakeup: threading.Event = field(default_factory=threading.Event)
    """Set it to be ticked again at once instead of at the next period."""
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    """Randomness of this run."""
    stop_timeout: float = 5.0
    """How long a halted skill may take to stop, in real time [s]."""
    lockstep: bool = False
    """Whether no worker is found done in the tick it began in, so that ticks can be counted."""
    stuck: list[str] = field(default_factory=list)
    """Paths of the skills that did not stop in time."""
    on_travel: Callable[[Travel], None] = tell_nobody
    """Told, on the skill's worker thread, what the arm is asked for before it is asked."""
    cleanups: list[Behaviour] = field(default_factory=list)
    """Arms that must still run because what they clean up after was halted."""
