"""Weeks beside a line, in minutes: a line that asks for parts, and everything that may fail.

    nice -n 10 python -m benchmarks.soak --grasps 10000 --out runs/soak
    nice -n 10 python -m benchmarks.soak --grasps 3000 --kills 0 --out runs/soak_in_one_life

What is under test is real: OPC UA server, PackML unit, production, journal, trees, run log,
index and page. The cell is the ideal one (`pregrasp.skills.ideal_cell`): neither physics nor
pictures, so this says nothing about accuracy and everything about jobs, files and memory. Of
all uses of a device, all writes to a disk, all calls over the network and all jobs, 1 % meet a
fault: the device fails, the disk is full, the plug is pulled, the program is killed. A ledger
outside of the program, written by the gripper's fingers, knows what was truly grasped.

The same command goes on after it was stopped. It ends with 1 if anything was wrong, lost or
done twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import signal
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from benchmarks.soak.judge import FAULTLESS, judge, lines_of
from benchmarks.soak.line import HangError, Line, Program
from pregrasp.line.opcua.certificates import make_client, make_server
from pregrasp.line.opcua.security import Role, SecurityFolder

HANG = 120.0
"""A job that takes longer in real time hangs [s]."""

KILL_WITHIN = 0.4
"""A kill comes so long after its job was asked for, at most [s]."""


class Soak:
    """The line's day, job by job; what happened is on disk after every one of them."""

    def __init__(self, folder: Path, rate: float, kills: float, seed: int) -> None:
        self._folder = folder
        self._kills = kills
        self._file = folder / "line.jsonl"
        told = lines_of(self._file)
        self.done = sum(line["what"] in ("fate", "hang") for line in told)
        self._seed = seed + 1_000_003 * len(told)
        self._dice = random.Random(self._seed)  # noqa: S311  # no secret
        self._program = Program(folder, rate)
        self._line = Line(self._program, folder, self._dice, rate)
        self._in_life = 0
        self._before = sum(line["what"] == "start" for line in told)

    async def run(self, grasps: int, progress: Any) -> None:
        """Have the rest of the jobs done."""
        await self._start()
        try:
            while self.done < grasps:
                await self._job(f"part-{self.done:06d}")
                progress(self.done)
        finally:
            await self._line.close()
            await self._program.end(signal.SIGTERM)
        # What the last life left is found at the next start; nothing fails any more.
        await self._program.start(self._seed, rate=0.0)
        await self._program.end(signal.SIGTERM)

    async def _start(self) -> None:
        self._before += 1
        self._in_life = 0
        failed = await self._program.start(self._seed + self._before)
        self._tell(what="start", life=self._before, failed=failed)

    async def _job(self, name: str) -> None:
        killer = None
        if self._dice.random() < self._kills:
            killer = asyncio.create_task(self._kill_in(self._dice.uniform(0.0, KILL_WITHIN)))
        while True:
            try:
                await self._line.watch()
                outcome = await self._line.ask(name, HANG)
                break
            except ConnectionError:
                await self._start()
            except HangError as error:
                self._tell(what="hang", job=name, error=str(error))
                self.done += 1
                await self._line.leave()
                await self._program.end(signal.SIGKILL)
                await self._start()
                return
        if killer is not None:
            await killer
        self.done += 1
        self._in_life += 1
        told = {"what": "fate", "job": name, "outcome": outcome, "life": self._before}
        if self._in_life % 50 == 0 and self._program.alive:
            told |= {"in_life": self._in_life, "kb": self._program.resident()}
        if self._line.cuts or self._line.pages_lost:
            told |= {"cuts": self._line.cuts, "pages": self._line.pages_lost}
            self._line.cuts = self._line.pages_lost = 0
        self._tell(**told)
        if not self._program.alive:
            await self._line.leave()
            await self._start()

    async def _kill_in(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._program.end(signal.SIGKILL)
        self._tell(what="killed")

    def _tell(self, **line: Any) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def summary(figures: dict[str, Any]) -> Table:
    """The figures, those that must be 0 in red if they are not."""
    table = Table("what", "how many")
    for name, value in figures.items():
        text = str(value)
        if isinstance(value, dict):
            text = ", ".join(f"{count} {what}" for what, count in sorted(value.items()))
        if name in FAULTLESS:
            text = f"[red]{text}" if value else f"[green]{text}"
        table.add_row(name, text)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--grasps", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=0.01, help="share of steps that fail")
    parser.add_argument("--kills", type=float, default=0.01, help="share of jobs with a kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/soak"), metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    chosen = parser.parse_args()
    folder = chosen.out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    security = SecurityFolder(folder / "security")
    if not security.certificate.exists():
        make_server(security)
        make_client(security, "plc", Role.OPERATOR)
    # Connections that are cut are what is wanted here; asyncua tells of every one.
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    soak = Soak(folder, chosen.rate, chosen.kills, chosen.seed)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task("soak", total=chosen.grasps, completed=soak.done)
        asyncio.run(soak.run(chosen.grasps, lambda done: bars.update(bar, completed=done)))
    figures = judge(folder)
    Console().print(summary(figures))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return int(any(figures[name] for name in FAULTLESS))


if __name__ == "__main__":
    sys.exit(main())
