"""``pregrasp collect``: no capture that was listed may be lost, and the set becomes complete."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path
from typing import Any

import cv2

from benchmarks.kill_anywhere.victim import Life, live, log_problems
from pregrasp.perception.dataset import CAPTURES, Dataset
from pregrasp.perception.errors import DatasetError

OPTIONS = ("collect", "circuit_board", "--captures", "12", "--out", "set", "--log", "log")


class Collecting:
    """Collects a few captures."""

    name = "collect"

    def begin(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._lines: list[str] = []

    def live(self, seconds: float | None, dice: random.Random) -> Life:
        return live(OPTIONS, self._folder, seconds)

    def problems(self, life: Life) -> list[str]:
        told = log_problems(self._folder / "log", life.said)
        if not life.killed and life.code:
            told.append(f"ended with {life.code}: {life.said[-300:]}")
        found = re.search(r"going on after (\d+) captures", life.said)
        before = len(self._lines)
        if found and int(found[1]) != before:
            told.append(f"it went on after {found[1]} captures of {before}")
        if not life.killed and before and not found:
            told.append("it did not say that it went on")
        path = self._folder / "set" / CAPTURES
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = text.split("\n")[:-1]  # what has no end of line was not recorded
        if lines[:before] != self._lines:
            told.append(f"captures were lost or changed: {before} before, {len(lines)} now")
        self._lines = lines
        return told + self._unreadable()

    def _unreadable(self) -> list[str]:
        folder = self._folder / "set"
        if not (folder / "card.json").exists():
            return ["captures without a card"] if self._lines else []
        try:
            dataset = Dataset.open(folder)
        except DatasetError as error:
            return [str(error)]
        if len(dataset) != len(self._lines):
            return [f"{len(dataset)} captures opened, {len(self._lines)} listed"]
        pictures = (dataset.image_path(record) for record in dataset.records)
        return [f"{path} is damaged" for path in pictures if cv2.imread(str(path)) is None]

    def result(self) -> Any:
        """How many captures of which kind; the poses are drawn anew by every start."""
        records = Dataset.open(self._folder / "set").records
        kinds = [record.kind.value for record in records]
        return {kind: kinds.count(kind) for kind in ("fine", "coarse")}
