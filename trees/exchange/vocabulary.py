"""Which of our controls BehaviorTree.CPP 4 knows too, and what it calls them.

Only these are exported as its built-in nodes and may be imported from them. Everything else
of ours goes under its own name, described in the ``TreeNodesModel``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MILLISECONDS = "milliseconds"
"""A number in seconds here, a whole number of milliseconds there."""
PLAIN = "plain"
"""The same text on both sides."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """A control and its counterpart."""

    key: str
    """Ours."""
    tag: str
    """Theirs."""
    attributes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Our YAML key: their attribute, and how the value is carried."""


BUILTINS: tuple[Builtin, ...] = (
    Builtin("sequence", "Sequence"),
    Builtin("reactive_sequence", "ReactiveSequence"),
    Builtin("selector", "Fallback"),
    Builtin("reactive_selector", "ReactiveFallback"),
    Builtin(
        "parallel",
        "Parallel",
        {"successes": ("success_count", PLAIN), "failures": ("failure_count", PLAIN)},
    ),
    Builtin("invert", "Inverter"),
    Builtin("force_success", "ForceSuccess"),
    Builtin("force_failure", "ForceFailure"),
    Builtin("retry", "RetryUntilSuccessful", {"attempts": ("num_attempts", PLAIN)}),
    Builtin("repeat", "Repeat", {"times": ("num_cycles", PLAIN)}),
    Builtin("timeout", "Timeout", {"limit_s": ("msec", MILLISECONDS)}),
    Builtin("if", "IfThenElse"),
)
"""Controls that both know."""

BY_KEY = {builtin.key: builtin for builtin in BUILTINS}
"""The same by our name."""

BY_TAG = {builtin.tag: builtin for builtin in BUILTINS}
"""The same by theirs."""

NOTHING = "AlwaysSuccess"
"""Stands for an `else` that was not written: without it, theirs fails where ours succeeds."""

ONE_CHILD = ("invert", "force_success", "force_failure", "retry", "repeat", "timeout")
"""Controls around one child."""

IF_ARMS = ("condition", "then", "else")
"""Children of an `if`, in order."""

FOREIGN = frozenset(
    {
        "AlwaysFailure",
        "AlwaysSuccess",
        "AsyncFallback",
        "AsyncSequence",
        "Delay",
        "KeepRunningUntilFailure",
        "LoopBool",
        "LoopDouble",
        "LoopInt",
        "LoopString",
        "ParallelAll",
        "Precondition",
        "RunOnce",
        "Script",
        "ScriptCondition",
        "SequenceWithMemory",
        "SetBlackboard",
        "SkipUnlessUpdated",
        "Sleep",
        "SubTreePlus",
        "Switch2",
        "Switch3",
        "Switch4",
        "Switch5",
        "Switch6",
        "TryCatch",
        "UnsetBlackboard",
        "WaitValueUpdate",
        "WasEntryUpdated",
        "WhileDoElse",
    }
)
"""Their nodes that have no counterpart with the same meaning here."""

RESERVED = frozenset({"ID", "name"})
"""Attributes that cannot be ports there."""
