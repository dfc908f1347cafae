"""Robot behaviour written in YAML: loading, checking, drawing and running trees."""

from __future__ import annotations

from pregrasp.trees.checking import check_tree
from pregrasp.trees.errors import StuckSkillError, TreeError
from pregrasp.trees.events import (
    ChangesTold,
    EstimateMade,
    Event,
    LogLevel,
    LogWritten,
    MotionCommanded,
    NodeChanged,
    Observer,
    PoseSampled,
    RunEnded,
    TickEnded,
    TreeStarted,
    ValueWritten,
)
from pregrasp.trees.loading import load_tree, parse_tree
from pregrasp.trees.result import NodeFailure, RunResult
from pregrasp.trees.run_control import RunControl
from pregrasp.trees.runner import Runner
from pregrasp.trees.running_tree import RunningTree
from pregrasp.trees.specification import Tree

__all__ = [
    "ChangesTold",
    "EstimateMade",
    "Event",
    "LogLevel",
    "LogWritten",
    "MotionCommanded",
    "NodeChanged",
    "NodeFailure",
    "Observer",
    "PoseSampled",
    "RunControl",
    "RunEnded",
    "RunResult",
    "Runner",
    "RunningTree",
    "StuckSkillError",
    "TickEnded",
    "Tree",
    "TreeError",
    "TreeStarted",
    "ValueWritten",
    "check_tree",
    "load_tree",
    "parse_tree",
]
