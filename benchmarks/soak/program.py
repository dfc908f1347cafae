"""The program under test: unit, production, journal, trees, run log, OPC UA and page.

Started by ``python -m benchmarks.soak``, which kills it. It says ``ready OPCUA PAGE`` on its
standard output, and ends on SIGTERM. The person beside the machine is in here as well: takes
the part out of the gripper and clears the unit.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sqlite3
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.soak.faults import Chance, LedgerGripper, RandomFaults, SoakCell, faulty_disk
from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, MotionCommand
from pregrasp.line.cell import OpenCell
from pregrasp.line.job_index import index_jobs
from pregrasp.line.journal import JobRecord, JobState, Journal
from pregrasp.line.opcua.security import SecurityFolder
from pregrasp.line.opcua.server import UnitServer
from pregrasp.line.packml.states import Command, State
from pregrasp.line.production import Policy, Production
from pregrasp.line.service_file import OpcUaSettings
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.errors import LogFileError
from pregrasp.runlog.run_log import RunLog
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import find_task
from pregrasp.viewer.opening import open_viewer

TASK = "circuit_board"

LOG_ROOM = 200_000_000
"""Of the run log; older logs go, their lines in the index stay [bytes]."""

WAYS = {
    State.ABORTED: Command.CLEAR,
    State.STOPPED: Command.RESET,
    State.IDLE: Command.START,
    State.COMPLETE: Command.RESET,
    State.HELD: Command.UNHOLD,
    State.SUSPENDED: Command.UNSUSPEND,
}
"""What the person does about the state of the unit."""


def person(production: Production, ideal: IdealCell, over: threading.Event) -> None:
    """Look at the unit, and have it go on."""
    while not over.wait(0.002):
        command = WAYS.get(production.unit.state)
        if command is None:
            continue
        if ideal.gripper.reading().holding:
            ideal.gripper.open(CancelToken())
        production.unit.command(command)


def build(folder: Path, chance: Chance, seed: int, opened: ExitStack) -> Production:
    """Everything that serves the line, with what closes it again."""
    task = find_task(TASK)
    shift = random.Random(seed)  # noqa: S311  # no secret
    ideal = IdealCell(task.taught.grasp)
    gripper = LedgerGripper(ideal, folder / "ledger.jsonl")
    journal = Journal(folder / "jobs.sqlite")
    opened.callback(journal.close)
    page = open_viewer(None, port=0)
    log = RunLog(folder / "log", keep_pixels=False, largest_folder=LOG_ROOM)
    broadcast = Broadcast([log, page], Encoder({"command": "soak"}))
    opened.callback(broadcast.close)
    cell = OpenCell(SoakCell(ideal, gripper, RandomFaults(chance)), observers=(broadcast,))
    opened.callback(cell.close)
    loaded = cell.load(task, estimator=IdealEstimator(ideal, task.taught.approach))

    def feed(name: str) -> None:
        x, y = (shift.uniform(-30, 30) * MM for _ in range(2))
        ideal.part = task.taught.grasp @ MotionCommand(x, y, shift.uniform(-0.5, 0.5))

    def label(record: JobRecord) -> None:
        if record.state is JobState.RUNNING:
            broadcast.label(job=record.job_id, task=record.task)
        elif record.state is JobState.ENDED:
            broadcast.label(job="")

    policy = Policy(place=task.taught.pregrasp, feed=feed)
    production = Production(cell, {loaded.name: loaded}, journal, policy)
    production.listen(label)
    gripper.job = lambda: production.running
    # As the service does it: a full disk does not keep it from starting.
    with suppress(OSError, sqlite3.Error, LogFileError):
        index_jobs(journal, folder / "log", production.tasks, cell=cell.name)
    production.unit.open()
    opened.callback(production.unit.close)
    over = threading.Event()
    helper = threading.Thread(target=person, args=(production, ideal, over))
    helper.start()
    opened.callback(helper.join)
    opened.callback(over.set)
    sys.stdout.write(f"page {page.address}\n")
    return production


async def serve(production: Production, folder: Path) -> None:
    """Listen until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = OpcUaSettings(host="127.0.0.1", port=0)
    async with UnitServer(production, SecurityFolder(folder / "security"), settings) as server:
        sys.stdout.write(f"ready {server.port}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    chosen = parser.parse_args()
    chance = Chance(chosen.rate, chosen.seed, chosen.folder / "faults.jsonl")
    with faulty_disk(chance), ExitStack() as opened:
        production = build(chosen.folder, chance, chosen.seed, opened)
        asyncio.run(serve(production, chosen.folder))


if __name__ == "__main__":
    main()
