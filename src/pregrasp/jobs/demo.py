"""The whole job in one go: learn an object, grasp it, and tell about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.cells import guard
from pregrasp.jobs.deploy import Deployment, deploy
from pregrasp.jobs.episode import Episode
from pregrasp.jobs.evaluate import Evaluation, evaluate
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.report import Report, write_report
from pregrasp.jobs.results import write_json
from pregrasp.jobs.simulated import open_cell
from pregrasp.task import Task
from pregrasp.trees.events import Observer
from pregrasp.trees.run_control import RunControl


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a demonstration left behind."""

    deployment: Deployment
    """How the object was learnt."""
    evaluation: Evaluation
    """How it was grasped."""
    report: Path
    """The page about both."""


def demonstrate(
    task: Task,
    folder: Path,
    *,
    grasps: int = 20,
    seed: int = 1,
    report_progress: ReportProgress = ignore_progress,
    on_episode: Callable[[Episode], None] = lambda episode: None,
    token: CancelToken | None = None,
    observers: Sequence[Observer] = (),
    control: RunControl | None = None,
) -> Demonstration:
    """Collect, train, grasp and report; everything goes into one folder.

    The model that ships with the task is not touched.

    Args:
        task: A task with a simulated part.
        folder: For the data set, the model, the figures and the report.
        grasps: How many, from random starts.
        seed: Of the grasps.
        report_progress: Told about every stage.
        on_episode: Called with every grasp.
        token: Cancelling it stops the robot; starting again goes on with the collection.
        observers: Called with every event of every tree that runs.
        control: Pauses the runs from another thread; brings a token of its own.

    Raises:
        PregraspError: As `deploy` and `evaluate` raise it.
    """
    dataset, model = folder / "dataset", folder / "model"
    with open_cell(task) as cell:
        cell.reset(start=task.taught.pregrasp)
        overview = cell.overview()
        deployment = deploy(
            task,
            guard(cell),
            dataset,
            out=model,
            report_progress=report_progress,
            token=token,
            observers=observers,
            control=control,
        )
    write_json(folder / "deploy.json", deployment.to_json())
    evaluation = evaluate(
        task,
        grasps,
        seed=seed,
        model_folder=model,
        keep_images=True,
        report_progress=report_progress,
        on_episode=on_episode,
        token=token,
        observers=observers,
        control=control,
    )
    write_json(folder / "grasps.json", evaluation.to_json())
    report = folder / "report.html"
    write_report(
        report,
        Report(
            task=task,
            evaluation=evaluation,
            deployment=deployment,
            dataset=dataset,
            overview=overview,
        ),
    )
    return Demonstration(deployment, evaluation, report)
