"""Tables II and III have one shape: the error at every state of a grasp sequence."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.paper.experiment import by_state, closed_loop, episodes, finish, line, stops


def run(
    chosen: argparse.Namespace, name: str, conditions: tuple[str, ...], paper: dict[str, Any]
) -> None:
    """Run the episodes of some conditions and tell the error state by state."""
    records = {c: episodes(chosen, "own", chosen.model, c) for c in conditions}
    result: dict[str, Any] = {"paper": paper}
    for condition, rows in records.items():
        summary = closed_loop(rows)
        states = by_state(rows)
        result[condition] = {"summary": summary, "states": states}
        print(line(condition, summary))
        for state in states:
            t, r = state["translation_mm"], state["rotation_deg"]
            print(
                f"    state {state['state']}: n {state['episodes']:<4} "
                f"{t['p50']:.3f} / {t['p95']:.3f} mm   {r['p50']:.3f} / {r['p95']:.3f} deg"
            )

    def draw(plt: Any, file: Path) -> None:
        figure, axes = plt.subplots(1, len(conditions), figsize=(4.6 * len(conditions), 3.6))
        for axis, (condition, rows) in zip(
            [axes] if len(conditions) == 1 else axes, records.items(), strict=True
        ):
            for record in rows:
                if record["accepted"]:
                    errors = [look["translation_mm"] for look in stops(record)]
                    axis.plot(range(len(errors)), errors, color="tab:blue", alpha=0.25, lw=0.8)
            axis.set_yscale("log")
            axis.axhline(0.8, color="firebrick", ls="--", lw=0.8)
            axis.set_xlabel("move")
            axis.set_ylabel("true error [mm]")
            axis.set_title(condition)
            axis.grid(alpha=0.3)
        figure.tight_layout()
        figure.savefig(file, dpi=110)

    finish(chosen, name, result, draw)
