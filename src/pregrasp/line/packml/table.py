"""Which command leads where: the base state model, as OPC 30050 draws it.

Beyond the base model of the standard, the unit can be held from five more states, which the
OPC nodeset has as well (``StartingToHolding`` and its like).
"""

from __future__ import annotations

from pregrasp.line.packml.states import STATES, Command, State

COMPLETES: dict[State, State] = {
    State.CLEARING: State.STOPPED,
    State.STARTING: State.EXECUTE,
    State.EXECUTE: State.COMPLETING,
    State.STOPPING: State.STOPPED,
    State.ABORTING: State.ABORTED,
    State.HOLDING: State.HELD,
    State.UNHOLDING: State.EXECUTE,
    State.SUSPENDING: State.SUSPENDED,
    State.UNSUSPENDING: State.EXECUTE,
    State.RESETTING: State.IDLE,
    State.COMPLETING: State.COMPLETE,
}
"""Where an acting state leads when it is done."""

HOLDABLE = (
    State.EXECUTE,
    State.STARTING,
    State.UNHOLDING,
    State.SUSPENDING,
    State.SUSPENDED,
    State.UNSUSPENDING,
)
ENDED = (State.ABORTING, State.ABORTED)
AT_REST = (*ENDED, State.CLEARING, State.STOPPING, State.STOPPED)

LEGAL: dict[tuple[State, Command], State] = {
    (State.STOPPED, Command.RESET): State.RESETTING,
    (State.COMPLETE, Command.RESET): State.RESETTING,
    (State.IDLE, Command.START): State.STARTING,
    (State.HELD, Command.UNHOLD): State.UNHOLDING,
    (State.EXECUTE, Command.SUSPEND): State.SUSPENDING,
    (State.SUSPENDED, Command.UNSUSPEND): State.UNSUSPENDING,
    (State.EXECUTE, Command.COMPLETE): State.COMPLETING,
    (State.ABORTED, Command.CLEAR): State.CLEARING,
    **{(state, Command.HOLD): State.HOLDING for state in HOLDABLE},
    **{(state, Command.STOP): State.STOPPING for state in STATES if state not in AT_REST},
    **{(state, Command.ABORT): State.ABORTING for state in STATES if state not in ENDED},
}
"""Every command that is legal, and the state it leads to; all others are refused."""
