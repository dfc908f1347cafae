"""The PackML unit (ANSI/ISA-TR88.00.02): states, commands, modes, and what is done in them."""

from __future__ import annotations

from pregrasp.line.packml.machine import Answer, Change, PackmlMachine, Reason
from pregrasp.line.packml.states import Command, Mode, State
from pregrasp.line.packml.unit import PackmlUnit, Turn

__all__ = ["Answer", "Change", "Command", "Mode", "PackmlMachine", "PackmlUnit", "Reason"]
__all__ += ["State", "Turn"]
