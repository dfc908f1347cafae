"""Everything that can be said about tree files without running them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pregrasp.documents import ConfigurationError, Finding
from pregrasp.skills.skill import Skill
from pregrasp.trees.loading import load_tree


def check_tree(
    name_or_path: str | Path,
    *,
    search: Sequence[Path] = (),
    skills: Mapping[str, type[Skill]] | None = None,
) -> tuple[Finding, ...]:
    """Every finding about a tree and what it uses; none if it is in order.

    Args:
        name_or_path: Name of a tree, or the path of its file.
        search: Folders to look for names in; the library comes last.
        skills: The skills that trees may use; without it all that are registered.
    """
    try:
        return load_tree(name_or_path, search=search, skills=skills).warnings
    except ConfigurationError as error:
        return error.findings


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings keeps its tree from running."""
    return any(finding.severity == "error" for finding in findings)


def as_records(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as plain data for editors: lines and columns are counted from 1."""
    return [
        {
            "file": finding.position.file,
            "line": finding.position.line,
            "column": finding.position.column,
            "severity": finding.severity,
            "rule": finding.rule,
            "message": finding.message,
            "remedy": finding.remedy,
        }
        for finding in findings
    ]
