"""``pregrasp train``: there is always a whole model, the one before or the new one."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

from benchmarks.kill_anywhere.victim import Life, live
from pregrasp.jobs.models.store import ModelStore
from pregrasp.perception.errors import ModelError
from pregrasp.perception.model import load_estimator
from pregrasp.perception.model_folder import model_hash
from pregrasp.task import Task, find_task, load_task

STEPS = 20
"""Enough for a model; not for a good one."""

CAPTURES = "60"


class Training:
    """Trains a small model in place of the one that ships.

    Args:
        dataset: Where its captures are collected, once.
    """

    name = "train"

    def __init__(self, dataset: Path) -> None:
        self._dataset = dataset

    def begin(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shipped = find_task("circuit_board").folder
        shutil.copytree(shipped, folder / "task", ignore=shutil.ignore_patterns("models"))
        file = folder / "task" / "task.yaml"
        text = file.read_text(encoding="utf-8")
        changed = text.replace("architecture: votes", f"architecture: votes, steps: {STEPS}")
        if changed == text:
            raise SystemExit(f"{file}: found no 'architecture: votes' to shorten")
        file.write_text(changed, encoding="utf-8")
        self._folder = folder
        if not self._dataset.is_dir():
            options = ("collect", "circuit_board", "--captures", CAPTURES, "--no-log")
            live((*options, "--out", str(self._dataset)), folder, None)
        self._known = {self._name()}

    @property
    def _task(self) -> Task:
        return load_task(self._folder / "task" / "task.yaml")

    def _name(self) -> str:
        return model_hash(self._task.model_folder)

    def live(self, seconds: float | None, dice: random.Random) -> Life:
        # Half of the kills hit the process in which TensorFlow is.
        options = ("train", "./task", "--dataset", str(self._dataset))
        return live(options, self._folder, seconds, child=dice.random() < 0.5)

    def problems(self, life: Life) -> list[str]:
        task = self._task
        told = []
        if not life.killed and life.code:
            told.append(f"ended with {life.code}: {life.said[-300:]}")
        if life.killed and life.code > 0 and "error:" not in life.said:
            told.append("the training was killed and the command did not say so")
        try:
            load_estimator(task.model_folder, task.task)
            self._known.add(self._name())
            kept = {card.name for card in ModelStore(task).cards()}
        except ModelError as error:
            return [*told, f"a model cannot be read: {error}"]
        lost = {name for name in self._known if name not in kept}
        return told + [f"the model {name} is lost" for name in lost]

    def result(self) -> Any:
        """Name of the model, which is the hash of its files, and what it was made from."""
        card = ModelStore(self._task).cards()[0]
        return {"model": card.name, "captures": card.captures}
