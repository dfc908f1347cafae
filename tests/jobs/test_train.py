import dataclasses
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.jobs.train import train
from pregrasp.perception.dataset import Card, Dataset
from pregrasp.perception.errors import DatasetError, TrainingError
from pregrasp.perception.network import Architecture, Network
from pregrasp.task import find_task

TASK = find_task("circuit_board")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    Dataset.create(folder, Card(task=TASK.task, cell="none", image_width=8, image_height=6))
    return folder


def child(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let the training process be another program."""
    start = subprocess.Popen

    def popen(command: list[str], **options: object) -> subprocess.Popen[str]:
        return start([sys.executable, "-c", program, *command[3:]], **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", popen)


def test_without_a_data_set_the_message_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="pregrasp collect"):
        train(TASK, tmp_path / "nothing")


def test_the_data_set_of_another_task_is_refused(tmp_path: Path) -> None:
    card = Card(task="other", cell="none", image_width=8, image_height=6)
    Dataset.create(tmp_path / "d", card)
    with pytest.raises(DatasetError, match="'other', expected 'circuit_board'"):
        train(TASK, tmp_path / "d")


def test_progress_and_summary_come_from_the_process(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child(
        monkeypatch,
        "import json\n"
        "print(json.dumps({'progress': dict(stage='network', done=1, total=2, note='n')}))\n"
        "print(json.dumps({'summary': {'captures': 7, 'model_bytes': 9}}))",
    )
    heard: list[tuple[str, float, float, str]] = []
    result = train(
        TASK,
        dataset,
        out=tmp_path / "model",
        report_progress=lambda stage, done, total, note="": heard.append(
            (stage, done, total, note)
        ),
    )
    assert heard == [("network", 1, 2, "n")]
    assert result.summary["captures"] == 7
    assert result.model_bytes == 9
    assert result.model_folder == tmp_path / "model"


def test_the_process_gets_the_network_that_is_asked_for_and_not_the_one_of_the_file(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child(
        monkeypatch,
        "import json, sys\nprint(json.dumps({'summary': {'job': sys.argv[1], 'model_bytes': 9}}))",
    )
    wanted = Network(
        architecture=Architecture.GOOGLENET, pretrained=Path("weights.pth"), frozen_trunk=True
    )
    task = dataclasses.replace(TASK, network=wanted)
    result = train(task, dataset, out=tmp_path / "model")
    assert Network.from_json(json.loads(result.summary["job"])["network"]) == wanted


def test_a_process_that_dies_is_a_training_error_with_its_last_words(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child(monkeypatch, "import os, sys; print('so it goes', file=sys.stderr); os.abort()")
    with pytest.raises(TrainingError, match="signal 6") as caught:
        train(TASK, dataset)
    assert "so it goes" in str(caught.value)


def test_an_error_of_the_process_keeps_its_kind(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child(
        monkeypatch,
        "import json; print(json.dumps({'error': {'kind': 'DatasetError', 'message': 'torn'}}))",
    )
    with pytest.raises(DatasetError, match="torn"):
        train(TASK, dataset)


def test_cancelling_ends_the_process(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child(
        monkeypatch,
        "import json, signal\n"
        "print(json.dumps({'progress': dict(stage='s', done=0, total=1, note='')}), flush=True)\n"
        "signal.pause()",
    )
    token = CancelToken()
    heard = threading.Event()

    def listen(stage: str, done: float, total: float, note: str = "") -> None:
        heard.set()
        token.cancel()

    with pytest.raises(CancelledError):
        train(TASK, dataset, report_progress=listen, token=token)
    assert heard.is_set()
