"""What the commands say about rounds fits a terminal, and `--captures` means the most."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from rich.console import Console

from pregrasp.cli.parameters import with_captures
from pregrasp.cli.rounds import rounds_table
from pregrasp.jobs.active import ActiveCollection
from pregrasp.jobs.collect import CollectionResult
from pregrasp.jobs.rounds import RoundResult
from pregrasp.task import find_task

ROUND = RoundResult(
    number=12, captures=300, pictures=351, judges=105, trusted=104, bound_mm=0.132,
    bound_deg=0.066, level=0.95, robot_s=660.0, training_s=146.0, worst="-39, -12 mm, +29 deg",
)  # fmt: skip


def test_the_table_fits_eighty_columns() -> None:
    collected = CollectionResult(Path("d"), 351, 351, 660.0)
    active = ActiveCollection(collected, (ROUND,), "done")
    console = Console(width=80, record=True)
    console.print(rounds_table(active))
    row = console.export_text().splitlines()[-1]
    for value in ("12", "300", "104/105", "0.132", "0.066", "95%", "11.0", "146", ROUND.worst):
        assert value in row


def test_captures_are_the_most_of_an_active_collection_and_all_of_another() -> None:
    task = find_task("circuit_board")
    assert with_captures(task, 30, active=False).collection.captures == 30
    rounds = with_captures(task, 30, active=True).collection.rounds
    assert (rounds.captures_max, rounds.captures_first) == (30, 30)
    assert with_captures(task, 500, active=True).collection.rounds.captures_max == 500
    assert with_captures(task, None, active=True) is task
    with pytest.raises(typer.BadParameter, match=r"--captures 10 .*at least 24"):
        with_captures(task, 10, active=True)
