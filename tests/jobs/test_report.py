import json
import re
from pathlib import Path

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.simulation.conditions import Scene
from pregrasp.jobs.collect import CollectionResult
from pregrasp.jobs.deploy import Deployment
from pregrasp.jobs.episode import Episode, EpisodePlan, Move, Verdict
from pregrasp.jobs.evaluate import Evaluation
from pregrasp.jobs.report import Report, write_report
from pregrasp.jobs.train import TrainingResult
from pregrasp.task import find_task

TASK = find_task("circuit_board")


def episode(index: int, verdict: Verdict, reason: str = "") -> Episode:
    rng = np.random.default_rng(index)
    looks = tuple(
        Move(
            error=MotionCommand(size * MM, 0.0, size * DEG),
            estimate=MotionCommand(-size * MM, 0.0, -size * DEG),
            confidence=0.8,
            trusted=verdict is Verdict.GRASPED,
            compute_time=0.004,
            image=rng.integers(0, 255, (480, 640)).astype(np.uint8),
        )
        for size in (20.0, 0.9, 0.05)
    )
    plan = EpisodePlan(index, 0, MotionCommand(0.374), 1001, Scene(), Pose(0.4, 0.0, 0.2))
    accepted = verdict is Verdict.GRASPED
    return Episode(plan, verdict, reason, accepted, False, looks, 7.5)


@pytest.fixture
def evaluation() -> Evaluation:
    episodes = (
        episode(0, Verdict.GRASPED),
        episode(1, Verdict.REFUSED, "too <little> agrees"),
        episode(2, Verdict.GRASPED),
    )
    return Evaluation(TASK.task, "dim", 4, episodes)


def test_the_figures_keep_accepted_and_refused_apart(evaluation: Evaluation) -> None:
    figures = evaluation.to_json()
    assert (figures["episodes"], figures["accepted"], figures["refused"]) == (3, 2, 1)
    assert figures["grasped"] == 2
    assert figures["false_accepts"] == 0
    assert figures["translation_mm"]["max"] == pytest.approx(0.05)
    assert figures["moves"] == {"median": 2.0, "max": 2.0}
    assert figures["compute_ms"]["median"] == pytest.approx(4.0)
    assert len(figures["records"]) == 3


@pytest.mark.slow
def test_the_page_is_one_file_that_needs_nothing_from_elsewhere(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    overview = np.zeros((96, 128, 3), np.uint8)
    curve = {"steps": [20, 40], "translation_mm": [9.0, 1.0], "rotation_deg": [5.0, 0.5]}
    (tmp_path / "training.json").write_text(json.dumps({"curve": curve}))
    deployment = Deployment(
        TASK.task,
        CollectionResult(tmp_path, captures=330, added=330, robot_time=198.0),
        TrainingResult(tmp_path, duration=600.0, model_bytes=1_200_000, summary={}),
    )
    write_report(
        path,
        Report(task=TASK, evaluation=evaluation, overview=overview, deployment=deployment),
    )
    page = path.read_text()
    sources = re.findall(r'(?:src|href)="([^"#][^"]*)"', page)
    assert sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert "<script" not in page
    # Two figures, drawn in the page's own colour of text, and a strip for every kind.
    assert page.count("currentColor") > 20
    assert page.count('class="strip"') == 3
    assert "training step" in page
    assert "3.3 min" in page
    assert "too &lt;little&gt; agrees" in page
