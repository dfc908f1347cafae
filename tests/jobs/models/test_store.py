from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from pathlib import Path

import pytest

from pregrasp.jobs.grasp_job import GraspJob
from pregrasp.jobs.models.errors import ModelStoreError
from pregrasp.jobs.models.history import FILE, Cause, read_history
from pregrasp.jobs.models.store import ModelStore
from pregrasp.perception.errors import ModelError
from pregrasp.perception.features.model import FEATURES
from pregrasp.perception.model_folder import model_hash
from pregrasp.task import Task, load_task

NOON = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def store(task: Task) -> ModelStore:
    return ModelStore(task, now=lambda: NOON)


@pytest.fixture
def second(store: ModelStore, trained: tuple[Path, Path]) -> str:
    """Name of a second model that is kept."""
    return store.keep(trained[1])


def pin(task: Task, name: str) -> Task:
    file = task.folder / "task.yaml"
    file.write_text(file.read_text() + f"model: '{name}'\n")
    return load_task(file)


def test_a_model_is_named_by_the_hash_of_its_description(task: Task, store: ModelStore) -> None:
    content = (task.model_folder / "model.json").read_bytes()
    assert store.current == hashlib.sha256(content).hexdigest()


def test_notes_beside_a_model_do_not_change_its_name(task: Task, store: ModelStore) -> None:
    before = store.current
    (task.model_folder / "notes.txt").write_text("good light")
    assert store.current == before


def test_promoting_keeps_the_old_model_and_rolling_back_brings_it_back(
    task: Task, store: ModelStore, second: str
) -> None:
    first = store.current
    (task.model_folder / "README.md").write_text("card of the folder")
    assert store.promote(second[:6]) == second
    assert model_hash(task.model_folder) == second
    assert (task.model_folder / "README.md").read_text() == "card of the folder"
    assert store.roll_back() == first
    assert model_hash(task.model_folder) == first
    assert [(c.model, c.replaced, c.cause) for c in store.history()] == [
        (second, first, Cause.PROMOTED),
        (first, second, Cause.ROLLED_BACK),
    ]
    assert store.history()[0].time == NOON.isoformat()


def test_rolling_back_twice_does_not_go_there_and_back(store: ModelStore, second: str) -> None:
    store.promote(second)
    store.roll_back()
    with pytest.raises(ModelStoreError, match="nothing is known of a model before"):
        store.roll_back()


def test_a_model_that_was_put_there_by_hand_rolls_back_to_the_last_known(
    task: Task, store: ModelStore, second: str
) -> None:
    first = store.current
    store.promote(second)
    description = task.model_folder / "model.json"
    values = json.loads(description.read_text())
    values["made"]["by"] = "hand"
    description.write_text(json.dumps(values))
    by_hand = store.current
    assert by_hand not in (first, second)
    assert store.roll_back() == second
    assert store.find(by_hand).parent == store.folder, "what was there by hand is kept too"


def test_the_names_are_found_by_their_beginning_and_others_are_refused(
    store: ModelStore, second: str
) -> None:
    assert store.find("current") == store.task.model_folder
    assert store.find(second[:4]).parent == store.folder
    with pytest.raises(ModelStoreError, match="has no model 'ffffffff'"):
        store.find("ffffffff")
    with pytest.raises(ModelStoreError, match="has no model ''"):
        store.find("")


def test_the_cards_show_the_model_in_use_first(store: ModelStore, second: str) -> None:
    cards = store.cards()
    assert [card.name for card in cards] == [store.current, second]
    assert cards[0].architecture == "features"
    assert cards[0].captures == 32
    assert cards[0].translation_mm_p95 is not None


def test_a_damaged_model_cannot_take_over_and_does_not_stand_in_the_way(
    task: Task, store: ModelStore, second: str
) -> None:
    file = store.find(second) / FEATURES
    good = file.read_bytes()
    file.write_bytes(good[:-100] + bytes(100))
    first = store.current
    with pytest.raises(ModelError, match="damaged"):
        store.promote(second)
    assert store.current == first
    file.write_bytes(good)
    (task.model_folder / FEATURES).write_bytes(b"scrap")
    assert store.promote(second) == second


def test_a_damaged_model_in_use_is_mended_from_its_kept_copy(store: ModelStore) -> None:
    name = store.keep()
    (store.task.model_folder / FEATURES).write_bytes(b"scrap")
    assert store.promote(name) == name
    GraspJob(store.task)


def test_a_task_that_names_its_model_takes_no_other(
    task: Task, store: ModelStore, second: str
) -> None:
    first = store.current
    GraspJob(pin(task, first[:12]))
    pinned = pin_again(task, second)
    with pytest.raises(ModelError, match=f"found model {first[:12]}, expected {second[:12]}"):
        GraspJob(pinned)
    with pytest.raises(ModelStoreError, match=r"the task names model .* first"):
        ModelStore(pin_again(task, "0" * 12)).promote(second)
    ModelStore(pinned).promote(second)
    assert GraspJob(pinned).model == second


def pin_again(task: Task, name: str) -> Task:
    return dataclasses.replace(task, model=name)


def test_a_model_that_is_given_by_its_folder_is_taken_as_it_is(
    task: Task, trained: tuple[Path, Path]
) -> None:
    pinned = pin_again(task, "0" * 12)
    assert GraspJob(pinned, model_folder=trained[1]).model == model_hash(trained[1])


def test_a_changed_description_is_another_model(task: Task) -> None:
    pinned = pin(task, model_hash(task.model_folder))
    description = task.model_folder / "model.json"
    description.write_text(description.read_text().replace('"agreeing": 0', '"agreeing": 0.'))
    with pytest.raises(ModelError, match="expected"):
        GraspJob(pinned)


@pytest.mark.parametrize("name", ["abc", "current", "0123456789AB", "z" * 12])
def test_a_name_that_is_none_is_refused_with_the_file(task: Task, name: str) -> None:
    with pytest.raises(Exception, match=r"task\.yaml:.*is no name of a model"):
        pin(task, name)


def test_a_torn_line_of_the_history_is_left_out_and_written_over(
    store: ModelStore, second: str
) -> None:
    store.promote(second)
    path = store.folder / FILE
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"time": "2026')
    assert len(read_history(store.folder)) == 1
    store.roll_back()
    assert len(read_history(store.folder)) == 2
    path.write_bytes(b"scrap\n" + whole)
    with pytest.raises(ModelStoreError, match=r"history\.jsonl:1: damaged"):
        store.history()
