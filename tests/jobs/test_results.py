import json
from pathlib import Path

import pytest

from pregrasp.jobs.errors import ResultFileError
from pregrasp.jobs.results import Spread, rounded, write_json


def test_a_spread_of_nothing_has_no_numbers() -> None:
    assert Spread.of([]).to_json(3) == {"median": None, "p95": None, "p99": None, "max": None}


def test_a_spread_orders_its_numbers() -> None:
    spread = Spread.of([float(value) for value in range(101)])
    assert (spread.median, spread.p95, spread.p99, spread.max) == (50.0, 95.0, 99.0, 100.0)


def test_infinity_does_not_get_into_a_file() -> None:
    assert rounded(float("inf"), 3) is None


def test_a_result_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "result.json"
    write_json(path, {"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}
    assert [file.name for file in path.parent.iterdir()] == ["result.json"]


def test_a_result_that_cannot_be_written_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultFileError, match=r"result\.json: cannot be written"):
        write_json(tmp_path / "file" / "result.json", {})
