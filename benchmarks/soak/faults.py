"""What fails in the program under test: devices and disk, at random, and counted.

Every use of a device and every write to a disk fails with the same chance. What was injected
is written down, a line for each, by a way that does not fail.
"""

from __future__ import annotations

import errno
import json
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM
from pregrasp.hardware.capabilities import Arm, Camera, Clock, Gripper, GripperReading
from pregrasp.hardware.faults import Faults, FaultyArm, FaultyCamera, FaultyGripper
from pregrasp.line.errors import JournalError
from pregrasp.line.journal import Journal
from pregrasp.runlog import segment
from pregrasp.runlog.index import RunIndex
from pregrasp.skills.ideal_cell import IdealCell

T = TypeVar("T")

FULL = "No space left on device (injected)"


class Chance:
    """Decides what fails, and writes it down.

    Args:
        rate: Share of all steps that fail.
        seed: Of the decisions.
        file: For the account, a line of JSON for each fault.
    """

    def __init__(self, rate: float, seed: int, file: Path) -> None:
        self._rate = rate
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self._lock = threading.Lock()
        self._file = file.open("a", encoding="utf-8")

    def strikes(self, kind: str, what: str) -> bool:
        """Whether this step is to fail."""
        with self._lock:
            struck = self._random.random() < self._rate
            if struck:
                self._file.write(json.dumps({"kind": kind, "what": what}) + "\n")
                self._file.flush()
        return struck


class RandomFaults(Faults):
    """Every use of a device may fail."""

    def __init__(self, chance: Chance) -> None:
        super().__init__()
        self._chance = chance

    def take(self, device: str) -> bool:
        return self._chance.strikes("device", device)


class LedgerGripper:
    """Writes down what is truly grasped, for which job, and how far off."""

    name = "gripper with a ledger"

    def __init__(self, cell: IdealCell, ledger: Path) -> None:
        self._cell = cell
        self._ledger = ledger
        self.job: Callable[[], str] = lambda: ""

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


class FullDisk:
    """A file whose writes may fail."""

    def __init__(self, file: IO[bytes], chance: Chance) -> None:
        self._file = file
        self._chance = chance

    def write(self, data: bytes) -> int:
        if self._chance.strikes("disk", "run log"):
            raise OSError(errno.ENOSPC, FULL)
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def faulty_disk(chance: Chance) -> Iterator[None]:
    """While inside, run logs, their index and journals meet a disk that is full now and then."""
    whole_open, whole_write = segment.open_segment, Journal._write  # noqa: SLF001
    whole_index = {name: getattr(RunIndex, name) for name in ("begin", "finish", "set_files")}

    def open_segment(path: Path) -> IO[bytes]:
        return FullDisk(whole_open(path), chance)  # type: ignore[return-value]

    def write(self: Journal, statement: str, values: tuple[object, ...]) -> None:
        if chance.strikes("disk", "journal"):
            raise JournalError(f"{self.file}: cannot be written: {FULL}")
        whole_write(self, statement, values)

    def index(name: str) -> Callable[..., None]:
        def call(self: RunIndex, *given: Any) -> None:
            if chance.strikes("disk", "index of runs"):
                raise sqlite3.OperationalError(FULL)
            whole_index[name](self, *given)

        return call

    segment.open_segment = open_segment
    Journal._write = write  # type: ignore[method-assign]  # noqa: SLF001
    for name in whole_index:
        setattr(RunIndex, name, index(name))
    try:
        yield
    finally:
        segment.open_segment = whole_open
        Journal._write = whole_write  # type: ignore[method-assign]  # noqa: SLF001
        for name, method in whole_index.items():
            setattr(RunIndex, name, method)
