"""What the nodes of one run share: the cell, the wake-up, and the skills that hang."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from py_trees.behaviour import Behaviour

from pregrasp.frames import Pose
from pregrasp.hardware.capabilities import Cell

if TYPE_CHECKING:
    # Notes speak of captures, whose skill has a context.
    from pregrasp.skills.notes import Note


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
    expect: Callable[[], Callable[[], None]] = lambda: lambda: None
    """Called when work begins that will set ``wakeup``; what it returns, when it is over. Keeps
    the clocks of simulated cells from running on while a busy computer is at it."""
    lockstep: bool = False
    """Whether no worker is found done in the tick it began in, so that ticks can be counted."""
    stuck: list[str] = field(default_factory=list)
    """Paths of the skills that did not stop in time."""
    note: Callable[[Note], None] = lambda note: None
    """Called by skills, on their worker threads, with what only watchers want to know."""
    looked_from: Pose | None = None
    """``T_base_tool`` at which the last picture of this run was taken."""
    cleanups: list[Behaviour] = field(default_factory=list)
    """Arms that must still run because what they clean up after was halted."""
