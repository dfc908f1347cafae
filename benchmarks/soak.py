"""Weeks beside a line, in minutes: faults of devices, and the program killed again and again.

    nice -n 10 python benchmarks/soak.py --grasps 10000 --kills 50

The cell is the ideal one (`pregrasp.skills.ideal_cell`): neither physics nor pictures, so this
says nothing about accuracy and everything about jobs, journals, logs and memory. What is under
test is real: PackML unit, production, journal, trees, run log and index. 1 % of all uses of
arm, camera and gripper fail. A ledger outside of the program, written by the gripper's fingers,
knows what was truly grasped. This program plays the line: it asks for each part once, asks again
after every restart, and clears the unit as a person would.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.hardware.capabilities import Arm, Camera, Clock, Gripper, GripperReading
from pregrasp.hardware.faults import Faults, FaultyArm, FaultyCamera, FaultyGripper
from pregrasp.line.cell import OpenCell
from pregrasp.line.journal import JobState, Journal
from pregrasp.line.packml import Command, State
from pregrasp.line.production import Policy, Production
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.run_log import RunLog
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import find_task

RATE = 0.01
"""Share of the uses of a device that fail."""

HANG = 60.0
"""A job that takes longer in real time hangs [s]."""

WARM = 1000
"""Grasps after which memory must not grow any more."""


class RandomFaults(Faults):
    """Every use of a device may fail."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self.injected = 0

    def take(self, device: str) -> bool:
        fails = self._random.random() < RATE
        self.injected += fails
        return fails


class LedgerGripper:
    """Writes down what is truly grasped, for which job, and how far off."""

    name = "gripper with a ledger"

    def __init__(self, cell: IdealCell, ledger: Path) -> None:
        self._cell = cell
        self._ledger = ledger
        self.job = lambda: ""

    def open(self, token: CancelToken) -> GripperReading:
        return self._cell.gripper.open(token)

    def close(self, token: CancelToken) -> GripperReading:
        miss = self._cell.arm.pose().inverse() @ self._cell.part_now()
        reading = self._cell.gripper.close(token)
        line = {
            "job": self.job(),
            "holding": reading.holding,
            "miss_mm": max(abs(miss.x), abs(miss.y), abs(miss.z)) / MM,
            "miss_deg": miss.planar.rotation / DEG,
        }
        with self._ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return reading

    def reading(self) -> GripperReading:
        return self._cell.gripper.reading()


class SoakCell:
    """The ideal cell behind its faults."""

    name = "soak"

    def __init__(self, ideal: IdealCell, gripper: Gripper, faults: Faults) -> None:
        self._ideal = ideal
        self.clock: Clock = ideal.clock
        self.arm: Arm = FaultyArm(ideal.arm, faults)
        self.camera: Camera = FaultyCamera(ideal.camera, faults)
        self.gripper: Gripper = FaultyGripper(gripper, faults)

    def stop(self) -> None:
        self._ideal.stop()

    def close(self) -> None:
        self._ideal.close()


def work(folder: Path, grasps: int, seed: int) -> int:
    """The program that may be killed: produce until every job has its fate."""
    task = find_task("circuit_board")
    shift = random.Random(seed)  # noqa: S311  # no secret
    ideal = IdealCell(task.taught.grasp)
    faults = RandomFaults(seed)
    gripper = LedgerGripper(ideal, folder / "ledger.jsonl")
    broadcast = Broadcast(
        [RunLog(folder / "log", keep_pixels=False, largest_folder=200_000_000)],
        Encoder({"task": task.task, "command": "soak", "model": ""}),
    )
    cell = OpenCell(SoakCell(ideal, gripper, faults), observers=(broadcast,))
    loaded = cell.load(task, estimator=IdealEstimator(ideal, task.taught.approach))

    def feed(name: str) -> None:
        x, y = (shift.uniform(-30, 30) * MM for _ in range(2))
        ideal.part = task.taught.grasp @ MotionCommand(x, y, shift.uniform(-0.5, 0.5))

    journal = Journal(folder / "jobs.sqlite")
    production = Production(
        cell, {loaded.name: loaded}, journal, Policy(place=task.taught.pregrasp, feed=feed)
    )
    gripper.job = lambda: production.running
    production.unit.open()
    pause = threading.Event()
    memory: list[tuple[int, int]] = []
    hung = 0
    for number in range(grasps):
        name = f"part-{number:06d}"
        record = production.request(name, task.task, by="soak")
        began = time.monotonic()
        while record is not None and record.state is not JobState.ENDED:
            drive(production, ideal)
            pause.wait(0.001)
            if time.monotonic() - began > HANG:
                hung += 1
                sys.stderr.write(f"{name} hangs in {production.unit.state}\n")
                return 3
            record = journal.find(name)
        # A grasp takes seconds on a robot and a tenth of one here: the log must not fall behind.
        broadcast.flush(HANG)
        if number % 100 == 99:
            memory.append((number + 1, resident()))
            (folder / "memory.json").write_text(json.dumps(memory))
            (folder / "faults.json").write_text(json.dumps(faults.injected))
    production.unit.close()
    cell.close()
    broadcast.close()
    journal.close()
    return 0


def drive(production: Production, ideal: IdealCell) -> None:
    """What the line, and the person beside it, do about the state of the unit."""
    command = {
        State.ABORTED: Command.CLEAR,
        State.STOPPED: Command.RESET,
        State.IDLE: Command.START,
        State.COMPLETE: Command.RESET,
        State.HELD: Command.UNHOLD,
        State.SUSPENDED: Command.UNSUSPEND,
    }.get(production.unit.state)
    if command is None:
        return
    if ideal.gripper.reading().holding:
        ideal.gripper.open(CancelToken())
    production.unit.command(command)


def resident() -> int:
    """Memory of this process [kB]."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0])


def run(folder: Path, grasps: int, kills: int, seed: int, pause_s: float) -> dict[str, Any]:
    """Start the program, kill it at random moments, start it again; then look at what is left."""
    rng = random.Random(seed)  # noqa: S311  # no secret
    done_kills = restarts = hangs = 0
    began = time.monotonic()
    while True:
        command = [sys.executable, __file__, "--child", str(folder), "--seed", str(seed + restarts)]
        process = subprocess.Popen([*command, "--grasps", str(grasps)])
        try:
            code = process.wait(rng.uniform(0.0, 2 * pause_s) if done_kills < kills else None)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done_kills += 1
            restarts += 1
            continue
        if code:
            hangs += 1
        break
    told = judge(folder, grasps)
    return {
        "grasps": grasps,
        "kills": done_kills,
        "hangs_or_crashes": hangs,
        "minutes": round((time.monotonic() - began) / 60, 1),
        **told,
    }


def judge(folder: Path, grasps: int) -> dict[str, Any]:
    """Compare what the program says with what the fingers did."""
    ledger = [
        json.loads(line)
        for line in (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    held = Counter(line["job"] for line in ledger if line["holding"])
    task = find_task("circuit_board")
    wrong = [
        line
        for line in ledger
        if line["job"]
        and (
            line["miss_mm"] > task.tolerance.translation / MM
            or line["miss_deg"] > task.tolerance.rotation / DEG
        )
    ]
    connection = sqlite3.connect(folder / "jobs.sqlite")
    jobs = connection.execute("SELECT id, state, outcome, started FROM job").fetchall()
    connection.close()
    outcomes = Counter(str(outcome) for _, _, outcome, _ in jobs)
    began = {name for name, _, _, started in jobs if started is not None}
    connection = sqlite3.connect(folder / "log" / "runs.sqlite")
    tree = task.trees.grasp
    (indexed,) = connection.execute("SELECT COUNT(*) FROM runs WHERE tree = ?", (tree,)).fetchone()
    (open_runs,) = connection.execute(
        "SELECT COUNT(*) FROM runs WHERE tree = ? AND result = 'unfinished'", (tree,)
    ).fetchone()
    connection.close()
    memory = json.loads((folder / "memory.json").read_text()) if grasps >= 100 else []
    warm = [kilobytes for number, kilobytes in memory if number >= WARM]
    return {
        "outcomes": dict(outcomes),
        "wrong_grasps": len(wrong),
        "lost_jobs": grasps - len(jobs) + sum(state != "ended" for _, state, _, _ in jobs),
        "doubled_jobs": sum(count > 1 for count in held.values()),
        "grasped_without_a_grasp": sum(
            outcome == "grasped" and held[name] != 1 for name, _, outcome, _ in jobs
        ),
        "jobs_begun": len(began),
        "runs_in_the_index": indexed,
        "runs_cut_off": open_runs,
        "device_faults_of_the_last_process": json.loads((folder / "faults.json").read_text()),
        "memory_growth_percent": round(100 * (warm[-1] / warm[0] - 1), 2) if warm else None,
        "memory_mb": round(warm[-1] / 1e3, 1) if warm else None,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grasps", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--mean-life-s", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="keep everything there")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        return work(chosen.child, chosen.grasps, chosen.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        told = run(folder, chosen.grasps, chosen.kills, chosen.seed, chosen.mean_life_s)
    print(json.dumps(told, indent=2))
    bad = ("wrong_grasps", "lost_jobs", "doubled_jobs", "grasped_without_a_grasp")
    return int(any(told[key] for key in (*bad, "hangs_or_crashes")))


if __name__ == "__main__":
    sys.exit(main())
