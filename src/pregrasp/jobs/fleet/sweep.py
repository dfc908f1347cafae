"""Run a study: what is done stays done, and one report says what came of it.

::

    sweeps/light/
    ├── models/few-circuit_board/      what was trained for it
    ├── episodes.jsonl                 one line an episode, in the order of their ends
    └── report.json                    one row for every task, variant, condition and seed

Collections, trainings and episodes are shared by workers. An episode is known by
its task, variant, condition, seed and number, and by the model that was used: a line of another
model does not count, so a study whose models were changed is run again where it must be.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.cell_file import SIMULATED, find_cell
from pregrasp.jobs.episode import Episode
from pregrasp.jobs.fleet.crews import open_crew
from pregrasp.jobs.fleet.episode_worker import (
    EpisodeWork,
    EpisodeWorker,
    StationPlan,
    answer_about,
)
from pregrasp.jobs.fleet.errors import SweepError
from pregrasp.jobs.fleet.learning import learn
from pregrasp.jobs.fleet.sharing import share
from pregrasp.jobs.fleet.sweep_file import SweepFile, Variant
from pregrasp.jobs.fleet.task_worker import Lesson
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.results import Spread, rounded, write_json
from pregrasp.jobs.simulated import find_condition
from pregrasp.perception.model_folder import DESCRIPTION, SHORT, model_hash
from pregrasp.task import Task, find_task

EPISODES, REPORT = "episodes.jsonl", "report.json"

Key = tuple[str, str, str, int, str]
"""Task, variant, condition, seed, and first digits of the model's name."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a study has brought."""

    report: dict[str, Any]
    """One row for every task, variant, condition and seed."""
    resumed: int
    """Episodes that had been run before."""
    missing: int
    """Episodes that were not run, because it was cancelled."""


@dataclass(frozen=True, slots=True)
class _Station:
    """A task with a model, as part of a study."""

    task: Task
    variant: str
    model: Path

    def key(self, condition: str, seed: int) -> Key:
        short = model_hash(self.model)[:SHORT]
        return self.task.task, self.variant, condition, seed, short


def sweep(
    study: SweepFile,
    folder: Path,
    *,
    workers: int = 1,
    cluster: str | None = None,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
) -> SweepResult:
    """Run what is missing of a study, and write its report.

    Args:
        study: What is asked.
        folder: Where its models, episodes and report are kept.
        workers: Processes that share the work; the report does not depend on it.
        cluster: Address of a Ray cluster; None for processes of this machine.
        report_progress: Told about every stage.
        token: Cancelling it ends the study; the same call goes on with it later.

    Raises:
        SweepError: The folder cannot be written, or its episodes are damaged.
        PregraspError: A task, condition or model cannot be used.
        CancelledError: It was cancelled before every model was made.
    """
    token = token or CancelToken()
    for condition in study.conditions:
        find_condition(condition)
    tasks = [find_task(name) for name in study.tasks]
    stations = [
        _Station(task, name, _model(task, name, variant, folder))
        for task in tasks
        for name, variant in study.variants.items()
    ]
    _train(study, tasks, folder, workers, cluster, report_progress, token)
    done = _read(folder)
    works = [
        EpisodeWork(stations=number, index=index, seed=seed, condition=condition)
        for number, station in enumerate(stations)
        for condition in study.conditions
        for seed in study.seeds
        for index in range(study.episodes)
        if (station.key(condition, seed), index) not in done
    ]
    total = len(stations) * len(study.conditions) * len(study.seeds) * study.episodes
    resumed = total - len(works)
    for count, (work, episode) in enumerate(
        _run(stations, works, workers, cluster, token, report_progress), start=resumed + 1
    ):
        key = stations[work.stations].key(work.condition, work.seed)
        done[key, work.index] = episode.to_json()
        _append(folder, key, episode)
        report_progress("sweep", count, total)
    report = _report(study, stations, done)
    write_json(folder / REPORT, report)
    return SweepResult(report, resumed, total - sum(row["episodes"] for row in report["rows"]))


def _model(task: Task, name: str, variant: Variant, folder: Path) -> Path:
    """Where the model of a variant is, or will be."""
    return folder / "models" / f"{name}-{task.task}" if variant.is_trained else task.model_folder


def _train(
    study: SweepFile,
    tasks: list[Task],
    folder: Path,
    workers: int,
    cluster: str | None,
    report_progress: ReportProgress,
    token: CancelToken,
) -> None:
    """Make the models that are not there yet: first the data sets, which variants may share."""
    trainings: list[Lesson] = []
    cell = find_cell(SIMULATED)
    for task in tasks:
        for name, variant in study.variants.items():
            place = _model(task, name, variant, folder)
            if not variant.is_trained or (place / DESCRIPTION).is_file():
                continue
            collection = task.collection
            if variant.captures is not None:
                collection = dataclasses.replace(collection, captures=variant.captures)
            learned = dataclasses.replace(
                task, collection=collection, network=variant.network or task.network
            )
            dataset = folder / "datasets" / f"{collection.captures}-{task.task}"
            lesson = Lesson(task=learned, cell=cell, dataset=dataset, train=True, model=place)
            trainings.append(lesson)
    collections = {
        lesson.dataset: dataclasses.replace(lesson, train=False, model=None) for lesson in trainings
    }
    for lessons in (list(collections.values()), trainings):
        for learned_one in learn(
            lessons,
            workers=workers,
            cluster=cluster,
            report_progress=report_progress,
            token=token,
        ):
            if learned_one.error:
                raise SweepError(folder, f"{learned_one.lesson}: {learned_one.error}")
    token.raise_if_cancelled()


def _run(
    stations: list[_Station],
    works: list[EpisodeWork],
    workers: int,
    cluster: str | None,
    token: CancelToken,
    report_progress: ReportProgress,
) -> Iterator[tuple[EpisodeWork, Episode]]:
    if not works:
        return
    plans = tuple(StationPlan.of(station.task, station.model) for station in stations)

    def on_lost(words: str) -> None:
        report_progress("sweep", 0, len(works), f"a worker was lost: {words}")

    with open_crew(cluster, partial(EpisodeWorker, plans), workers) as crew:
        answer = answer_about(plans)
        yield from share(crew, works, workers, token, answer=answer, on_lost=on_lost)


def _append(folder: Path, key: Key, episode: Episode) -> None:
    line = json.dumps({"key": key, "episode": episode.to_json()})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / EPISODES).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise SweepError(folder, f"cannot be written: {error.strerror}.") from error


def _read(folder: Path) -> dict[tuple[Key, int], dict[str, Any]]:
    """What has been done before; a torn last line is cut off."""
    path = folder / EPISODES
    if not path.exists():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        with path.open("r+b") as file:
            file.truncate(len(whole))
    done = {}
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            values = json.loads(line)
            task, variant, condition, seed, model = values["key"]
            key = (str(task), str(variant), str(condition), int(seed), str(model))
            done[key, int(values["episode"]["index"])] = values["episode"]
        except (ValueError, KeyError, TypeError) as error:
            words = f"line {number} of {EPISODES} is damaged: {error}."
            raise SweepError(folder, words, "Remove the line; its episode is run again.") from error
    return done


def _report(
    study: SweepFile,
    stations: list[_Station],
    done: dict[tuple[Key, int], dict[str, Any]],
) -> dict[str, Any]:
    rows = []
    for station in stations:
        for condition in study.conditions:
            for seed in study.seeds:
                key = station.key(condition, seed)
                found = [done[key, i] for i in range(study.episodes) if (key, i) in done]
                rows.append(_row(key, found))
    return {"sweep": study.sweep, "rows": rows}


def _row(key: Key, episodes: list[dict[str, Any]]) -> dict[str, Any]:
    task, variant, condition, seed, model = key
    verdicts = [episode["verdict"] for episode in episodes]
    errors = {
        name: Spread.of([e[name] for e in episodes if e[name] is not None])
        for name in ("translation_mm", "rotation_deg")
    }
    return {
        "task": task,
        "variant": variant,
        "condition": condition,
        "seed": seed,
        "model": model,
        "episodes": len(episodes),
        "grasped": verdicts.count("grasped"),
        "refused": verdicts.count("refused"),
        "failed": verdicts.count("failed"),
        "false_accepts": sum(episode["false_accept"] for episode in episodes),
        "grasped_share": rounded(
            verdicts.count("grasped") / len(episodes) if episodes else None, 4
        ),
        **{name: spread.to_json(4) for name, spread in errors.items()},
    }
