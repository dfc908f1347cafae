"""A worker that runs episodes: it brings everything it needs along."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.episode import Episode
from pregrasp.jobs.fleet.parcel import Parcel, temporary_folder
from pregrasp.jobs.grasp import GraspStation
from pregrasp.task import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class StationPlan:
    """What it takes to open a station anywhere."""

    task: Task
    """The task, as it is here; its folder is elsewhere on a worker."""
    files: Parcel
    """Of the task's folder."""
    model: Parcel | None
    """Of another model than the task's own."""
    keep_images: bool
    """Whether episodes keep the servo's pictures."""

    @classmethod
    def of(cls, task: Task, model_folder: Path | None, *, keep_images: bool = False) -> Self:
        """Read the files that are needed.

        Raises:
            JobError: They cannot be read, or are too many to travel.
        """
        own = model_folder is None or model_folder == task.model_folder
        return cls(
            task=task,
            files=Parcel.pack(task.folder),
            model=None if own or model_folder is None else Parcel.pack(model_folder),
            keep_images=keep_images,
        )


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

    def do(self, work: EpisodeWork) -> Episode:
        """Run an episode.

        Raises:
            PregraspError: The model, the cell or the condition cannot be used.
        """
        station = self._station(work.stations)
        return station.run(work.index, work.seed, work.condition, CancelToken())

    def close(self) -> None:
        """Release the cell and remove the files."""
        if self._open is not None:
            self._open[1].close()
            self._open = None
        self._folder.cleanup()

    def _station(self, number: int) -> GraspStation:
        if self._open is not None and self._open[0] == number:
            return self._open[1]
        if self._open is not None:
            self._open[1].close()
            self._open = None
        plan = self._plans[number]
        folder = Path(self._folder.name) / str(number)
        plan.files.unpack(folder / "task")
        model = folder / "model" if plan.model is not None else None
        if plan.model is not None and model is not None:
            plan.model.unpack(model)
        task = dataclasses.replace(plan.task, folder=folder / "task")
        station = GraspStation(task, model_folder=model, keep_images=plan.keep_images)
        self._open = number, station
        return station
