from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pregrasp.jobs.errors import JobError
from pregrasp.jobs.fleet import desk as module
from pregrasp.jobs.fleet.desk import Delivered, Desk, Listed, Place, Removed, Told, Wanted
from pregrasp.jobs.fleet.mirror import Mirror


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "images").mkdir(parents=True)
    (folder / "card.json").write_text("{}")
    (folder / "captures.jsonl").write_text("one\n")
    (folder / "images" / "0.png").write_bytes(bytes(range(256)) * 9000)
    return folder


@pytest.fixture
def asked(home: Path) -> list[Any]:
    return []


@pytest.fixture
def mirror(home: Path, tmp_path: Path, asked: list[Any]) -> Mirror:
    desk = Desk({"dataset": Place(folder=home, writable=True)})

    def ask(question: Any) -> Any:
        asked.append(question)
        return desk.answer(question)

    return Mirror(ask, "dataset", tmp_path / "there")


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_is_fetched_in_pieces(mirror: Mirror, home: Path, asked: list[Any]) -> None:
    there = mirror.fetch()
    assert content(there) == content(home)
    pieces = [each.first for each in asked if isinstance(each, Wanted) and "png" in each.path]
    assert pieces == [0, 1_000_000, 2_000_000]


def test_only_what_is_new_is_delivered_and_what_names_it_comes_last(
    mirror: Mirror, home: Path, asked: list[Any]
) -> None:
    there = mirror.fetch()
    (there / "images" / "1.png").write_bytes(b"picture")
    with (there / "captures.jsonl").open("a") as lines:
        lines.write("two\n")
    (there / ".torn.part").write_text("not yet")
    asked.clear()
    mirror.deliver()
    assert [(each.path, each.first, each.content) for each in asked] == [
        ("images/1.png", 0, b"picture"),
        ("captures.jsonl", 4, b"two\n"),
    ]
    (there / ".torn.part").unlink()
    assert content(home) == content(there)
    asked.clear()
    mirror.deliver()
    assert not asked


def test_a_line_that_is_written_meanwhile_waits_for_its_picture(
    mirror: Mirror, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = mirror.fetch()
    (there / "images" / "1.png").write_bytes(b"picture")
    send = mirror._send

    def and_then(name: str, *facts: Any, **more: Any) -> None:
        send(name, *facts, **more)
        if name == "images/1.png":
            (there / "images" / "2.png").write_bytes(b"later")
            (there / "captures.jsonl").write_text("one\ntwo\nthree\n")

    (there / "captures.jsonl").write_text("one\ntwo\n")
    monkeypatch.setattr(mirror, "_send", and_then)
    mirror.deliver()
    assert (home / "captures.jsonl").read_text() == "one\ntwo\n"
    mirror.deliver()
    assert content(home) == content(there)


def test_what_is_removed_there_is_removed_here(
    mirror: Mirror, home: Path, asked: list[Any]
) -> None:
    there = mirror.fetch()
    (there / "images" / "0.png").unlink()
    mirror.deliver()
    assert asked[-1] == Removed("dataset", "images/0.png")
    assert content(home) == content(there)


def test_what_a_lost_worker_began_to_write_is_overwritten(home: Path) -> None:
    desk = Desk({"dataset": Place(folder=home, writable=True)})
    desk.answer(Delivered("dataset", "captures.jsonl", 4, b"two and more\n", last=False))
    desk.answer(Delivered("dataset", "captures.jsonl", 4, b"other\n", last=True))
    assert (home / "captures.jsonl").read_text() == "one\nother\n"
    desk.answer(Delivered("dataset", "card.json", 0, b"half", last=False))
    assert (home / "card.json").read_text() == "{}", "a file is replaced when it is whole"


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_a_path_that_leads_outside_is_refused(home: Path, name: str) -> None:
    desk = Desk({"dataset": Place(folder=home, writable=True)})
    for question in (
        Wanted("dataset", name, 0),
        Delivered("dataset", name, 0, b"", last=True),
        Removed("dataset", name),
    ):
        with pytest.raises(JobError, match="leads out"):
            desk.answer(question)


def test_a_worker_cannot_write_where_it_may_only_read(home: Path) -> None:
    desk = Desk({"task": Place(folder=home, task=True)})
    with pytest.raises(JobError, match="must not"):
        desk.answer(Delivered("task", "card.json", 0, b"x", last=True))
    with pytest.raises(JobError, match="must not"):
        desk.answer(Removed("task", "card.json"))


def test_models_data_sets_and_hidden_files_of_a_task_stay(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "models" / "old").mkdir(parents=True)
    (home / "models" / "old" / "network.tflite").write_bytes(b"stays")
    (home / ".hidden").write_text("stays")
    desk = Desk({"task": Place(folder=home, task=True)})
    names = [name for name, _ in desk.answer(Listed("task"))]
    assert names == ["captures.jsonl", "card.json", "images/0.png"]
    monkeypatch.setattr(module, "LARGEST", 1000)
    with pytest.raises(JobError, match="Keep data sets"):
        desk.answer(Listed("task"))


def test_progress_is_passed_on(home: Path) -> None:
    told: list[Any] = []
    desk = Desk({}, lambda *words: told.append(words))
    desk.answer(Told("collect", 3, 9, "note"))
    assert told == [("collect", 3, 9, "note")]
