"""Rounds until the tolerance is met: on an ideal cell, with a training that takes no time."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import MM, MotionCommand
from pregrasp.jobs import active
from pregrasp.jobs.active import ActiveCollection, collect_actively
from pregrasp.jobs.collect import collect
from pregrasp.jobs.deploy import deploy
from pregrasp.jobs.judging import Judged
from pregrasp.jobs.rounds import FILE, RoundResult, RoundsFile
from pregrasp.jobs.train import TrainingResult
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.errors import DatasetError, NotLearnedError
from pregrasp.perception.estimator import Estimate
from pregrasp.perception.model_folder import DESCRIPTION
from pregrasp.perception.sampling import CaptureKind, Collection, Rounds
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task, find_task
from pregrasp.trees import Event, ValueWritten

ROUNDS = Rounds(captures_first=24, captures_each=10, captures_max=80, servo_runs=2)


@pytest.fixture
def task() -> Task:
    found = find_task("circuit_board")
    return dataclasses.replace(found, collection=Collection(anchors=2, rounds=ROUNDS))


@pytest.fixture
def cell(task: Task) -> IdealCell:
    return IdealCell(task.taught.grasp)


@dataclasses.dataclass
class Training:
    """Stands for training and judging; what a model is worth depends on its captures."""

    error: Callable[[int], float]
    """Error of every judge [mm] with so many captures."""
    learns: Callable[[int], bool] = lambda count: True
    warm: list[bool] = dataclasses.field(default_factory=list)
    """For every training whether it went on from weights."""

    def train(self, task: Task, dataset: Path, **options: object) -> TrainingResult:
        out, weights, keep = options["out"], options["weights"], options["keep_weights"]
        assert isinstance(out, Path)
        assert isinstance(keep, Path)
        self.warm.append(isinstance(weights, Path) and weights.exists())
        if not self.learns(len(Dataset.open(dataset))):
            raise NotLearnedError("too little")
        out.mkdir(parents=True, exist_ok=True)
        (out / DESCRIPTION).write_text("{}")
        keep.write_text("weights")
        return TrainingResult(out, 1.5, 0, {})

    def ask(self, dataset: Dataset, model: Path, *_: object) -> Iterator[Judged]:
        assert (model / DESCRIPTION).exists()
        off = MotionCommand(self.error(len(dataset)) * MM)
        for record in dataset.records:
            if record.kind not in (CaptureKind.ANCHOR, CaptureKind.EMPTY):
                motion = record.label.inverse()
                hard = motion.x > 20 * MM
                estimate = Estimate(MotionCommand(), 0.4 if hard else 0.8, trusted=True)
                yield Judged(record, motion, estimate, off)


@pytest.fixture
def pretend(
    task: Task, cell: IdealCell, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Training], Training]:
    def install(training: Training) -> Training:
        monkeypatch.setattr(active, "train_briefly", training.train)
        monkeypatch.setattr(active, "ask", training.ask)
        estimator = IdealEstimator(cell, task.taught.approach, gain=0.9)
        monkeypatch.setattr(active, "load_estimator", lambda *_: estimator)
        return training

    return install


def kinds(folder: Path) -> dict[str, int]:
    records = Dataset.open(folder).records
    return {kind.value: sum(r.kind is kind for r in records) for kind in CaptureKind}


def run(task: Task, cell: IdealCell, folder: Path, **options: object) -> ActiveCollection:
    return collect_actively(task, cell, folder, **options)  # type: ignore[arg-type]


def test_it_goes_on_until_the_bound_is_sure_enough(
    task: Task, cell: IdealCell, tmp_path: Path, pretend: Callable[[Training], Training]
) -> None:
    """The error is small from the start, but 9 judges are not enough for 95 %."""
    training = pretend(Training(lambda count: 0.3))
    told: list[RoundResult] = []
    result = run(task, cell, tmp_path / "d", on_round=told.append)
    assert "is met" in result.reason
    assert tuple(told) == result.rounds
    assert [each.judges >= 19 for each in told] == [False] * (len(told) - 1) + [True]
    assert told[0].captures == 24
    assert training.warm == [False] + [True] * (len(told) - 1)
    assert told[-1].robot_s >= told[0].robot_s
    # The part is back where it was taught.
    assert (cell.part.inverse() @ task.taught.grasp).planar.translation < 1e-9
    # Hard captures lie at positive x: that is where it goes.
    aimed = [r for r in Dataset.open(tmp_path / "d").records if r.kind is CaptureKind.AIMED]
    assert sum(r.label.inverse().x > 0 for r in aimed) > 0.6 * len(aimed)


def test_it_ends_at_captures_max_and_says_what_is_missing(
    task: Task, cell: IdealCell, tmp_path: Path, pretend: Callable[[Training], Training]
) -> None:
    pretend(Training(lambda count: 1.4))
    result = run(task, cell, tmp_path / "d")
    assert "captures_max, 80, is reached" in result.reason
    assert "1.400 mm" in result.reason
    assert result.rounds[-1].captures >= 80


def test_every_look_of_a_servo_run_is_kept(
    task: Task, cell: IdealCell, tmp_path: Path, pretend: Callable[[Training], Training]
) -> None:
    pretend(Training(lambda count: 1.4))
    result = run(task, cell, tmp_path / "d")
    found = kinds(tmp_path / "d")
    # A gain of 0.9 takes a look at the start and several on the way.
    assert found["servo"] >= 3 * 2 * (len(result.rounds) - 1)
    last = [r for r in Dataset.open(tmp_path / "d").records if r.kind is CaptureKind.SERVO][-1]
    assert last.label.translation < task.servo.within.translation


def test_too_little_to_learn_from_is_no_error_but_a_reason_to_go_on(
    task: Task, cell: IdealCell, tmp_path: Path, pretend: Callable[[Training], Training]
) -> None:
    pretend(Training(lambda count: 0.3, learns=lambda count: count > 40))
    result = run(task, cell, tmp_path / "d")
    assert result.rounds[0].bound_mm is None
    assert result.rounds[0].judges == 9
    assert "is met" in result.reason


@pytest.mark.slow
@pytest.mark.parametrize("pictures", [20, 45])
def test_a_run_that_was_stopped_anywhere_goes_on_and_takes_nothing_twice(
    task: Task,
    cell: IdealCell,
    tmp_path: Path,
    pretend: Callable[[Training], Training],
    pictures: int,
) -> None:
    pretend(Training(lambda count: 1.4))
    task = dataclasses.replace(
        task,
        collection=dataclasses.replace(
            task.collection, rounds=dataclasses.replace(ROUNDS, servo_runs=0)
        ),
    )
    whole = run(task, cell, tmp_path / "whole")
    token, folder = CancelToken(), tmp_path / "stopped"

    def stop(event: Event) -> None:
        if isinstance(event, ValueWritten) and len(Dataset.open(folder)) >= pictures:
            token.cancel()

    with pytest.raises(CancelledError):
        run(task, cell, folder, token=token, observers=[stop])
    before = len(Dataset.open(folder))
    cell.part = task.taught.grasp
    cell.gripper.open(CancelToken())
    cell.part = task.taught.grasp
    result = run(task, cell, folder)
    assert result.collection.added == len(Dataset.open(folder)) - before
    assert [r.captures for r in result.rounds] == [r.captures for r in whole.rounds]
    # Only the anchors of the placement that was interrupted are taken again.
    for name in ("judge", "aimed", "coarse", "fine"):
        assert kinds(folder)[name] == kinds(tmp_path / "whole")[name]


def test_a_run_that_was_killed_while_it_trained_trains_again(
    task: Task, cell: IdealCell, tmp_path: Path, pretend: Callable[[Training], Training]
) -> None:
    pretend(Training(lambda count: 0.3))
    whole = run(task, cell, tmp_path / "d")
    lines = (tmp_path / "d" / FILE).read_text().splitlines(keepends=True)
    assert "result" in json.loads(lines[-1])
    (tmp_path / "d" / FILE).write_text("".join(lines[:-1]))
    assert RoundsFile(tmp_path / "d").pending is not None
    result = run(task, cell, tmp_path / "d")
    assert result.collection.added == 0
    assert len(result.rounds) == len(whole.rounds)
    assert result.reason == whole.reason


def test_a_collection_that_is_complete_takes_nothing_more(
    task: Task, cell: IdealCell, tmp_path: Path, pretend: Callable[[Training], Training]
) -> None:
    training = pretend(Training(lambda count: 0.3))
    first = run(task, cell, tmp_path / "d")
    trained = len(training.warm)
    again = run(task, cell, tmp_path / "d")
    assert again.collection.added == 0
    assert again.rounds == first.rounds
    assert len(training.warm) == trained


def test_captures_that_were_not_collected_in_rounds_are_refused(
    task: Task, cell: IdealCell, tmp_path: Path
) -> None:
    few = dataclasses.replace(task, collection=Collection(captures=4, placements=1, anchors=1))
    collect(few, cell, tmp_path / "d")
    with pytest.raises(DatasetError, match=r"not collected in rounds.*without --active"):
        run(task, cell, tmp_path / "d")


def test_a_deployment_in_rounds_trains_on_all_of_them_and_says_so(
    task: Task,
    cell: IdealCell,
    tmp_path: Path,
    pretend: Callable[[Training], Training],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend(Training(lambda count: 0.3))
    seen: list[int] = []

    def train(task: Task, dataset: Path, **options: object) -> TrainingResult:
        seen.append(len(Dataset.open(dataset)))
        return TrainingResult(tmp_path / "model", 3.0, 7, {})

    monkeypatch.setattr("pregrasp.jobs.deploy.train", train)
    deployment = deploy(task, cell, tmp_path / "d", active=True)
    figures = json.loads(json.dumps(deployment.to_json()))
    assert seen == [figures["captures"]]
    assert "is met" in figures["ended_because"]
    assert figures["rounds"][-1]["bound_mm"] == pytest.approx(0.3)
    assert figures["robot_time_min"] == pytest.approx(
        figures["rounds"][-1]["robot_s"] / 60, abs=0.01
    )
