"""The rivals' answers, added up, as a table and as a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.intervals import bootstrap, wilson

if TYPE_CHECKING:
    from benchmarks.rivals.bound import Bound

LIMIT_MM, LIMIT_DEG = 0.8, 0.6
"""The paper's accuracy: what counts as right."""


@dataclass(frozen=True)
class Row:
    """One answer to one picture."""

    rival: str
    task: str
    condition: str
    range: str
    index: int
    answered: bool
    translation_mm: float
    rotation_deg: float
    ms: float

    @property
    def right(self) -> bool:
        """Whether it was answered within the paper's accuracy."""
        return self.answered and self.translation_mm <= LIMIT_MM and self.rotation_deg <= LIMIT_DEG


@dataclass(frozen=True)
class Entry:
    """All answers of one rival in one condition."""

    rival: str
    condition: str
    range: str
    pictures: int
    answered: int
    right: int
    right_low: float
    right_high: float
    wrong: int
    """Answered, and yet outside the paper's accuracy."""
    translation_mm_p50: float
    translation_mm_p50_high: float
    translation_mm_p95: float
    rotation_deg_p50: float
    rotation_deg_p95: float
    ms_p50: float


def summarise(rows: Sequence[Row]) -> list[Entry]:
    """One entry for every rival, condition and range, over all tasks."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.range, row.condition, row.rival), []).append(row)
    return [
        _entry(rival, condition, far, group) for (far, condition, rival), group in groups.items()
    ]


def _entry(rival: str, condition: str, far: str, group: list[Row]) -> Entry:
    answered = [row for row in group if row.answered]
    right = sum(row.right for row in group)
    low, high = wilson(right, len(group))
    translation = [row.translation_mm for row in answered]
    rotation = [row.rotation_deg for row in answered]
    median, _, median_high = bootstrap(translation, 0.5)
    return Entry(
        rival=rival,
        condition=condition,
        range=far,
        pictures=len(group),
        answered=len(answered),
        right=right,
        right_low=round(low, 3),
        right_high=round(high, 3),
        wrong=len(answered) - right,
        translation_mm_p50=_rounded(median),
        translation_mm_p50_high=_rounded(median_high),
        translation_mm_p95=_rounded(_quantile(translation, 0.95)),
        rotation_deg_p50=_rounded(_quantile(rotation, 0.5)),
        rotation_deg_p95=_rounded(_quantile(rotation, 0.95)),
        ms_p50=round(float(np.median([row.ms for row in group])), 1),
    )


def _quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else math.nan


def _rounded(value: float) -> float:
    return round(value, 4)


def markdown(summary: Sequence[Entry]) -> str:
    """Tables for people: one for each range, a rival a row, a condition a column."""
    text = []
    conditions = list(dict.fromkeys(entry.condition for entry in summary))
    for far in dict.fromkeys(entry.range for entry in summary):
        text.append(f"### {far}: median / p95 of the answered, mm (right of all pictures; wrong)\n")
        text.append("| rival | " + " | ".join(conditions) + " |")
        text.append("|---" * (len(conditions) + 1) + "|")
        entries = {(e.rival, e.condition): e for e in summary if e.range == far}
        for rival in dict.fromkeys(rival for rival, _ in entries):
            cells = [_cell(entries.get((rival, condition))) for condition in conditions]
            text.append(f"| {rival} | " + " | ".join(cells) + " |")
        text.append("")
    return "\n".join(text)


def _cell(entry: Entry | None) -> str:
    if entry is None:
        return ""
    share = f"({entry.right}/{entry.pictures}; {entry.wrong})"
    if not entry.answered:
        return f"none {share}"
    return f"{entry.translation_mm_p50:.3f} / {entry.translation_mm_p95:.3f} {share}"


def draw_figure(summary: Sequence[Entry], bounds: Mapping[str, Bound], file: Path) -> None:
    """Medians and the share of right answers, by condition."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    conditions = list(dict.fromkeys(entry.condition for entry in summary))
    names = list(dict.fromkeys(entry.rival for entry in summary))
    colours = plt.get_cmap("tab10")
    figure, axes = plt.subplots(2, 2, figsize=(13, 7.5), sharex=True, sharey="row")
    for column, far in enumerate(("far", "near")):
        upper, lower = axes[0, column], axes[1, column]
        for k, name in enumerate(names):
            entries = {e.condition: e for e in summary if e.range == far and e.rival == name}
            x = np.arange(len(conditions)) + (k - len(names) / 2) * 0.08
            shown = [entries.get(c) for c in conditions]
            medians = [e.translation_mm_p50 if e else math.nan for e in shown]
            shares = [100 * e.right / e.pictures if e else math.nan for e in shown]
            colour = "black" if name == "own" else colours(k % 10)
            size = 8 if name == "own" else 5
            upper.plot(x, medians, "o", ms=size, color=colour, label=name)
            lower.plot(x, shares, "o", ms=size, color=colour)
        for b in bounds.values():
            upper.axhline(b.translation_mm, color="grey", lw=0.7, ls=":")
        upper.axhline(LIMIT_MM, color="firebrick", lw=0.8, ls="--")
        upper.set_yscale("log")
        where = "from a servo's start" if far == "far" else "from within 2 mm and 2 deg"
        upper.set_title(f"one look {where}")
        lower.set_xticks(range(len(conditions)), conditions, rotation=35, ha="right")
    axes[0, 0].set_ylabel("median error of the answered [mm]")
    axes[1, 0].set_ylabel("answered within 0.8 mm, 0.6 deg [%]")
    axes[1, 0].set_ylim(-4, 104)
    axes[0, 1].legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    for axis in axes.flat:
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    plt.close(figure)
