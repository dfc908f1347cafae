"""The nodes that decide which skill runs when."""

from __future__ import annotations

from pregrasp.trees.controls.branching import If
from pregrasp.trees.controls.cleanup import Try
from pregrasp.trees.controls.control import Arm, Control, Fault, OwnControl
from pregrasp.trees.controls.guard import Guard
from pregrasp.trees.controls.loops import ForEach, Repeat, RepeatUntil, Retry
from pregrasp.trees.controls.order import (
    ReactiveSelector,
    ReactiveSequence,
    SelectorControl,
    SequenceControl,
)
from pregrasp.trees.controls.pace import Cooldown, Delay
from pregrasp.trees.controls.parallel import Parallel
from pregrasp.trees.controls.results import ForceFailure, ForceSuccess, Invert
from pregrasp.trees.controls.switch import Switch
from pregrasp.trees.controls.timeout import Timeout
from pregrasp.trees.controls.values import Check, Set

CONTROLS: dict[str, type[Control]] = {
    control.key: control
    for control in (
        SequenceControl,
        SelectorControl,
        ReactiveSequence,
        ReactiveSelector,
        Parallel,
        Invert,
        ForceSuccess,
        ForceFailure,
        Retry,
        Repeat,
        RepeatUntil,
        ForEach,
        Timeout,
        Cooldown,
        Guard,
        If,
        Switch,
        Try,
        Check,
        Set,
        Delay,
    )
}
"""Every control by its name in YAML."""

__all__ = ["CONTROLS", "Arm", "Control", "Fault", "OwnControl"]
