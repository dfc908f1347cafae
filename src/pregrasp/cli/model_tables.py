"""Models, their comparison and their drift, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pregrasp.perception.model_folder import SHORT

if TYPE_CHECKING:
    from pregrasp.jobs.models.card import ModelCard
    from pregrasp.jobs.models.compare import Comparison
    from pregrasp.jobs.models.drift import Chart, Drift
    from pregrasp.jobs.models.history import Change
    from pregrasp.jobs.models.store import ModelStore
    from pregrasp.jobs.results import Spread


def model_table(rows: Iterable[tuple[ModelStore, ModelCard]]) -> Table:
    """One line a model; the one in use is marked, and so is one that its task does not name."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("task", "model", "", "architecture", "collected"):
        table.add_column(name, no_wrap=True)
    for name in ("p95 mm", "p95 deg"):
        table.add_column(name, justify="right", no_wrap=True)
    for store, card in rows:
        in_use = card.name == store.current
        mark = Text("in use" if in_use else "", "green")
        if in_use and store.task.model is not None:
            fits = card.name.startswith(store.task.model)
            mark = Text(
                "in use, named" if fits else "not the one named", "green" if fits else "red"
            )
        table.add_row(
            store.task.task,
            card.short,
            mark,
            card.architecture,
            card.collected[:10],
            _number(card.translation_mm_p95),
            _number(card.rotation_deg_p95),
        )
    return table


def card_table(card: ModelCard) -> Table:
    """Everything that a model says about how it was made and when to trust it."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("model", card.name)
    table.add_row("task", card.task)
    table.add_row("folder", str(card.folder))
    for section in ("made", "trust"):
        for key, value in card.description.get(section, {}).items():
            values = value.items() if isinstance(value, dict) else [("", value)]
            for inner, number in values:
                name = f"{section}.{key}" + (f".{inner}" if inner else "")
                table.add_row(name, Text(json.dumps(number).strip('"')))
    return table


def history_table(changes: Iterable[Change]) -> Table:
    """Which model took over when."""
    table = Table(title="history", title_justify="left", box=None, pad_edge=False)
    for name in ("time", "model", "took over from", "why"):
        table.add_column(name, no_wrap=True)
    for change in changes:
        table.add_row(
            change.time[:19].replace("T", " "),
            change.model[:SHORT],
            change.replaced[:SHORT] or "-",
            change.cause.value.replace("_", " "),
        )
    return table


def comparison_table(comparison: Comparison) -> Table:
    """Two models side by side; errors are those of the answers that a model trusts."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.caption = "errors of trusted answers: median / p95 / max"
    table.caption_justify = "left"
    first, second = comparison.models
    table.add_column("")
    for title in (first.card.short, second.card.short, "difference"):
        table.add_column(title, justify="right", no_wrap=True)
    both = (first, second)
    table.add_row("trusted", *(f"{a.trusted} of {len(a.estimates)}" for a in both))
    table.add_row("agreement", *(_number(a.agreement.median) for a in both))
    table.add_row(
        "error, mm",
        *(_spread(a.translation_mm) for a in both),
        _spread(comparison.difference_mm),
    )
    table.add_row(
        "error, deg",
        *(_spread(a.rotation_deg) for a in both),
        _spread(comparison.difference_deg),
    )
    table.add_row("compute, ms", *(_number(a.compute_ms.median, 1) for a in both))
    if first.learned_from or second.learned_from:
        learned = ("yes" if a.learned_from else "no" for a in both)
        table.add_row("learned from it", *learned)
    return table


def drift_text(drift: Drift, task: str) -> Text:
    """What the charts say, in sentences."""
    text = Text(f"model {drift.model}: {drift.runs} runs, {drift.refused} refused\n")
    if drift.refusals is None:
        text.append(
            f"nothing can be said before more than {drift.reference} runs are known", "yellow"
        )
        return text
    for chart in (drift.agreement, drift.refusals):
        if chart is not None:
            _describe(text, chart)
    if drift.warns:
        text.append(
            f"look at the lens, the light and the parts; then: pregrasp models refresh {task}",
            "yellow",
        )
    else:
        text.append("no drift", "green")
    return text


def _describe(text: Text, chart: Chart) -> None:
    now = chart.values[-1]
    if chart.name == "agreement":
        words = f"agreement: {now:.3f} on average now, {chart.normal:.3f} at first"
        beyond = f"below {chart.limit:.3f}"
    else:
        words = f"refusals: CUSUM {now:.2f}, for a rate above {chart.normal:.1%}"
        beyond = f"above {chart.limit:g}"
    text.append(words)
    if chart.warns:
        text.append(f"; WARNING: {beyond}", "bold yellow")
    if chart.first_warning:
        text.append(f", first in run {chart.first_warning}", "dim")
    text.append("\n")


def _spread(spread: Spread) -> str:
    return " / ".join(_number(value) for value in (spread.median, spread.p95, spread.max))


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
