"""The report's figures, as SVG text that takes its ink from the page around it.

Axes and letters are drawn in a marker colour that is replaced by ``currentColor``, so that
the same figure is readable on a light and on a dark page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.jobs.episode import Episode, Verdict
from pregrasp.jobs.rounds import RoundResult
from pregrasp.perception.dataset import CaptureRecord
from pregrasp.task import Tolerance

INK = "#010203"
"""Stands for the page's own colour of text."""

BLUE, ORANGE, GREEN, RED = "#3b82d6", "#e0762f", "#2f9e6e", "#d64550"
"""Mid tones that are told apart on white and on black, and by colour-blind people."""

PURPLE, BROWN = "#9b62c9", "#9a7b3c"
"""Where four do not suffice."""

VERDICT_COLOURS = {Verdict.GRASPED: BLUE, Verdict.REFUSED: ORANGE, Verdict.FAILED: RED}

SMALLEST_MM, SMALLEST_DEG = 0.005, 0.005
"""Errors below these are drawn here: the axes are logarithmic."""


def error_per_move(episodes: Sequence[Episode], tolerance: Tolerance) -> str:
    """True error at every picture, one line for each episode, against the tolerance."""
    figure, axes = _figure(columns=2, width=9.6, height=3.3)
    panels = (
        ("translation", "mm", MM, tolerance.translation, SMALLEST_MM),
        ("rotation", "deg", DEG, tolerance.rotation, SMALLEST_DEG),
    )
    for axis, (name, unit, scale, limit, smallest) in zip(axes, panels, strict=True):
        axis.axhspan(smallest / 2, limit / scale, color=GREEN, alpha=0.10, linewidth=0)
        axis.axhline(limit / scale, color=GREEN, linewidth=1.2)
        for episode in episodes:
            sizes = [max(getattr(look.error, name) / scale, smallest) for look in episode.looks]
            axis.plot(
                range(len(sizes)),
                sizes,
                color=VERDICT_COLOURS[episode.verdict],
                alpha=0.55,
                linewidth=1.1,
                marker="o",
                markersize=3,
            )
        _plain_logarithmic(axis)
        axis.set_ylim(bottom=smallest / 1.5)
        axis.set_xlabel("picture (0 is the start)")
        axis.set_ylabel(f"{name} error, {unit}")
        axis.annotate(
            f"tolerance {limit / scale:g} {unit}",
            (1.0, limit / scale),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 3),
            textcoords="offset points",
            ha="right",
            color=GREEN,
        )
        axis.xaxis.get_major_locator().set_params(integer=True)
    return _svg(figure)


def training_curves(curve: Mapping[str, Sequence[float]]) -> str:
    """Error on training batches over the steps: translation and rotation.

    Args:
        curve: ``steps``, ``translation_mm`` and ``rotation_deg``, of equal length.
    """
    figure, axes = _figure(columns=2, width=9.6, height=2.8)
    panels = (("translation_mm", "mm", BLUE), ("rotation_deg", "deg", ORANGE))
    for axis, (key, unit, colour) in zip(axes, panels, strict=True):
        axis.plot(curve["steps"], curve[key], color=colour, linewidth=1.5)
        _plain_logarithmic(axis)
        axis.set_xlabel("training step")
        axis.set_ylabel(f"median error, {unit}")
    return _svg(figure)


def rounds(results: Sequence[RoundResult], tolerance: Tolerance) -> str:
    """The bound after every round of an active collection, against the tolerance."""
    figure, axes = _figure(columns=2, width=9.6, height=2.8)
    panels = (
        ("bound_mm", "mm", tolerance.translation / MM, BLUE),
        ("bound_deg", "deg", tolerance.rotation / DEG, ORANGE),
    )
    for axis, (key, unit, limit, colour) in zip(axes, panels, strict=True):
        found = [each for each in results if getattr(each, key) is not None]
        bounds = [getattr(each, key) for each in found]
        lowest = min([*bounds, limit]) / 2
        axis.axhspan(lowest / 2, limit, color=GREEN, alpha=0.10, linewidth=0)
        axis.axhline(limit, color=GREEN, linewidth=1.2)
        axis.plot(
            [each.captures for each in found],
            bounds,
            color=colour,
            linewidth=1.5,
            marker="o",
            markersize=5,
        )
        for each in results:
            if getattr(each, key) is None:
                axis.axvline(each.captures, color=RED, linewidth=1.0, linestyle=":")
        _plain_logarithmic(axis)
        axis.set_ylim(lowest, 2.5 * max([*bounds, limit]))
        axis.set_xlabel("captures")
        axis.set_ylabel(f"bound of one look, {unit}")
    return _svg(figure)


def capture_map(records: Sequence[CaptureRecord]) -> str:
    """Where the pictures were taken, seen from the pregrasp pose.

    Placements are named as long as each has a colour of its own.
    """
    figure, axes = _figure(columns=2, width=9.6, height=4.0)
    placements = sorted({record.placement for record in records})
    colours = [BLUE, ORANGE, GREEN, RED, PURPLE, BROWN]
    for placement in placements:
        moves: list[MotionCommand] = [
            record.label.inverse() for record in records if record.placement == placement
        ]
        colour = colours[placement % len(colours)]
        x = [move.x / MM for move in moves]
        y = [move.y / MM for move in moves]
        theta = [move.theta / DEG for move in moves]
        axes[0].scatter(x, y, s=9, color=colour, alpha=0.6, linewidths=0)
        axes[1].scatter(
            x, theta, s=9, color=colour, alpha=0.6, linewidths=0, label=str(placement + 1)
        )
    axes[0].set_aspect("equal", "datalim")
    axes[0].set_xlabel("x, mm")
    axes[0].set_ylabel("y, mm")
    axes[1].set_xlabel("x, mm")
    axes[1].set_ylabel("angle, deg")
    if len(placements) > len(colours):
        return _svg(figure)
    legend = axes[1].legend(
        frameon=False,
        labelcolor=INK,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        title="placement",
        title_fontproperties={"size": "small"},
        ncols=len(colours),
        markerscale=1.6,
        borderaxespad=0.0,
        handletextpad=0.1,
        columnspacing=1.0,
    )
    legend.get_title().set_color(INK)
    return _svg(figure)


def _figure(*, columns: int, width: float, height: float) -> tuple[Any, Any]:
    # Not pyplot: it keeps figures in a global list and picks a windowing backend.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_alpha(0.0)
    axes = figure.subplots(1, columns, squeeze=False)[0]
    for axis in axes:
        axis.set_facecolor("none")
        axis.grid(visible=True, color=INK, alpha=0.12, linewidth=0.6)
        axis.tick_params(which="both", colors=INK, labelsize=9)
        axis.xaxis.label.set_color(INK)
        axis.yaxis.label.set_color(INK)
        for name, spine in axis.spines.items():
            spine.set_visible(name in {"left", "bottom"})
            spine.set_color(INK)
            spine.set_alpha(0.5)
    return figure, axes


def _plain_logarithmic(axis: Any) -> None:
    """A logarithmic axis with numbers as people write them, 0.1 and not ten to minus one."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())


def _svg(figure: Any) -> str:
    import matplotlib as mpl

    stream = io.StringIO()
    # Letters stay letters: smaller, searchable, and in the page's own font.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pregrasp"}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    text = stream.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # The page sets the size; the view box keeps the shape.
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    return re.sub(r"font-family: [^;\"]*|font: ([0-9.]+px) [^;\"]*", _font, text)


def _font(match: re.Match[str]) -> str:
    return f"font: {match[1]} inherit; font-family: inherit" if match[1] else "font-family: inherit"
