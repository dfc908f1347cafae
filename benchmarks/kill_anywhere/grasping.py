"""``pregrasp grasp``: the next start finds the run that was cut short, and grasps the same."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

from benchmarks.kill_anywhere.victim import Life, live, log_problems
from pregrasp.runlog.index import UNFINISHED, RunIndex

OPTIONS = ("grasp", "circuit_board", "--seed", "3", "--log", "log", "--json", "result.json")


class Grasping:
    """Grasps once, always the same part in the same place."""

    name = "grasp"

    def begin(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder

    def live(self, seconds: float | None, dice: random.Random) -> Life:
        log = self._folder / "log"
        self._open = set()
        if (log / "runs.sqlite").exists():
            with RunIndex(log) as index:
                self._open = {run for run, end in index.results().items() if end == UNFINISHED}
        return live(OPTIONS, self._folder, seconds)

    def problems(self, life: Life) -> list[str]:
        told = []
        if not life.killed and life.code:
            told.append(f"ended with {life.code}: {life.said[-300:]}")
        if not life.killed:
            told += [f"it did not tell of {run}" for run in self._open if run not in life.said]
        result = self._folder / "result.json"
        if result.exists():
            try:
                json.loads(result.read_text(encoding="utf-8"))
            except ValueError as error:
                told.append(f"result.json is torn: {error}")
        if life.killed:
            # The next start is to find what this one left, so its log is only looked at
            # when a life has ended.
            return told
        return told + log_problems(self._folder / "log", life.said)

    def result(self) -> Any:
        episode = json.loads((self._folder / "result.json").read_text(encoding="utf-8"))
        return without_real_time(episode)


def without_real_time(value: Any) -> Any:
    """A result less what the computer's load has a say in."""
    if isinstance(value, dict):
        return {
            key: without_real_time(item)
            for key, item in value.items()
            if not key.endswith("_ms") and key != "compute_s"
        }
    if isinstance(value, list):
        return [without_real_time(item) for item in value]
    return value
