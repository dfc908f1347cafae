"""A worker that runs episodes: it brings everything it needs along."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.episode import Episode
from pregrasp.jobs.fleet.desk import Desk, Place
from pregrasp.jobs.fleet.mirror import Ask, Mirror, temporary_folder
from pregrasp.jobs.grasp import GraspStation
from pregrasp.task import Task

TASK, MODEL = "task", "model"
"""What a worker calls the folders of a station."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StationPlan:
    """What it takes to open a station anywhere; its files are asked for."""

    task: Task
    """The task, as it is here; its folder is elsewhere on a worker."""
    model: Path | None
    """Of another model than the task's own."""
    keep_images: bool
    """Whether episodes keep the servo's pictures."""

    @classmethod
    def of(cls, task: Task, model_folder: Path | None, *, keep_images: bool = False) -> Self:
        """The plan of a task with one of its models."""
        own = model_folder is None or model_folder == task.model_folder
        return cls(task=task, model=None if own else model_folder, keep_images=keep_images)

    @property
    def desk(self) -> Desk:
        """Answers what a worker asks who opens this station."""
        places = {TASK: Place(folder=self.task.folder, task=True)}
        if self.model is not None:
            places[MODEL] = Place(folder=self.model)
        return Desk(places)


def answer_about(plans: Sequence[StationPlan]) -> Callable[[EpisodeWork, Any], Any]:
    """Answers what the workers of episodes ask."""
    desks = [plan.desk for plan in plans]
    return lambda work, question: desks[work.stations].answer(question)


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeWork:
    """One episode."""

    stations: int
    """Which of the worker's plans."""
    index: int
    """Its number."""
    seed: int
    """Of the evaluation."""
    condition: str
    """What is disturbed."""

    def __str__(self) -> str:
        """For messages."""
        return f"episode {self.index} of seed {self.seed}, {self.condition}"


class EpisodeWorker:
    """Runs episodes; keeps the station of the latest plan open.

    Args:
        plans: The stations there may be.
    """

    def __init__(self, plans: tuple[StationPlan, ...]) -> None:
        self._plans = plans
        self._folder = temporary_folder()
        self._open: tuple[int, GraspStation] | None = None

    def do(self, work: EpisodeWork, ask: Ask) -> Episode:
        """Run an episode.

        Raises:
            PregraspError: The model, the cell or the condition cannot be used.
        """
        station = self._station(work.stations, ask)
        return station.run(work.index, work.seed, work.condition, CancelToken())

    def close(self) -> None:
        """Release the cell and remove the files."""
        if self._open is not None:
            self._open[1].close()
            self._open = None
        self._folder.cleanup()

    def _station(self, number: int, ask: Ask) -> GraspStation:
        if self._open is not None and self._open[0] == number:
            return self._open[1]
        if self._open is not None:
            self._open[1].close()
            self._open = None
        plan = self._plans[number]
        folder = Path(self._folder.name) / str(number)
        task_folder = Mirror(ask, TASK, folder / TASK).fetch()
        model = Mirror(ask, MODEL, folder / MODEL).fetch() if plan.model is not None else None
        task = dataclasses.replace(plan.task, folder=task_folder)
        station = GraspStation(task, model_folder=model, keep_images=plan.keep_images)
        self._open = number, station
        return station
