"""The nodes that decide which skill runs when."""

from __future__ import annotations

from pregrasp.trees.controls.branching import If
from pregrasp.trees.controls.cleanup import Try
from pregrasp.trees.controls.control import Arm, Control, OwnControl
from pregrasp.trees.controls.loops import ForEach, Repeat, RepeatUntil, Retry
from pregrasp.trees.controls.order import (
    ReactiveSelector,
    ReactiveSequence,
    SelectorControl,
    SequenceControl,
)
from pregrasp.trees.controls.parallel import Parallel
from pregrasp.trees.controls.results import ForceFailure, ForceSuccess, Invert
from pregrasp.trees.controls.timeout import Timeout

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
        If,
        Try,
    )
}
"""Every control by its name in YAML."""

__all__ = ["CONTROLS", "Arm", "Control", "OwnControl"]
