from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pregrasp.cli.application import application
from pregrasp.cli.runs import parse_since
from pregrasp.errors import PregraspError

NOW = datetime.datetime(2026, 5, 10, 12, tzinfo=datetime.UTC)


def runs(log: Path, *arguments: str) -> Result:
    environment = {**os.environ, "COLUMNS": "160"}
    return CliRunner().invoke(application, ["runs", *arguments, "--log", str(log)], env=environment)


def test_runs_are_listed_and_filtered(logged: Path) -> None:
    records = json.loads(runs(logged, "--json").stdout)
    assert [record["result"] for record in records] == ["success", "refused", "success"]
    refused = json.loads(runs(logged, "--json", "--result", "refused").stdout)
    assert [record["reason"] for record in refused] == ["no part in view"]
    assert json.loads(runs(logged, "--json", "--task", "nothing").stdout) == []
    assert len(json.loads(runs(logged, "--json", "--since", "1h").stdout)) == 3


def test_a_run_is_shown_with_its_tree_its_estimates_and_its_reason(logged: Path) -> None:
    (refused,) = json.loads(runs(logged, "--json", "--result", "refused").stdout)
    told = json.loads(runs(logged, "show", refused["id"], "--json").stdout)
    assert told["end"]["reason"] == "no part in view"
    assert [estimate["trusted"] for estimate in told["estimates"]] == [False]
    assert runs(logged, "show", refused["files"][0]).exit_code == 0


def test_a_note_is_written(logged: Path) -> None:
    assert runs(logged, "note", "last", "part was oily").exit_code == 0
    assert json.loads(runs(logged, "--json", "-n", "1").stdout)[0]["note"] == "part was oily"


def test_runs_are_summed_up_and_drawn(logged: Path, tmp_path: Path) -> None:
    picture = tmp_path / "pictures" / "times.svg"
    done = runs(logged, "stats", "--json", "--svg", str(picture))
    told = json.loads(done.stdout)
    assert told["runs"] == 3
    assert told["results"] == {"success": 2, "refused": 1}
    assert picture.read_text().startswith("<svg")
    (verify,) = [node for node in told["nodes"] if node["path"].endswith("verify_grasp")]
    assert (verify["runs"], verify["success_rate"]) == (2, 1.0)


def test_the_index_is_exported(logged: Path, tmp_path: Path) -> None:
    table = tmp_path / "runs.csv"
    assert runs(logged, "export", "--csv", str(table)).exit_code == 0
    assert len(table.read_text().splitlines()) == 4
    assert runs(logged, "export").exit_code == 2


def test_a_run_is_fed_to_py_trees_js(logged: Path) -> None:
    lines = runs(logged, "feed", "last").stdout.splitlines()
    assert json.loads(lines[-1])["behaviours"]


@pytest.mark.parametrize("arguments", [["--result", "fine"], ["--since", "yesterday"]])
def test_a_filter_that_makes_no_sense_is_wrong_usage(logged: Path, arguments: list[str]) -> None:
    assert runs(logged, *arguments).exit_code == 2


def test_a_folder_without_an_index_is_an_error_that_helps(tmp_path: Path) -> None:
    error = runs(tmp_path).exception
    assert isinstance(error, PregraspError)
    assert "Give the folder by --log" in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", NOW - datetime.timedelta(minutes=90)),
        ("7d", NOW - datetime.timedelta(days=7)),
        ("2026-05-01", datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)),
        ("2026-05-01T14:30", datetime.datetime(2026, 5, 1, 14, 30, tzinfo=datetime.UTC)),
    ],
)
def test_moments_are_understood(text: str, expected: datetime.datetime) -> None:
    assert parse_since(text, NOW) == expected
