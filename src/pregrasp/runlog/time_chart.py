"""Where the time of a cycle goes, as a picture.

Of one run: when each leaf ran, one row a leaf. Of many runs: how much of the robot's time
each leaf took on average. The picture is SVG with its own colours, on white, and needs
nothing but a browser.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from pregrasp.runlog.statistics import Interval, NodeStatistics, Statistics

WIDTH = 960
LABELS = 250
FIGURES = 150
ROW = 24
TOP = 62
BOTTOM = 34
LEGEND = 96

COLOURS = {"S": "#2a6fb0", "F": "#c4551d", "I": "#9aa4ae"}
"""Of bars by how they ended; told apart by people who see few colours."""

WORDS = {"S": "succeeded", "F": "failed", "I": "halted"}

INK, FAINT, GRID = "#1d232a", "#66717d", "#e3e7eb"
FONT = "font-family='system-ui, sans-serif'"


def draw_times(statistics: Statistics) -> str:
    """The picture, as the text of an SVG file.

    Args:
        statistics: Of one run or of several of one tree.
    """
    rows = [node for node in statistics.nodes.values() if node.is_leaf and node.total_s > 0.0]
    runs = max(1, statistics.runs)
    if statistics.runs > 1:
        rows.sort(key=lambda node: -node.total_s)
    cycle = sum(statistics.duration_s) / max(1, len(statistics.duration_s))
    longest = max((node.total_s / runs for node in rows), default=0.0)
    span = max(cycle, longest) if statistics.runs == 1 else max(longest, 1e-9)
    span = max(span, *(i.ended for i in statistics.intervals), 1e-9) if runs == 1 else span
    height = TOP + ROW * max(1, len(rows)) + BOTTOM
    size = f"viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}'"
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} {FONT} font-size='13'>",
        f"<rect width='{WIDTH}' height='{height}' fill='white'/>",
        *_head(statistics, cycle),
        *_axis(span, height),
    ]
    for index, node in enumerate(rows):
        parts += _row(node, TOP + ROW * index, span, statistics, cycle)
    if not rows:
        parts.append(_text(WIDTH / 2, TOP + 16, "no leaf took any time", FAINT, "middle"))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _head(statistics: Statistics, cycle: float) -> Iterator[str]:
    of = "one run" if statistics.runs == 1 else f"mean of {statistics.runs} runs"
    results = ", ".join(f"{count} {result}" for result, count in sorted(statistics.results.items()))
    title = f"{statistics.tree}: where the time goes"
    yield (
        f"<text x='16' y='24' fill='{INK}' font-size='16' font-weight='600'>{escape(title)}</text>"
    )
    facts = f"{of}, {cycle:.2f} s by the cell's clock"
    yield _text(16, 44, f"{facts}: {results}" if results else facts, FAINT)
    if statistics.runs > 1:
        return
    for index, (letter, word) in enumerate(WORDS.items()):
        x = WIDTH - LEGEND * (len(WORDS) - index)
        yield f"<rect x='{x}' y='35' width='10' height='10' rx='2' fill='{COLOURS[letter]}'/>"
        yield _text(x + 16, 44, word, FAINT)


def _axis(span: float, height: float) -> Iterator[str]:
    step = _step(span)
    mark = 0.0
    bottom = height - BOTTOM
    while mark <= span * 1.0001:
        x = _x(mark, span)
        yield f"<line x1='{x:.1f}' y1='{TOP - 4}' x2='{x:.1f}' y2='{bottom}' stroke='{GRID}'/>"
        yield _text(x, bottom + 18, f"{mark:g} s", FAINT, "middle")
        mark += step


def _row(
    node: NodeStatistics, y: float, span: float, statistics: Statistics, cycle: float
) -> Iterator[str]:
    runs = max(1, statistics.runs)
    mean = node.total_s / runs
    middle = y + ROW / 2 + 4
    yield f"<g><title>{escape(node.path)}</title>"
    yield _text(16, middle, _clipped(node.label), INK)
    if statistics.runs == 1:
        for interval in statistics.intervals:
            if interval.path == node.path:
                yield _bar(interval, y, span)
    else:
        rate = node.success_rate
        colour = COLOURS["F"] if rate is not None and rate < 0.5 else COLOURS["S"]
        width = max(1.0, _x(mean, span) - _x(0.0, span))
        yield (
            f"<rect x='{_x(0.0, span):.1f}' y='{y + 4}' width='{width:.1f}' "
            f"height='{ROW - 8}' rx='3' fill='{colour}'/>"
        )
    share = f"{mean / cycle:.0%}".replace("%", " %") if cycle > 0 else ""
    yield _text(WIDTH - 70, middle, f"{mean:.2f} s", INK, "end")
    yield _text(WIDTH - 16, middle, share, FAINT, "end")
    yield "</g>"


def _bar(interval: Interval, y: float, span: float) -> str:
    left, right = _x(interval.began, span), _x(interval.ended, span)
    took = f"{interval.ended - interval.began:.3f} s, {WORDS[interval.status]}"
    return (
        f"<rect x='{left:.1f}' y='{y + 4}' width='{max(1.5, right - left):.1f}' "
        f"height='{ROW - 8}' rx='3' fill='{COLOURS[interval.status]}'><title>{took}</title></rect>"
    )


def _x(time: float, span: float) -> float:
    return LABELS + (WIDTH - LABELS - FIGURES) * time / span


def _step(span: float) -> float:
    """A round distance between marks, so that there are four to ten of them."""
    size = 10.0 ** math.floor(math.log10(span))
    return next(size * share for share in (0.1, 0.2, 0.5, 1.0) if span / (size * share) <= 10.0)


def _clipped(label: str) -> str:
    """The end of a label, where it is too long."""
    return label if len(label) <= 34 else f"…{label[-33:]}"


def _text(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' fill='{colour}' text-anchor='{anchor}'>"
        f"{escape(text)}</text>"
    )
