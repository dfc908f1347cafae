"""States, commands and modes with the numbers of the PackTags.

The numbers are those of ``Status.StateCurrent``, ``Command.CntrlCmd`` and
``Status.UnitModeCurrent`` in every edition of ANSI/ISA-TR88.00.02.
"""

from __future__ import annotations

import enum


class State(enum.IntEnum):
    """What the unit is doing."""

    UNDEFINED = 0
    """Never entered; kept free because the PackTags do."""
    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17


class Command(enum.IntEnum):
    """What may be asked of the unit."""

    RESET = 1
    START = 2
    STOP = 3
    HOLD = 4
    UNHOLD = 5
    SUSPEND = 6
    UNSUSPEND = 7
    ABORT = 8
    CLEAR = 9
    COMPLETE = 10


class Mode(enum.IntEnum):
    """For what the unit is used."""

    PRODUCE = 1
    """Jobs are done and counted."""
    MAINTENANCE = 2
    """Jobs are done; the counters stand still."""
    MANUAL = 3
    """A person moves the arm: the unit cannot be started."""


STATES: tuple[State, ...] = tuple(state for state in State if state is not State.UNDEFINED)
"""The 17 states."""

ACTING: tuple[State, ...] = (
    State.CLEARING,
    State.STARTING,
    State.EXECUTE,
    State.STOPPING,
    State.ABORTING,
    State.HOLDING,
    State.UNHOLDING,
    State.SUSPENDING,
    State.UNSUSPENDING,
    State.RESETTING,
    State.COMPLETING,
)
"""States in which something is done, and which are left by themselves when it is done."""
