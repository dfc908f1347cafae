"""How well a task's model grasps: many episodes, and what they add up to.

The figures keep apart what must not be mixed: the error of **accepted** episodes (taken when
the servo accepts, before the approach), how many of all episodes ended with the part
**grasped**, how many were **refused**, and the **false accepts**, which an industrial cell
fears most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import DEG, MM
from pregrasp.jobs.episode import Episode, Verdict
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.fleet.crews import open_crew
from pregrasp.jobs.fleet.episode_worker import (
    EpisodeWork,
    EpisodeWorker,
    StationPlan,
    answer_about,
)
from pregrasp.jobs.fleet.sharing import share
from pregrasp.jobs.grasp import GraspStation
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.results import Spread, rounded
from pregrasp.jobs.simulated import find_condition
from pregrasp.task import Task
from pregrasp.trees.events import Observer
from pregrasp.trees.run_control import RunControl


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The episodes of an evaluation, in order of their number."""

    task: str
    """Name of the task."""
    condition: str
    """What was disturbed."""
    seed: int
    """Of the whole evaluation."""
    episodes: tuple[Episode, ...]
    """What happened."""

    def count(self, verdict: Verdict) -> int:
        """How many episodes ended so."""
        return sum(episode.verdict is verdict for episode in self.episodes)

    @property
    def accepted(self) -> tuple[Episode, ...]:
        """The episodes in which the servo let the grasp begin."""
        return tuple(episode for episode in self.episodes if episode.accepted)

    @property
    def translation_mm(self) -> Spread:
        """True error of the accepted episodes [mm]."""
        return Spread.of([e.error.translation / MM for e in self.accepted if e.error])

    @property
    def rotation_deg(self) -> Spread:
        """True error of the accepted episodes [deg]."""
        return Spread.of([e.error.rotation / DEG for e in self.accepted if e.error])

    @property
    def moves(self) -> Spread:
        """Corrections of the accepted episodes."""
        return Spread.of([float(episode.moves) for episode in self.accepted])

    @property
    def compute_ms(self) -> Spread:
        """From picture to answer, over all pictures [ms]."""
        return Spread.of([look.compute_time * 1e3 for e in self.episodes for look in e.looks])

    @property
    def robot_time(self) -> Spread:
        """From start to end by the cell's clock, over all episodes [s]."""
        return Spread.of([episode.robot_time for episode in self.episodes])

    def to_json(self) -> dict[str, Any]:
        """The figures of the evaluation and the record of every episode."""
        return {
            "task": self.task,
            "condition": self.condition,
            "seed": self.seed,
            "pregrasp_version": metadata.version("pregrasp"),
            "episodes": len(self.episodes),
            "accepted": len(self.accepted),
            "grasped": self.count(Verdict.GRASPED),
            "refused": self.count(Verdict.REFUSED),
            "failed": self.count(Verdict.FAILED),
            "false_accepts": sum(episode.false_accept for episode in self.episodes),
            "translation_mm": self.translation_mm.to_json(4),
            "rotation_deg": self.rotation_deg.to_json(4),
            "moves": self.moves.to_json(1, "median", "max"),
            "compute_ms": self.compute_ms.to_json(3, "median", "p95"),
            "robot_time_s": self.robot_time.to_json(2, "median", "p95", "max"),
            "lifted_share": rounded(
                self.count(Verdict.GRASPED) / len(self.episodes) if self.episodes else None, 4
            ),
            "records": [episode.to_json() for episode in self.episodes],
        }


def evaluate(
    task: Task,
    episodes: int,
    *,
    seed: int = 0,
    condition: str = "nominal",
    model_folder: Path | None = None,
    workers: int = 1,
    cluster: str | None = None,
    keep_images: bool = False,
    report_progress: ReportProgress = ignore_progress,
    on_episode: Callable[[Episode], None] = lambda episode: None,
    token: CancelToken | None = None,
    observers: Sequence[Observer] = (),
    control: RunControl | None = None,
) -> Evaluation:
    """Grasp again and again in the simulated cell, each time from another start.

    Args:
        task: A task with a simulated part.
        episodes: How many.
        seed: With the number of an episode it decides everything random about it.
        condition: Name of a disturbance.
        model_folder: Where the model is; by default the task's own.
        workers: Processes that share the episodes; the result does not depend on it.
        cluster: Address of a Ray cluster that the processes belong to; None for this machine.
        keep_images: Whether to keep the servo's pictures, for reports; costs 2 MB each.
        report_progress: Told after every episode.
        on_episode: Called with every episode as it ends, in any order.
        token: Cancelling it ends the evaluation with the episodes that are complete.
        observers: Called with every event of every run; they do not reach other processes.
        control: Pauses the runs from another thread, with one worker; brings a token of its own.

    Raises:
        JobError: There are observers and several workers.
        PregraspError: The model, the cell or the condition cannot be used.
        WorkerLostError: An episode has cost several processes their life.
        CancelledError: It was cancelled before the first episode was complete.
    """
    find_condition(condition)
    if observers and (workers > 1 or cluster is not None):
        raise JobError("runs in other processes cannot be watched: watch them with one worker")
    control = control or RunControl(token)
    token = control.token
    if cluster is not None or (workers > 1 and episodes > 1):
        plan = StationPlan.of(task, model_folder, keep_images=keep_images)
        run = _by_workers(
            plan, range(episodes), seed, condition, workers, cluster, token, report_progress
        )
    else:
        station = partial(
            GraspStation,
            task,
            model_folder=model_folder,
            keep_images=keep_images,
            observers=tuple(observers),
        )
        run = _in_this_process(station, range(episodes), seed, condition, control)
    done: list[Episode] = []
    report_progress("evaluate", 0, episodes)
    for episode in run:
        done.append(episode)
        on_episode(episode)
        lifted = sum(e.verdict is Verdict.GRASPED for e in done)
        report_progress("evaluate", len(done), episodes, f"{lifted} of {len(done)} lifted")
    if token.cancelled and not done:
        raise CancelledError("stopped on request")
    done.sort(key=lambda episode: episode.plan.index)
    return Evaluation(task.task, condition, seed, tuple(done))


def _in_this_process(
    open_station: Callable[[], GraspStation],
    indices: Sequence[int],
    seed: int,
    condition: str,
    control: RunControl,
) -> Iterator[Episode]:
    with open_station() as station:
        for index in indices:
            try:
                yield station.run(index, seed, condition, control=control)
            except CancelledError:
                return


def _by_workers(
    stations: StationPlan,
    indices: Sequence[int],
    seed: int,
    condition: str,
    workers: int,
    cluster: str | None,
    token: CancelToken,
    report_progress: ReportProgress,
) -> Iterator[Episode]:
    works = [EpisodeWork(stations=0, index=i, seed=seed, condition=condition) for i in indices]
    open_worker = partial(EpisodeWorker, (stations,))

    def on_lost(words: str) -> None:
        report_progress("evaluate", 0, len(indices), f"a worker was lost: {words}")

    with open_crew(cluster, open_worker, workers) as crew:
        answer = answer_about([stations])
        for _, episode in share(crew, works, workers, token, answer=answer, on_lost=on_lost):
            yield episode
