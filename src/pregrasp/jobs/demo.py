"""The whole job in one go: learn an object, grasp it, and tell about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.deploy import Deployment, deploy
from pregrasp.jobs.episode import Episode
from pregrasp.jobs.evaluate import Evaluation, evaluate
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.report import Report, write_report
from pregrasp.jobs.results import write_json
from pregrasp.jobs.simulated import open_cell
from pregrasp.task import Task


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

    Raises:
        PregraspError: As `deploy` and `evaluate` raise it.
    """
    dataset, model = folder / "dataset", folder / "model"
    with open_cell(task) as cell:
        overview = cell.overview()
        deployment = deploy(
            task, cell, dataset, out=model, report_progress=report_progress, token=token
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
    )
    write_json(folder / "grasps.json", evaluation.to_json())
    report = folder / "report.html"
    write_report(
        report,
        Report(
            task=task,
            evaluation=evaluation,
            deployment=deployment,
            curve=training_curve(deployment, model),
            dataset=dataset,
            overview=overview,
        ),
    )
    return Demonstration(deployment, evaluation, report)


def training_curve(deployment: Deployment, model: Path) -> dict[str, list[float]] | None:
    """The curve of a training, from what it said or what its model remembers."""
    curve = deployment.training.summary.get("curve")
    if curve is None and (model / "model.json").exists():
        made = json.loads((model / "model.json").read_text(encoding="utf-8")).get("made", {})
        curve = made.get("curve")
    return curve if curve and curve.get("steps") else None
