"""Many objects learned by many workers: data sets and models come back to here.

A data set grows here, picture by picture, while a worker far away collects it. A worker that is
lost is replaced, and the next one goes on with the pictures there are; so does the same command
after Ctrl-C.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.errors import PregraspError
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.fleet.crews import open_crew
from pregrasp.jobs.fleet.desk import Desk, Place
from pregrasp.jobs.fleet.sharing import share
from pregrasp.jobs.fleet.task_worker import DATASET, MODEL, TASK, Lesson, Outcome, TaskWorker
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.train import install
from pregrasp.perception.folder_swap import fresh_place, replace_folder
from pregrasp.perception.model_folder import DESCRIPTION


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """What came of a lesson."""

    lesson: Lesson
    """What was to be learned."""
    outcome: Outcome
    """What the worker says; the paths in it are those of this machine."""

    @property
    def error(self) -> str:
        """Why it ended early; empty if it did not."""
        return self.outcome.error

    def to_json(self) -> dict[str, Any]:
        """One row of a report, with units in the keys."""
        told: dict[str, Any] = {"task": self.lesson.task.task, "seed": self.lesson.seed}
        if self.error:
            return told | {"error": self.error}
        if self.outcome.deployment is not None:
            return told | self.outcome.deployment.to_json()
        if self.outcome.collection is not None:
            told |= self.outcome.collection.to_json()
        return told | ({} if self.outcome.rounds is None else self.outcome.rounds.to_json())


def learn(
    lessons: Sequence[Lesson],
    *,
    workers: int = 1,
    cluster: str | None = None,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
) -> Iterator[Learned]:
    """Learn many objects in simulated cells; they come as they are ready.

    Args:
        lessons: What is to be learned, each with a data set of its own.
        workers: Processes that share the lessons; what is learned does not depend on it.
        cluster: Address of a Ray cluster; None for processes of this machine.
        report_progress: Told about every stage of every lesson, and how many are done.
        token: Cancelling it ends this; the same call goes on with the pictures there are.

    Raises:
        JobError: Two lessons have one data set, or a folder here cannot be written.
        WorkerLostError: A lesson has cost several workers their life.
        ClusterError: There is no such cluster, or Ray is not installed.
    """
    if not lessons:
        return
    folders = [lesson.dataset.resolve() for lesson in lessons]
    twice = next((folder for folder in folders if folders.count(folder) > 1), None)
    if twice is not None:
        raise JobError(f"{twice}: two tasks would be collected into one data set.")

    count = 0

    def tell(note: str) -> None:
        report_progress("learn", count, len(lessons), note)

    def answer(lesson: Lesson, question: Any) -> Any:
        return desks[lesson.dataset].answer(question)

    desks = {lesson.dataset: _desk(lesson, tell) for lesson in lessons}
    token = token or CancelToken()
    tell("")
    with open_crew(cluster, TaskWorker, workers) as crew:
        for lesson, outcome in share(
            crew,
            lessons,
            workers,
            token,
            answer=answer,
            on_lost=lambda words: tell(f"a worker was lost: {words}"),
        ):
            learned = Learned(lesson=lesson, outcome=_bring_home(lesson, outcome))
            count += 1
            tell(f"{lesson}: " + ("failed" if learned.error else "done"))
            yield learned


def _desk(lesson: Lesson, tell: Callable[[str], None]) -> Desk:
    def report(stage: str, done: float, total: float, note: str = "") -> None:
        far = f"{done:g} of {total:g}" if total > 1 else f"{done:.0%}"
        tell(f"{lesson}: {stage} {far}")

    shutil.rmtree(_delivered(lesson), ignore_errors=True)
    places = {
        TASK: Place(folder=lesson.task.folder, task=True),
        DATASET: Place(folder=lesson.dataset, writable=True),
        MODEL: Place(folder=_delivered(lesson), writable=True),
    }
    return Desk(places, report)


def _delivered(lesson: Lesson) -> Path:
    """Where a model arrives, before it takes over."""
    if lesson.model is not None:
        return fresh_place(lesson.model)
    return lesson.task.folder / "models" / ".delivered"


def _bring_home(lesson: Lesson, outcome: Outcome) -> Outcome:
    """Put the model into its place, and name the folders as they are called here."""
    if outcome.collection is None:
        return outcome
    collection = dataclasses.replace(outcome.collection, dataset=lesson.dataset)
    rounds = outcome.rounds
    if rounds is not None:
        rounds = dataclasses.replace(rounds, collection=collection)
    made = outcome.deployment
    if made is not None:
        try:
            model = _install(lesson)
        except (PregraspError, OSError) as error:
            return dataclasses.replace(outcome, error=f"the model cannot take over: {error}")
        training = dataclasses.replace(made.training, model_folder=model)
        made = dataclasses.replace(made, collection=collection, training=training, active=rounds)
    return Outcome(collection=collection, rounds=rounds, deployment=made, error=outcome.error)


def _install(lesson: Lesson) -> Path:
    delivered = _delivered(lesson)
    if lesson.model is not None:
        lesson.model.parent.mkdir(parents=True, exist_ok=True)
        replace_folder(lesson.model, DESCRIPTION)
        return lesson.model
    place = install(lesson.task, delivered)
    shutil.rmtree(delivered, ignore_errors=True)
    return place
