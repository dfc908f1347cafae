"""Train a task's model from its data set, in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.jobs.models.history import Cause
from pregrasp.jobs.models.store import ModelStore
from pregrasp.jobs.progress import ReportProgress, ignore_progress
from pregrasp.jobs.training_process import CANCELLED
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.errors import DatasetError, NotLearnedError, TrainingError
from pregrasp.task import TASK_FILE, Task

POLL = 0.2
"""How often a cancelled token is looked for while nothing is heard [s]."""

GRACE = 15.0
"""How long a cancelled training may take to stop by itself [s]."""

FAMILIES = {kind.__name__: kind for kind in (DatasetError, NotLearnedError, TrainingError)}
"""Errors of the training process that keep their kind on the way here."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A model that was trained and checked."""

    model_folder: Path
    """Where it is."""
    duration: float
    """Of the whole training process [s]."""
    model_bytes: int
    """Of everything that the estimator loads [bytes]."""
    summary: Mapping[str, Any]
    """What the training says about itself, plain JSON values with units in the keys."""


def train(
    task: Task,
    dataset: Path,
    *,
    out: Path | None = None,
    pretrained: Path | None = None,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
) -> TrainingResult:
    """Train a model and put it into the task's folder, or into another.

    The model that was in use is kept in the task's `ModelStore`, and so is the new one. In a
    task that names its model, the new one is only kept there, until the task names it.

    TensorFlow and the renderer's GL context cannot live in one process, so the work is done
    by `pregrasp.jobs.training_process`.

    Args:
        task: The task.
        dataset: Folder of the data set.
        out: Where to put the model; by default the task's own model folder.
        pretrained: Torchvision's GoogLeNet weights, in place of the task's own choice.
        report_progress: Told about every stage.
        token: Cancelling it stops the training; a model that was there before stays.

    Raises:
        DatasetError: There is no data set, or it is of another task.
        TrainingError: The training failed.
        CancelledError: It was cancelled.
    """
    found = Dataset.open(dataset)
    if found.card.task != task.task:
        raise DatasetError(
            f"{dataset}: the data set is of task {found.card.task!r}, expected {task.task!r}. "
            "Name another one, or collect one with `pregrasp collect`."
        )
    token = token or CancelToken()
    store = ModelStore(task) if out is None else None
    replaced = store.keep_current() if store else ""
    candidate = out or (task.model_folder if task.model is None else store_candidate(task))
    job = {
        "task_file": str(task.folder / TASK_FILE),
        "dataset": str(dataset.resolve()),
        "out": str(candidate.resolve()),
        "pretrained": str(pretrained.resolve()) if pretrained else "",
        "network": task.network.to_json(),
    }
    began = time.monotonic()
    summary = run_training(job, report_progress, token)
    if store is not None and task.model is None:
        store.took_over(replaced, Cause.TRAINED)
    elif store is not None:
        candidate = store.find(store.keep(candidate))
        shutil.rmtree(store_candidate(task))
    return TrainingResult(
        model_folder=candidate,
        duration=time.monotonic() - began,
        model_bytes=int(summary["model_bytes"]),
        summary=summary,
    )


def refit(
    task: Task,
    dataset: Path,
    *,
    base: Path,
    first_new: int,
    out: Path,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
) -> TrainingResult:
    """Make a model with the network of another one and everything else fitted again.

    Args:
        task: The task.
        dataset: Folder of old and new captures.
        base: Folder of the model whose network is taken over.
        first_new: Number of the first new capture; every other one from there on judges.
        out: Where to put the model.
        report_progress: Told about every stage.
        token: Cancelling it stops the work.

    Raises:
        DatasetError: The data set cannot be used.
        TrainingError: The fitting failed, or the base cannot be used.
        CancelledError: It was cancelled.
    """
    job = {
        "task_file": str(task.folder / TASK_FILE),
        "dataset": str(dataset.resolve()),
        "out": str(out.resolve()),
        "pretrained": "",
        "network": task.network.to_json(),
        "base": str(base.resolve()),
        "first_new": str(first_new),
    }
    began = time.monotonic()
    summary = run_training(job, report_progress, token or CancelToken())
    return TrainingResult(
        model_folder=out,
        duration=time.monotonic() - began,
        model_bytes=int(summary["model_bytes"]),
        summary=summary,
    )


def train_briefly(
    task: Task,
    dataset: Path,
    *,
    out: Path,
    weights: Path | None,
    keep_weights: Path,
    report_progress: ReportProgress = ignore_progress,
    token: CancelToken | None = None,
) -> TrainingResult:
    """Train a model of a round of an active collection: few steps, on from the round before.

    Everything but the network is fitted and calibrated as in a whole training.

    Args:
        task: The task; ``collection.rounds.steps`` says how many steps.
        dataset: Folder of the captures.
        out: Where to put the model.
        weights: Weights of the round before; None, or a file that is not there, begins anew.
        keep_weights: Where the weights go.
        report_progress: Told about every stage.
        token: Cancelling it stops the training.

    Raises:
        DatasetError: The data set cannot be used.
        NotLearnedError: There is too little to learn from yet.
        TrainingError: The training failed.
        CancelledError: It was cancelled.
    """
    job = {
        "task_file": str(task.folder / TASK_FILE),
        "dataset": str(dataset.resolve()),
        "out": str(out.resolve()),
        "pretrained": "",
        "network": task.network.to_json(),
        "steps": str(task.collection.rounds.steps),
        "weights": str(weights.resolve()) if weights else "",
        "keep_weights": str(keep_weights.resolve()),
    }
    began = time.monotonic()
    summary = run_training(job, report_progress, token or CancelToken())
    return TrainingResult(
        model_folder=out,
        duration=time.monotonic() - began,
        model_bytes=int(summary["model_bytes"]),
        summary=summary,
    )


def install(task: Task, made: Path) -> Path:
    """Let a model that was made elsewhere take over, as `train` does with its own.

    Args:
        task: The task; one that names its model only keeps the new one.
        made: Folder of the model.

    Returns:
        Where it is now.

    Raises:
        ModelError: It is damaged, or of another task.
        ModelStoreError: The store cannot be written.
    """
    store = ModelStore(task)
    name = store.keep(made)
    if task.model is not None:
        return store.find(name)
    store.promote(name, Cause.TRAINED)
    return task.model_folder


def store_candidate(task: Task) -> Path:
    """Where a model is made that may not take over yet."""
    return ModelStore(task).folder / ".candidate"


def run_training(
    job: Mapping[str, Any], report_progress: ReportProgress, token: CancelToken
) -> Mapping[str, Any]:
    """Start the training process, listen to it, and give back its summary.

    Args:
        job: As `pregrasp.jobs.training_process` reads it.
        report_progress: Told about every stage.
        token: Cancelling it stops the process.

    Raises:
        DatasetError: The data set cannot be used.
        NotLearnedError: There was too little to learn from.
        TrainingError: The training failed.
        CancelledError: It was cancelled.
    """
    command = [sys.executable, "-m", "pregrasp.jobs.training_process", json.dumps(job)]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # Ctrl-C in the terminal is for the parent, which passes it on by the token.
            start_new_session=True,
        )
        watch = threading.Thread(target=_stop_when_cancelled, args=(process, token), daemon=True)
        watch.start()
        summary: Mapping[str, Any] | None = None
        error: Mapping[str, str] | None = None
        try:
            for answer in _answers(process):
                if "progress" in answer:
                    report_progress(**answer["progress"])
                summary = answer.get("summary", summary)
                error = answer.get("error", error)
            process.wait()
        finally:
            _end(process)
            watch.join()
        if token.cancelled or (error and error["kind"] == CANCELLED):
            raise CancelledError("training was stopped; the model that was there before stays")
        if error:
            raise FAMILIES.get(error["kind"], TrainingError)(error["message"])
        if summary is None:
            raise TrainingError(_how_it_ended(process.returncode, log))
        return summary


def _answers(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    for line in process.stdout or ():
        try:
            yield json.loads(line)
        except ValueError:
            continue  # torn by a process that was killed; the exit code tells the rest


def _stop_when_cancelled(process: subprocess.Popen[str], token: CancelToken) -> None:
    while process.poll() is None:
        if token.wait(POLL):
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
            return


def _end(process: subprocess.Popen[str]) -> None:
    """Leave nothing running, however the listening ended."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _how_it_ended(code: int, log: Any) -> str:
    log.seek(0)
    last = "\n    ".join(log.read().strip().splitlines()[-5:])
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    remedy = " It was probably out of memory." if code == -9 else ""
    return f"the training process ended with {how}.{remedy}" + (f"\n    {last}" if last else "")
