"""``kill -9`` at random moments of collect, train, grasp and serve, and what is left.

    nice -n 10 python -m benchmarks.kill_anywhere --kills 200 --out runs/kills

Every program gets a quarter of the kills. Each lives once without a kill, for its length and
its result; then it is started, killed at a moment drawn from that length, looked at, and
started again in the same folder, until it comes to its end by itself: its result must be that
of the life without kills. The moments are those of ``--seed``. The same command goes on after
it was stopped. It ends with 1 if anything was lost, torn or changed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from benchmarks.kill_anywhere.collecting import Collecting
from benchmarks.kill_anywhere.grasping import Grasping
from benchmarks.kill_anywhere.serving import Serving
from benchmarks.kill_anywhere.training import Training
from benchmarks.kill_anywhere.victim import Victim

console = Console(stderr=True)

PROGRAMS = ("collect", "train", "grasp", "serve")


def victim_of(name: str, folder: Path) -> Victim:
    """The program of that name."""
    if name == "train":
        return Training(folder.resolve() / "dataset")
    makers: dict[str, type[Victim]] = {"collect": Collecting, "grasp": Grasping, "serve": Serving}
    return makers[name]()


class Notes:
    """What happened, a line of JSON for every life, so that a run can go on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        self.lives: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]

    def add(self, **life: Any) -> None:
        self.lives.append(life)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(life) + "\n")

    def of(self, program: str) -> list[dict[str, Any]]:
        return [life for life in self.lives if life["program"] == program]


def torment(victim: Victim, folder: Path, notes: Notes, kills: int, seed: int) -> Iterator[None]:
    """Kill a program so often; yields after every kill."""
    place, name = folder / victim.name, victim.name
    past = notes.of(name)
    reference = next((life for life in past if life["what"] == "never killed"), None)
    if reference is None:
        victim.begin(place)
        life = victim.live(None, random.Random(seed))  # noqa: S311  # no secret
        reference = {"seconds": life.seconds, "result": victim.result()}
        problems = victim.problems(life)
        notes.add(program=name, what="never killed", problems=problems, **reference)
    victim.begin(place)
    done = sum(life["what"] == "killed" for life in past)
    number = len(past)
    while True:
        dice = random.Random(f"{seed} {name} {number}")  # noqa: S311  # no secret
        moment = dice.uniform(0.0, reference["seconds"]) if done < kills else None
        life = victim.live(moment, dice)
        problems = victim.problems(life)
        number += 1
        if life.killed:
            done += 1
            notes.add(program=name, what="killed", at_s=moment, problems=problems)
            yield
            continue
        result = victim.result()
        if result != reference["result"]:
            problems.append(f"found {result}, expected {reference['result']}")
        notes.add(program=name, what="ended", problems=problems)
        if done >= kills:
            return
        victim.begin(place)


def summary(notes: Notes) -> Table:
    """What became of every program."""
    table = Table("program", "kills", "came to its end", "lives with problems", "one takes [s]")
    for program in PROGRAMS:
        lives = notes.of(program)
        count = [life["what"] for life in lives]
        wrong = sum(bool(life["problems"]) for life in lives)
        length = next((life["seconds"] for life in lives if "seconds" in life), 0.0)
        table.add_row(
            program,
            str(count.count("killed")),
            str(count.count("ended")),
            f"[red]{wrong}" if wrong else "0",
            f"{length:.1f}",
        )
    return table


@contextmanager
def bars() -> Iterator[Progress]:
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        yield progress


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="of all programs together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PROGRAMS, action="append", help="leave the others alone")
    parser.add_argument("--out", type=Path, default=Path("runs/kills"), metavar="DIR")
    chosen = parser.parse_args()
    programs = chosen.only or PROGRAMS
    chosen.out.mkdir(parents=True, exist_ok=True)
    notes = Notes(chosen.out / "lives.jsonl")
    kills = chosen.kills // len(programs)
    with bars() as progress:
        for name in programs:
            before = sum(life["what"] == "killed" for life in notes.of(name))
            bar = progress.add_task(f"kill -9 {name}", total=kills, completed=before)
            victim = victim_of(name, chosen.out)
            for _ in torment(victim, chosen.out.resolve(), notes, kills, chosen.seed):
                progress.advance(bar)
    Console().print(summary(notes))
    for life in notes.lives:
        for problem in life["problems"]:
            console.print(f"{life['program']}: {problem}", style="red", markup=False)
    return int(any(life["problems"] for life in notes.lives))


if __name__ == "__main__":
    sys.exit(main())
