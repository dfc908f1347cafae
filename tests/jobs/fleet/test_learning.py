from __future__ import annotations

import dataclasses
import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.cell_file import SIMULATED, find_cell
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.fleet import learning as module
from pregrasp.jobs.fleet.learning import Learned, learn
from pregrasp.jobs.fleet.task_worker import Lesson
from pregrasp.jobs.models.store import ModelStore
from pregrasp.perception.model_folder import model_hash
from pregrasp.task import Task, find_task, load_task

Give = Callable[..., Lesson]


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Workers without cells, under a name that other processes can import."""
    place = Path(__file__).with_name("learner.py")
    monkeypatch.syspath_prepend(str(place.parent))
    monkeypatch.setenv("PYTHONPATH", str(place.parent), prepend=":")
    specification = importlib.util.spec_from_file_location("learner", place)
    assert specification is not None
    assert specification.loader is not None
    loaded = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "learner", loaded)
    specification.loader.exec_module(loaded)
    monkeypatch.setattr(module, "TaskWorker", loaded.Learner)
    return loaded


@pytest.fixture
def board(tmp_path: Path) -> Task:
    keep = shutil.ignore_patterns("models")
    shutil.copytree(find_task("circuit_board").folder, tmp_path / "board", ignore=keep)
    # What a learner delivers.
    shutil.move(tmp_path / "board" / "model", tmp_path / "board" / "better")
    return load_task(tmp_path / "board" / "task.yaml")


@pytest.fixture
def give(board: Task, tmp_path: Path) -> Give:
    def lesson(
        name: str, *, seed: int = 0, model: Path | None = None, train: bool = False
    ) -> Lesson:
        return Lesson(
            task=dataclasses.replace(board, task=name) if name != "board" else board,
            cell=find_cell(SIMULATED),
            dataset=tmp_path / "datasets" / name,
            train=train,
            model=model,
            seed=seed,
        )

    return lesson


def by_name(learned: list[Learned]) -> dict[str, Learned]:
    return {str(each.lesson): each for each in learned}


def test_data_sets_of_many_tasks_come_home_whoever_is_lost(
    learner: ModuleType, give: Give, tmp_path: Path
) -> None:
    told: list[str] = []
    lessons = [give("a"), give("b", seed=1), give("c")]
    found = by_name(
        list(
            learn(
                lessons,
                workers=2,
                report_progress=lambda stage, done, total, note="": told.append(note),
            )
        )
    )
    for name in "abc":
        path = tmp_path / "datasets" / name / "captures.jsonl"
        assert path.read_text().split() == [str(n) for n in range(6)]
        assert found[name].to_json()["dataset"] == str(path.parent)
    assert found["a"].outcome.collection is not None
    assert found["a"].outcome.collection.added == 6
    assert found["b"].outcome.collection is not None
    assert found["b"].outcome.collection.added == 2, "the next worker goes on with four pictures"
    assert any("b: its process was ended by signal 9" in words for words in told)


def test_one_object_that_cannot_be_learned_does_not_stop_the_others(
    learner: ModuleType, give: Give
) -> None:
    found = by_name(list(learn([give("a", seed=2), give("b")])))
    assert found["a"].to_json() == {"task": "a", "seed": 2, "error": "too little to learn from"}
    assert not found["b"].error


def test_a_model_takes_over_in_its_task(learner: ModuleType, give: Give, board: Task) -> None:
    (found,) = learn([give("board", train=True)])
    assert found.error == ""
    name = model_hash(board.folder / "better")
    assert model_hash(board.model_folder) == name
    assert [change.model for change in ModelStore(board).history()] == [name]
    assert found.to_json()["model_folder"] == str(board.model_folder)
    assert not (board.folder / "models" / ".delivered").exists()


def test_a_model_goes_where_it_is_wanted(
    learner: ModuleType, give: Give, board: Task, tmp_path: Path
) -> None:
    (found,) = learn([give("board", train=True, model=tmp_path / "out" / "model")])
    assert model_hash(tmp_path / "out" / "model") == model_hash(board.folder / "better")
    assert found.to_json()["model_folder"] == str(tmp_path / "out" / "model")
    assert not board.model_folder.exists()
    assert not (board.folder / "models").exists()


def test_the_model_of_another_task_does_not_take_over(
    learner: ModuleType, give: Give, board: Task
) -> None:
    (found,) = learn([give("another", train=True)])
    assert "cannot take over" in found.error
    assert not board.model_folder.exists()


def test_two_tasks_with_one_data_set_are_refused(give: Give) -> None:
    with pytest.raises(JobError, match="one data set"):
        list(learn([give("a"), give("a")]))


def test_cancelling_keeps_the_pictures_there_are(
    learner: ModuleType, give: Give, tmp_path: Path
) -> None:
    token = CancelToken()

    def stop(stage: str, done: float, total: float, note: str = "") -> None:
        if done:
            token.cancel()

    found = list(learn([give("a"), give("b")], report_progress=stop, token=token))
    assert [str(each.lesson) for each in found] == ["a"]
    assert (tmp_path / "datasets" / "a" / "captures.jsonl").exists()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_collection_on_a_node_that_dies_goes_on_elsewhere(give: Give, tmp_path: Path) -> None:
    """Two Ray nodes on this machine collect two tasks; one is killed in the middle."""
    pytest.importorskip("mujoco", reason="the extra simulation is not installed")
    pytest.importorskip("ray", reason="the extra fleet is not installed")
    import ray
    from ray.cluster_utils import Cluster

    from pregrasp.perception.dataset import Dataset

    few = dataclasses.replace(find_task("circuit_board"), task="board")
    few = dataclasses.replace(few, collection=dataclasses.replace(few.collection, captures=6))
    lessons = [
        Lesson(
            task=dataclasses.replace(few, task=name),
            cell=find_cell(SIMULATED),
            dataset=tmp_path / name,
            train=False,
        )
        for name in ("a", "b")
    ]
    try:
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    except Exception as error:  # whatever keeps Ray from starting is not ours
        pytest.skip(f"Ray does not start here: {error}")
    try:
        second = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
        notes: list[str] = []
        alive = True

        def kill(stage: str, done: float, total: float, note: str = "") -> None:
            nonlocal alive
            notes.append(note)
            both = all((tmp_path / name / "captures.jsonl").exists() for name in "ab")
            if alive and both:
                alive = False
                cluster.remove_node(second, allow_graceful=False)

        found = by_name(list(learn(lessons, workers=2, cluster="auto", report_progress=kill)))
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call]
    assert any("a worker was lost" in note for note in notes)
    added = []
    for name in "ab":
        result = found[name].outcome.collection
        assert result is not None
        dataset = Dataset.open(tmp_path / name)
        assert len(dataset) == result.captures
        assert all(dataset.image(record).any() for record in dataset.records)
        added.append(result.captures - result.added)
    assert sorted(map(bool, added)) == [False, True], "one of them went on with what there was"
