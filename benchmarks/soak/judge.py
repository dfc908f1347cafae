"""What the program says, compared with what the fingers did and what the line was told."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.soak.program import TASK
from pregrasp.frames import DEG, MM
from pregrasp.runlog.index import RunIndex
from pregrasp.task import find_task

WARM = 1000
"""Grasps of one life after which memory must not grow any more."""

FAULTLESS = ("wrong grasps", "lost", "doubled", "told otherwise", "hangs", "not in the index")
"""What must be 0."""


def lines_of(file: Path) -> list[dict[str, Any]]:
    """A file with a JSON object in every line, which a kill may have torn at its end."""
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def judge(folder: Path) -> dict[str, Any]:
    """Figures for the table.

    Args:
        folder: Of a soak that has come to its end, the program stopped.
    """
    ledger, told = lines_of(folder / "ledger.jsonl"), lines_of(folder / "line.jsonl")
    grasps = [line for line in told if line["what"] == "fate"]
    journal = sqlite3.connect(folder / "jobs.sqlite")
    jobs = journal.execute("SELECT id, state, outcome, started FROM job").fetchall()
    journal.close()
    outcomes = {name: outcome for name, _, outcome, _ in jobs}
    held = Counter(line["job"] for line in ledger if line["holding"] and line["job"])
    with RunIndex(folder / "log") as index:
        indexed = index.labelled("job")
        ends = Counter(index.results().values())
    began = {name for name, _, _, started in jobs if started is not None}
    return {
        "grasps": len(grasps),
        "outcomes": dict(Counter(str(outcome) for outcome in outcomes.values())),
        "kills": sum(line["what"] == "killed" for line in told),
        "starts that failed": sum(line.get("failed", 0) for line in told),
        "connections cut": sum(line.get("cuts", 0) for line in told),
        "pages lost": sum(line.get("pages", 0) for line in told),
        "faults": dict(Counter(fault["what"] for fault in lines_of(folder / "faults.jsonl"))),
        "wrong grasps": len(wrong_grasps(ledger)),
        "lost": sum(line["job"] not in outcomes for line in grasps)
        + sum(state != "ended" for _, state, _, _ in jobs),
        "doubled": sum(count > 1 for count in held.values())
        + sum(outcomes[name] == "grasped" and held[name] != 1 for name in outcomes),
        "told otherwise": sum(outcomes.get(line["job"]) != line["outcome"] for line in grasps),
        "hangs": sum(line["what"] == "hang" for line in told),
        "not in the index": len(began - indexed),
        "runs in the index": dict(ends),
        "memory": memory(told),
    }


def wrong_grasps(ledger: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Jobs in which the fingers closed where the part was not."""
    tolerance = find_task(TASK).tolerance
    return [
        line
        for line in ledger
        if line["job"]
        and (
            line["miss_mm"] > tolerance.translation / MM
            or line["miss_deg"] > tolerance.rotation / DEG
        )
    ]


def memory(told: list[dict[str, Any]]) -> str:
    """How the longest life grew after its first thousand grasps."""
    lives: dict[int, list[tuple[int, int]]] = {}
    for line in told:
        if line["what"] == "fate" and "kb" in line:
            lives.setdefault(line["life"], []).append((line["in_life"], line["kb"]))
    longest = max(lives.values(), key=len, default=[])
    warm = [kilobytes for number, kilobytes in longest if number >= WARM]
    if len(warm) < 2:
        return f"no life had more than {WARM} grasps"
    growth = 100 * (warm[-1] / warm[0] - 1)
    count = longest[-1][0]
    return f"{warm[0] / 1e3:.1f} MB after {WARM} grasps, {growth:+.1f} % after {count}"
