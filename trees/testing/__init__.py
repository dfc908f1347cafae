"""Trying trees without a robot: stand-ins, tick tables, cases in YAML.

``docs/test-a-tree.md`` shows how it is used.
"""

from __future__ import annotations

from pregrasp.trees.testing.cases import Case, CaseFile, is_case_file, read_cases
from pregrasp.trees.testing.player import Played, play
from pregrasp.trees.testing.substitution import StandIns, Substituted
from pregrasp.trees.testing.tick_table import TickTable
from pregrasp.trees.testing.trying import (
    SUFFIX,
    Outcome,
    find_case_files,
    find_tested_tree,
    try_case,
    try_cases,
)

__all__ = [
    "SUFFIX",
    "Case",
    "CaseFile",
    "Outcome",
    "Played",
    "StandIns",
    "Substituted",
    "TickTable",
    "find_case_files",
    "find_tested_tree",
    "is_case_file",
    "play",
    "read_cases",
    "try_case",
    "try_cases",
]
