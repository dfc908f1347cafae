"""Looking into a run and taking a hand in it: breakpoints, forced results, faults."""

from __future__ import annotations

from pregrasp.trees.debugging.breakpoints import Breakpoint, check_breakpoint
from pregrasp.trees.debugging.errors import DebugError, ForcedError

__all__ = ["Breakpoint", "DebugError", "ForcedError", "check_breakpoint"]
