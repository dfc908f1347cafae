"""The training process: TensorFlow lives and dies here, away from the renderer's GL context.

Started by `pregrasp.jobs.train` as ``python -m pregrasp.jobs.training_process JOB``, where
JOB is a JSON object. It answers on its standard output with one JSON object a line::

    {"progress": {"stage": "train", "done": 200, "total": 2500, "note": "loss 0.012"}}
    {"summary": {...}}             the last line of a training that worked
    {"error": {"kind": "DatasetError", "message": "..."}}

Its standard input is held open by the parent. When that ends, however it ends, this process
ends as well, so that no training is left running without an owner.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.errors import PregraspError

if TYPE_CHECKING:
    from pregrasp.jobs.progress import ReportProgress
    from pregrasp.perception.training import TrainingSummary
    from pregrasp.task import Task

CANCELLED = "CancelledError"


def main(arguments: list[str]) -> int:
    """Train as told; the exit code is 0 if a model was written."""
    job = json.loads(arguments[0])
    # TensorFlow and its libraries write to both streams; only our lines belong on stdout.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    token = CancelToken()
    signal.signal(signal.SIGTERM, lambda *_: token.cancel())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        summary = _train(job, answers, token)
    except CancelledError:
        _say(answers, {"error": {"kind": CANCELLED, "message": "training was stopped"}})
        return 1
    except PregraspError as error:
        _say(answers, {"error": {"kind": type(error).__name__, "message": str(error)}})
        return 1
    except (ImportError, MemoryError, OSError) as error:
        message = f"{type(error).__name__}: {error}"
        if isinstance(error, ImportError):
            message += ". Install what training needs: pip install 'pregrasp[training]'"
        _say(answers, {"error": {"kind": "TrainingError", "message": message}})
        return 1
    _say(answers, {"summary": summary})
    return 0


def _train(job: dict[str, Any], answers: TextIO, token: CancelToken) -> dict[str, Any]:
    # Imported here: only this process may load TensorFlow.
    from pregrasp.perception.network import Network
    from pregrasp.perception.training import train
    from pregrasp.perception.training.warm_start import WarmStart
    from pregrasp.task import load_task

    def report(stage: str, done: float, total: float, note: str = "") -> None:
        progress = {"stage": stage, "done": done, "total": total, "note": note}
        _say(answers, {"progress": progress})

    # The caller's choices, such as a study's variant, need not be those of the file.
    network = Network.from_json(job["network"])
    task = dataclasses.replace(load_task(Path(job["task_file"])), network=network)
    chosen = job["pretrained"] or network.pretrained
    if chosen:
        network = dataclasses.replace(network, pretrained=task.folder / chosen)
    if job.get("base"):
        return dataclasses.asdict(_refit(job, task, report, token))
    warm_start = None
    if job.get("steps"):
        network = dataclasses.replace(network, steps=int(job["steps"]))
        source = Path(job["weights"]) if job["weights"] else None
        warm_start = WarmStart(source, Path(job["keep_weights"]))
    summary = train(
        Path(job["dataset"]),
        network,
        task.workspace,
        Path(job["out"]),
        report_progress=report,
        token=token,
        warm_start=warm_start,
    )
    return dataclasses.asdict(summary)


def _refit(
    job: dict[str, Any], task: Task, report: ReportProgress, token: CancelToken
) -> TrainingSummary:
    from pregrasp.perception.dataset import Dataset
    from pregrasp.perception.training import save
    from pregrasp.perception.training.refit import refit

    def progress(stage: str, share: float, words: str) -> None:
        token.raise_if_cancelled()
        report(stage, share, 1.0, words)

    dataset = Dataset.open(Path(job["dataset"]))
    first_new = int(job["first_new"])
    base = Path(job["base"])
    trained = refit(dataset, base, task.network, task.workspace, first_new, progress)
    return save(trained, Path(job["out"]))


def _say(answers: TextIO, message: dict[str, Any]) -> None:
    # A parent that is gone cannot listen; `_die_with_parent` sees to the rest.
    with contextlib.suppress(BrokenPipeError):
        answers.write(json.dumps(message, default=str) + "\n")
        answers.flush()


def _die_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
