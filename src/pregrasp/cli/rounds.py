"""What the commands say about the rounds of an active collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from pregrasp.cli.console import err, out

if TYPE_CHECKING:
    from pregrasp.jobs.active import ActiveCollection
    from pregrasp.jobs.rounds import RoundResult


def say_round(result: RoundResult) -> None:
    """One line as a round ends."""
    from pregrasp.jobs.rounds import bound_words

    err.print(
        f"round {result.number}: {result.captures} captures; one look: {bound_words(result)}; "
        f"{result.robot_s / 60:.1f} robot min, {result.training_s:.0f} s of training; "
        f"worst at {result.worst}",
        markup=False,
        soft_wrap=True,
    )


def say_rounds(active: ActiveCollection) -> None:
    """All rounds, and why there are no more."""
    out.print(rounds_table(active))
    out.print(f"ended: {active.reason}", markup=False, soft_wrap=True)


def rounds_table(active: ActiveCollection) -> Table:
    """A row a round."""
    rounds = Table(
        title="round by round: what one look may be off by", title_justify="left", box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip
    for name in ("round", "captures", "judges", "mm", "deg", "at", "robot min", "train s"):
        rounds.add_column(name, justify="right")
    rounds.add_column("worst at", no_wrap=True)
    for each in active.rounds:
        rounds.add_row(
            f"{each.number}",
            f"{each.captures}",
            f"{each.trusted}/{each.judges}",
            "-" if each.bound_mm is None else f"{each.bound_mm:.3f}",
            "-" if each.bound_deg is None else f"{each.bound_deg:.3f}",
            f"{each.level:.0%}",
            f"{each.robot_s / 60:.1f}",
            f"{each.training_s:.0f}",
            each.worst,
        )
    return rounds
