from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pregrasp.frames import MotionCommand
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.errors import LogFileError
from pregrasp.runlog.index import FILE, RunIndex
from pregrasp.runlog.message import Message
from pregrasp.runlog.repair import Repair, repair_index
from pregrasp.runlog.run_log import RunLog
from pregrasp.runlog.run_record import RunRecord
from pregrasp.runlog.schemas import EVENTS
from pregrasp.runlog.segment import BEGUN, Segment
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import find_task
from pregrasp.trees import Event, Runner, load_tree

Grasp = Callable[..., list[Message]]


def runs(folder: Path) -> list[RunRecord]:
    with RunIndex(folder) as index:
        return index.find()


def break_off(folder: Path, messages: list[Message], count: int) -> str:
    """A log as a killed process leaves it: the file breaks off, its lock is gone."""
    log = RunLog(folder)
    for message in messages[:count]:
        log.receive(message)
    log.idle()
    assert log._segment is not None
    log._segment.abandon()
    return log.run


def test_a_run_that_was_killed_is_cut_short_with_all_its_log_tells(
    tmp_path: Path, grasp_messages: Grasp
) -> None:
    messages = grasp_messages()
    second = [n for n, message in enumerate(messages) if message.type == "estimate"][1]
    run = break_off(tmp_path, messages, second + 1)
    assert [record.result for record in runs(tmp_path)] == ["unfinished"]
    log = RunLog(tmp_path)
    log.close()
    assert log.found == Repair(cut_short=(run,))
    assert list(log.found.sentences()) == [f"found a run that was cut short: {run}"]
    (record,) = runs(tmp_path)
    assert (record.result, record.moves) == ("cut_short", 1)
    assert record.reason == "the program ended before the run did"
    assert record.ticks is not None
    assert record.duration_s is not None
    assert repair_index(tmp_path) == Repair(), "there is nothing left to do"


def test_a_run_under_way_is_left_alone(tmp_path: Path, grasp_messages: Grasp) -> None:
    log = RunLog(tmp_path)
    messages = grasp_messages()
    for message in messages[:-1]:
        log.receive(message)
    assert repair_index(tmp_path) == Repair()
    assert runs(tmp_path)[0].result == "unfinished"
    log.receive(messages[-1])
    log.close()
    assert runs(tmp_path)[0].result == "success"


def test_a_log_whose_first_moment_was_the_last_is_found(
    tmp_path: Path, grasp_messages: Grasp
) -> None:
    run = break_off(tmp_path, grasp_messages(), 1)
    (tmp_path / FILE).unlink()
    assert repair_index(tmp_path) == Repair(cut_short=(run,), added=(run,))
    (record,) = runs(tmp_path)
    assert (record.id, record.task, record.tree) == (run, "circuit_board", "two_stage_grasp")


def test_what_was_begun_and_never_written_is_removed(tmp_path: Path) -> None:
    run = "20261122T192059_568-two_stage_grasp-303441"
    killed = tmp_path / f"{run}.mcap{BEGUN}"
    killed.touch()
    under_way = Segment(tmp_path / "another.mcap", {})
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".mcap"] == []
    assert repair_index(tmp_path) == Repair()
    assert not killed.exists()
    under_way.write(EVENTS, {"type": "tree"}, 0, 0)
    under_way.flush()
    assert [path.name for path in tmp_path.iterdir()] == ["another.mcap"]
    under_way.abandon()


def test_a_file_that_holds_nothing_leaves_nothing_behind(tmp_path: Path) -> None:
    Segment(tmp_path / "run.mcap", {}).abandon()
    assert not list(tmp_path.iterdir())
    (tmp_path / "run.mcap").touch()
    with pytest.raises(FileExistsError):
        Segment(tmp_path / "run.mcap", {})


def test_an_empty_file_is_found_by_its_name(tmp_path: Path) -> None:
    run = "20261122T192059_568-two_stage_grasp-303441"
    (tmp_path / f"{run}.mcap").touch()
    (tmp_path / "something.mcap").write_bytes(b"else")
    repair_index(tmp_path)
    by_id = {record.id: record for record in runs(tmp_path)}
    assert by_id[run].started == "2026-11-22T19:20:59.568+00:00"
    assert by_id[run].tree == "two_stage_grasp"
    assert by_id["something"].result == "cut_short"


def test_the_index_is_made_anew_from_the_logs(logged: Path) -> None:
    before = runs(logged)
    with RunIndex(logged) as index:
        index.note("last", "oily")
    (logged / FILE).unlink()
    found = repair_index(logged)
    assert set(found.added) == {record.id for record in before}
    assert not found.cut_short
    assert runs(logged) == before


def test_a_damaged_index_is_kept_and_replaced(logged: Path) -> None:
    before = runs(logged)
    (logged / FILE).write_bytes(b"no database, but long enough to be looked at" * 300)
    found = repair_index(logged)
    assert found.damaged == logged / "runs.damaged-1.sqlite"
    assert next(found.sentences()).startswith("the index of runs was damaged: a new one was made")
    assert runs(logged) == before
    # Damage in the middle of the file shows itself only when all of it is read.
    data = bytearray((logged / FILE).read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    (logged / FILE).write_bytes(data)
    assert repair_index(logged).damaged == logged / "runs.damaged-2.sqlite"
    assert runs(logged) == before


def test_an_index_of_a_later_layout_is_left_alone(logged: Path) -> None:
    connection = sqlite3.connect(logged / FILE)
    connection.execute("PRAGMA user_version=7")
    connection.close()
    with pytest.raises(LogFileError, match="found layout 7"):
        repair_index(logged)
    problems: list[LogFileError] = []
    log = RunLog(logged, on_problem=problems.append)
    log.close()
    assert len(problems) == 1, "a log is kept all the same"


def test_a_folder_without_logs_stays_as_it_is(tmp_path: Path) -> None:
    assert repair_index(tmp_path) == Repair()
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_cannot_be_written_is_made_good_at_the_next_start(
    tmp_path: Path, grasp_messages: Grasp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    problems: list[LogFileError] = []
    log = RunLog(tmp_path, on_problem=problems.append)
    with monkeypatch.context() as broken:
        broken.setattr(RunIndex, "begin", full)
        for message in grasp_messages():
            log.receive(message)
    log.close()
    assert len(problems) == 1
    assert "What is missing is added when the folder is opened again" in str(problems[0])
    assert runs(tmp_path) == []
    log = RunLog(tmp_path)
    log.close()
    assert len(log.found.added) == 1
    assert [record.result for record in runs(tmp_path)] == ["success"]


def test_an_index_that_can_be_written_again_at_the_end_knows_the_run(
    tmp_path: Path, grasp_messages: Grasp, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = grasp_messages()
    log = RunLog(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(RunIndex, "begin", lambda *_: (_ for _ in ()).throw(sqlite3.Error("full")))
        log.receive(messages[0])
    for message in messages[1:]:
        log.receive(message)
    log.close()
    assert [record.result for record in runs(tmp_path)] == ["success"]


def test_a_label_holds_for_the_runs_told_after_it(tmp_path: Path) -> None:
    """Also when the encoder lags behind: the next job must not lend its name to the last."""
    task = find_task("circuit_board")
    told: list[Event] = []
    cell = IdealCell(task.taught.grasp @ MotionCommand(0.01, 0.005, 0.1))
    estimator = IdealEstimator(cell, task.taught.approach)
    tree = load_tree("two_stage_grasp")
    Runner(tree, cell, {"task": task, "estimator": estimator}, observers=[told.append]).run()
    with Broadcast([RunLog(tmp_path)], Encoder({"task": "t"})) as broadcast:
        for job in ("one", "two"):
            broadcast.label(job=job)
            for event in told:
                broadcast(event)
    assert sorted(record.labels["job"] for record in runs(tmp_path)) == ["one", "two"]
