"""The curves as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.learning_curve.judging import RINGS

COLOURS = {
    "uniform": "tab:blue",
    "gaussian": "tab:orange",
    "uniform_and_fine": "tab:green",
    "active": "tab:red",
}
ROWS = {"network": "bare network", "whole": "whole estimator"}
LIMIT_MM = 0.8


def draw(points: Sequence[dict[str, Any]], caption: str, file: Path) -> None:
    """Error over captures: a column for each ring, a row for the network and the whole."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

    figure, axes = plt.subplots(2, len(RINGS) - 1, figsize=(10, 6), sharex=True, sharey="row")
    for row, (key, title) in enumerate(ROWS.items()):
        for column, axis in enumerate(axes[row]):
            for name, colour in COLOURS.items():
                mine = [p for p in points if p["strategy"] == name and key in p]
                mine = [p for p in mine if p[key][column]["trusted"]]
                x = [p["captures"] for p in mine]
                axis.plot(x, [p[key][column]["p95_mm"] for p in mine], "o-", ms=3, color=colour,
                          label=name.replace("_", " "))  # fmt: skip
                axis.plot(x, [p[key][column]["p50_mm"] for p in mine], ":", color=colour)
            axis.axhline(LIMIT_MM, color="black", lw=0.8)
            axis.set(xscale="log", yscale="log")
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.yaxis.set_minor_formatter(NullFormatter())
            axis.grid(alpha=0.3, which="both")
            if row == 0:
                axis.set_title(f"{RINGS[column]:.0f} to {RINGS[column + 1]:.0f} mm from the goal",
                               fontsize=10)  # fmt: skip
            else:
                ticks = sorted({p["captures"] for p in points})
                axis.set_xticks(ticks, [str(tick) for tick in ticks])
                axis.xaxis.set_minor_locator(NullLocator())
                axis.set_xlabel("captures")
        axes[row][0].set_ylabel(f"{title}\nerror of one look [mm]")
    axes[0][0].legend(fontsize=8)
    figure.text(0.5, 0.005, caption, ha="center", fontsize=8)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(file, dpi=110)
    plt.close(figure)
