"""Logged runs as tables for people."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from pregrasp.runlog.run_record import RunRecord
    from pregrasp.runlog.statistics import NodeStatistics, Statistics

INDENT = " " * 17
"""Of reasons and notes: below the name of their run."""

FIGURES = 60
"""Room that the figures of a node need [columns]."""

_STYLES = {"success": "green", "refused": "yellow", "failure": "red", "cancelled": "yellow"}


def run_lines(records: Sequence[RunRecord]) -> Iterator[Text]:
    """One line a run, and a second one where there is a reason or a note."""
    widest = max((len(record.task or record.tree) for record in records), default=0)
    room = max(4, min(20, widest))
    yield Text(
        f"{'started':<16} {'run':<6} {'task':<{room}} {'result':<10} {'s':>6} {'moves':>5} "
        f"{'last mm':>7} {'deg':>6}",
        style="bold",
    )
    for record in records:
        line = Text(f"{_local(record.started):%Y-%m-%d %H:%M} ")
        line.append(f"{record.id.rpartition('-')[2][:6]:<6} {record.task or record.tree:<{room}} ")
        line.append(f"{record.result:<10}", style=_STYLES.get(record.result, "dim"))
        line.append(
            f" {_number(record.duration_s, 1):>6} {_number(record.moves, 0):>5} "
            f"{_number(record.last_translation_mm, 3):>7} {_number(record.last_rotation_deg, 3):>6}"
        )
        yield line
        if record.reason:
            yield Text(f"{INDENT}{record.reason}", style="dim")
        if record.note:
            yield Text(f"{INDENT}note: {record.note}", style="italic")


def record_table(record: RunRecord) -> Table:
    """Everything the index knows about a run."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    rows = {
        "run": Text(record.id),
        "started": Text(f"{_local(record.started):%Y-%m-%d %H:%M:%S}"),
        "task": Text(record.task),
        "tree": Text(record.tree),
        "cell": Text(record.cell),
        "command": Text(record.command),
        "model": Text(record.model),
        "result": _result(record.result),
        "why": Text(record.reason),
        "node": Text(record.node),
        "note": Text(record.note),
        "log": Text("\n".join(map(str, record.files)) or "removed"),
    }
    for name, value in rows.items():
        if value.plain:
            table.add_row(name, value)
    return table


def statistics_table(statistics: Statistics, width: int) -> Table:
    """One line a node, in the order of the tree.

    Args:
        statistics: The figures.
        width: Of the window; names of nodes are cut so that no figure is [columns].
    """
    count = "1 run" if statistics.runs == 1 else f"{statistics.runs} runs"
    results = ", ".join(f"{n} {result}" for result, n in sorted(statistics.results.items()))
    table = Table(
        title=f"{statistics.tree}: {count}" + (f", {results}" if results else ""),
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    table.add_column("node", no_wrap=True)
    for name in ("ticks", "ok", "failed", "halted", "ok %", "total s", "median s", "p95 s"):
        table.add_column(name, justify="right", no_wrap=True)
    for node in statistics.nodes.values():
        table.add_row(*_statistics_row(node, width), style="" if node.ticks else "dim")
    return table


def _statistics_row(node: NodeStatistics, width: int) -> tuple[Text | str, ...]:
    told = node.to_json()
    rate = node.success_rate
    label = Text("  " * node.depth + node.title)
    label.truncate(max(16, width - FIGURES), overflow="ellipsis")
    return (
        label,
        str(node.ticks),
        str(node.successes),
        Text(str(node.failures), style="yellow" if node.failures else ""),
        str(node.halts),
        "" if rate is None else f"{100 * rate:.0f}",
        f"{node.total_s:.2f}" if node.durations else "",
        _number(told["median_s"], 2),
        _number(told["p95_s"], 2),
    )


def _result(result: str) -> Text:
    return Text(result, style=_STYLES.get(result, "dim"))


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _local(started: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(started).astimezone()
