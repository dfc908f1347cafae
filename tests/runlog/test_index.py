from __future__ import annotations

import datetime
import sqlite3
import threading
from pathlib import Path

import pytest

from pregrasp.runlog.errors import LogFileError, UnknownRunError
from pregrasp.runlog.export import COLUMNS, write_csv, write_parquet
from pregrasp.runlog.index import FILE, RunIndex


def begin(index: RunIndex, run: str, *, task: str = "plate", day: int = 1) -> None:
    index.begin(
        {
            "run": run,
            "started": f"2026-05-{day:02d}T10:00:00.000+00:00",
            "tree": "t",
            "cell": "ideal",
            "labels": {"task": task, "command": "grasp"},
        },
        [],
    )


@pytest.fixture
def index(tmp_path: Path) -> RunIndex:
    index = RunIndex(tmp_path)
    for number, task in enumerate(["plate", "board", "plate"], start=1):
        begin(index, f"2026050{number}-t-{number:02d}aa", task=task, day=number)
    return index


def test_runs_are_found_by_task_result_and_time_the_latest_first(index: RunIndex) -> None:
    assert [record.id[-4:] for record in index.find()] == ["03aa", "02aa", "01aa"]
    assert [record.id[-4:] for record in index.find(task="plate")] == ["03aa", "01aa"]
    since = datetime.datetime(2026, 5, 2, 12, tzinfo=datetime.UTC)
    assert [record.id[-4:] for record in index.find(since=since)] == ["03aa"]
    east = datetime.timezone(datetime.timedelta(hours=3))
    since = datetime.datetime(2026, 5, 2, 12, tzinfo=east)
    assert len(index.find(since=since)) == 2, "nine o'clock in Greenwich"
    assert index.find(result="success") == []
    assert len(index.find(limit=2)) == 2


def test_a_run_is_found_by_either_end_of_its_name(index: RunIndex) -> None:
    assert index.get("02aa").task == "board"
    assert index.get("20260503").task == "plate"
    assert index.get("last").id.endswith("03aa")


def test_a_run_that_is_not_there_is_an_error_that_helps(index: RunIndex) -> None:
    with pytest.raises(UnknownRunError, match="may be 3 runs"):
        index.get("aa")
    with pytest.raises(UnknownRunError, match="there is no run 'nothing'"):
        index.get("nothing")


def test_a_note_is_kept_and_removed(index: RunIndex) -> None:
    assert index.note("01aa", "part was oily").note == "part was oily"
    assert index.get("01aa").note == "part was oily"
    assert index.note("01aa", "").note == ""


def test_texts_cannot_do_anything_to_the_index(index: RunIndex) -> None:
    evil = "x'); DROP TABLE runs; --"
    begin(index, "evil", task=evil, day=9)
    index.note("evil", evil)
    assert index.find(task=evil)[0].note == evil
    assert len(index.find()) == 4


def test_several_writers_do_not_lose_lines(tmp_path: Path) -> None:
    RunIndex(tmp_path).close()

    def write(name: str) -> None:
        with RunIndex(tmp_path) as index:
            for number in range(10):
                begin(index, f"{name}-{number}")

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with RunIndex(tmp_path) as index:
        assert len(index.find()) == 30


def test_a_missing_or_strange_index_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(LogFileError, match="there is no index of runs"):
        RunIndex(tmp_path, create=False)
    assert not (tmp_path / FILE).exists()
    (tmp_path / FILE).write_bytes(b"no database, but long enough to be looked at" * 30)
    with pytest.raises(LogFileError, match="this is no index of runs"):
        RunIndex(tmp_path)


def test_an_index_of_another_layout_is_left_alone(tmp_path: Path) -> None:
    RunIndex(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("PRAGMA user_version=7")
    connection.close()
    with pytest.raises(LogFileError, match="found layout 7, expected 2"):
        RunIndex(tmp_path)


def test_an_index_of_the_first_layout_is_brought_up_to_date(tmp_path: Path) -> None:
    with RunIndex(tmp_path) as index:
        begin(index, "20260501-t-01aa")
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("ALTER TABLE runs DROP COLUMN agreement")
    connection.execute("PRAGMA user_version=1")
    connection.close()
    with RunIndex(tmp_path) as index:
        begin(index, "20260502-t-02aa")
        assert [record.agreement for record in index.find()] == [None, None]
    RunIndex(tmp_path, create=False).close()


def test_tables_for_other_programs_have_one_line_a_run(index: RunIndex, tmp_path: Path) -> None:
    import csv

    from pyarrow import parquet

    index.note("01aa", "=1+1")
    records = index.find()
    write_csv(records, tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["task"] for row in rows] == ["plate", "board", "plate"]
    assert rows[2]["note"] == "'=1+1", "a spreadsheet would compute it"
    write_parquet(records, tmp_path / "runs.parquet")
    table = parquet.read_table(tmp_path / "runs.parquet")
    assert table.column("note").to_pylist()[2] == "=1+1"
    assert str(table.schema.field("duration_s").type) == "double"


def test_a_table_that_cannot_be_written_is_an_error_with_its_name(
    index: RunIndex, tmp_path: Path
) -> None:
    for write in (write_csv, write_parquet):
        with pytest.raises(LogFileError, match="cannot be written"):
            write(index.find(), tmp_path / "nowhere" / "runs")
