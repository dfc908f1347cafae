"""The report as one HTML file."""

from __future__ import annotations

import base64
import datetime
import json
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM
from pregrasp.jobs.deploy import Deployment
from pregrasp.jobs.episode import Episode, Move, Verdict
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.evaluate import Evaluation
from pregrasp.jobs.results import write_text
from pregrasp.jobs.rounds import RoundsFile
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.training import REPORT as TRAINING
from pregrasp.task import Task

STRIP_WIDTH = 560
"""Of a picture in the servo strip [px]."""

OVERVIEW_WIDTH = 1280
"""Of the picture of the cell [px]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a report is about; parts that are None are left out."""

    task: Task
    """The task."""
    evaluation: Evaluation | None = None
    """Grasps; those that kept their pictures are shown as strips."""
    deployment: Deployment | None = None
    """How the model was made; the curve of its training is read from the model's folder."""
    dataset: Path | None = None
    """Folder of the captures, and of their rounds if they were collected in rounds."""
    overview: npt.NDArray[np.uint8] | None = None
    """The cell, uint8 (height, width, 3) RGB."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure at the top of the page."""

    value: str
    label: str
    good: bool | None = None
    """Whether it is within the tolerance; None where there is none."""


def write_report(path: Path, report: Report) -> None:
    """Write the page.

    Args:
        path: The file; its folder is made if need be.
        report: What to show.

    Raises:
        JobError: The report extra is not installed.
        ResultFileError: The file cannot be written.
    """
    try:
        import jinja2

        from pregrasp.jobs.report import figures
    except ModuleNotFoundError as error:
        raise JobError(
            f"a report needs {error.name}, which is not installed. "
            "Install it: pip install 'pregrasp[report]'"
        ) from error
    folder = resources.files("pregrasp.jobs.report")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["mm"] = lambda metres, digits=3: f"{metres / MM:.{digits}f}"
    environment.filters["deg"] = lambda radians, digits=3: f"{radians / DEG:.{digits}f}"
    template = environment.from_string(folder.joinpath("page.html").read_text(encoding="utf-8"))
    evaluation = report.evaluation
    curve = _training_curve(report.deployment)
    records = () if report.dataset is None else Dataset.open(report.dataset).records
    results = () if report.dataset is None else tuple(RoundsFile(report.dataset).results)
    try:
        page = template.render(
            style=folder.joinpath("page.css").read_text(encoding="utf-8"),
            task=report.task,
            version=metadata.version("pregrasp"),
            date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
            overview=_data_url(_overview(report.overview)),
            tiles=tiles(report),
            evaluation=evaluation,
            strips=_strips(evaluation),
            errors=figures.error_per_move(evaluation.episodes, report.task.tolerance)
            if evaluation and any(e.looks for e in evaluation.episodes)
            else None,
            curves=figures.training_curves(curve) if curve else None,
            captures=figures.capture_map(records) if records else None,
            rounds=results,
            bounds=figures.rounds(results, report.task.tolerance) if results else None,
            capture_count=len(records),
        )
    except ModuleNotFoundError as error:
        raise JobError(
            f"a report needs {error.name}, which is not installed. "
            "Install it: pip install 'pregrasp[report]'"
        ) from error
    write_text(path, page)


def _training_curve(deployment: Deployment | None) -> dict[str, list[float]] | None:
    """The training's ``steps``, ``translation_mm`` and ``rotation_deg``, if it left them."""
    if deployment is None:
        return None
    try:
        text = (deployment.training.model_folder / TRAINING).read_text(encoding="utf-8")
        curve: dict[str, list[float]] = json.loads(text)["curve"]
    except (OSError, ValueError, KeyError):
        return None
    return curve if curve.get("steps") else None


def tiles(report: Report) -> list[Tile]:
    """The figures that matter most."""
    found: list[Tile] = []
    evaluation, deployment = report.evaluation, report.deployment
    if evaluation is not None:
        found += _evaluation_tiles(evaluation, report.task)
    if deployment is not None:
        training, collection = deployment.training, deployment.collection
        found += [
            Tile(f"{collection.captures}", "captures"),
            Tile(f"{collection.robot_time / 60:.1f} min", "robot time of the collection"),
            Tile(f"{training.duration / 60:.1f} min", "training"),
            Tile(f"{training.model_bytes / 1e6:.2f} MB", "model"),
        ]
    return found


def _evaluation_tiles(evaluation: Evaluation, task: Task) -> list[Tile]:
    total, lifted = len(evaluation.episodes), evaluation.count(Verdict.GRASPED)
    refused = evaluation.count(Verdict.REFUSED)
    found = [Tile(f"{lifted} / {total}", "lifted", lifted == total)]
    if refused:
        found.append(Tile(f"{refused}", "refused"))
    if evaluation.accepted:
        millimetres, degrees = evaluation.translation_mm.p95, evaluation.rotation_deg.p95
        if millimetres is not None and degrees is not None:
            within_mm = millimetres * MM <= task.tolerance.translation
            within_deg = degrees * DEG <= task.tolerance.rotation
            found += [
                Tile(f"{millimetres:.3f} mm", "translation error, p95 of accepted", within_mm),
                Tile(f"{degrees:.3f}°", "rotation error, p95 of accepted", within_deg),
            ]
        found.append(Tile(f"{evaluation.moves.median:g}", "moves, median"))
    if evaluation.compute_ms.median is not None:
        found.append(Tile(f"{evaluation.compute_ms.median:.1f} ms", "compute a picture, median"))
    return found


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a strip."""

    source: str
    look: Move


@dataclass(frozen=True, slots=True)
class Strip:
    """The servo of one episode in pictures."""

    title: str
    episode: Episode
    frames: tuple[Frame, ...]


def _strips(evaluation: Evaluation | None) -> list[Strip]:
    """The episodes worth looking at: a typical one, the worst, and one that went wrong."""
    shown = [e for e in (evaluation.episodes if evaluation else ()) if _has_pictures(e)]
    accepted = sorted(
        (e for e in shown if e.error is not None),
        key=lambda e: e.error.translation if e.error else 0.0,
    )
    chosen: dict[int, tuple[str, Episode]] = {}
    if accepted:
        typical, worst = accepted[(len(accepted) - 1) // 2], accepted[-1]
        chosen[typical.plan.index] = ("A typical grasp", typical)
        chosen.setdefault(worst.plan.index, ("The least accurate of the accepted", worst))
    for verdict, title in ((Verdict.REFUSED, "A refusal"), (Verdict.FAILED, "A failure")):
        one = next((e for e in shown if e.verdict is verdict), None)
        if one is not None:
            chosen.setdefault(one.plan.index, (title, one))
    return [
        Strip(
            title,
            episode,
            tuple(
                Frame(_data_url(_picture(look.image)), look)
                for look in episode.looks
                if look.image is not None
            ),
        )
        for title, episode in chosen.values()
    ]


def _has_pictures(episode: Episode) -> bool:
    return any(look.image is not None for look in episode.looks)


def _picture(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return _fit(image, STRIP_WIDTH)


def _overview(image: npt.NDArray[np.uint8] | None) -> npt.NDArray[np.uint8] | None:
    return None if image is None else _fit(image[..., ::-1], OVERVIEW_WIDTH)


def _fit(image: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """The picture, at most so many pixels wide."""
    height, present = image.shape[:2]
    if present <= width:
        return np.ascontiguousarray(image)
    size = (width, round(height * width / present))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _data_url(image: Any) -> str:
    if image is None:
        return ""
    _, jpeg = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 82))
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()
