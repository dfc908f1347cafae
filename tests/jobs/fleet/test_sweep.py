from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.jobs.errors import ConditionError
from pregrasp.jobs.fleet import sweep as module
from pregrasp.jobs.fleet.errors import SweepError
from pregrasp.jobs.fleet.sweep import EPISODES, REPORT, sweep
from pregrasp.jobs.fleet.sweep_file import SweepFile, Variant, load_sweep
from pregrasp.jobs.fleet.task_worker import Lesson
from pregrasp.perception.network import Architecture, Network
from pregrasp.task import find_task

STUDY = SweepFile(
    sweep="light", tasks=("circuit_board",), conditions=("nominal", "dim"), episodes=3
)


class Told:
    """Stands in for an episode: only its record is used here."""

    def __init__(self, index: int, condition: str) -> None:
        self._record = {
            "index": index,
            "verdict": "grasped" if condition == "nominal" else "refused",
            "false_accept": False,
            "translation_mm": 0.01 * (index + 1) if condition == "nominal" else None,
            "rotation_deg": 0.01 if condition == "nominal" else None,
        }

    def to_json(self) -> dict[str, Any]:
        return self._record


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Episodes without a simulation; notes what was asked for, and can be cut short."""
    state = SimpleNamespace(works=[], most=100)

    def run(stations: Any, works: list[Any], *rest: Any) -> Iterator[tuple[Any, Told]]:
        state.works = list(works)
        for work in reversed(works[: state.most]):
            yield work, Told(work.index, work.condition)

    monkeypatch.setattr(module, "_run", run)
    return state


def test_a_study_ends_in_one_row_for_every_condition(ran: SimpleNamespace, tmp_path: Path) -> None:
    result = sweep(STUDY, tmp_path)
    rows = result.report["rows"]
    assert [(row["condition"], row["grasped"], row["refused"]) for row in rows] == [
        ("nominal", 3, 0),
        ("dim", 0, 3),
    ]
    assert rows[0]["translation_mm"]["max"] == 0.03
    assert rows[1]["translation_mm"]["max"] is None
    assert json.loads((tmp_path / REPORT).read_text()) == result.report
    assert (result.resumed, result.missing) == (0, 0)


def test_a_study_that_was_cut_off_goes_on_and_ends_in_the_same_report(
    ran: SimpleNamespace, tmp_path: Path
) -> None:
    whole = sweep(STUDY, tmp_path / "whole").report
    ran.most = 4
    assert sweep(STUDY, tmp_path / "cut").missing == 2
    path = tmp_path / "cut" / EPISODES
    path.write_bytes(path.read_bytes()[:-7])
    ran.most = 100
    again = sweep(STUDY, tmp_path / "cut")
    assert len(ran.works) == 3, "the torn line is run again"
    assert again.resumed == 3
    assert again.report == whole


def test_a_damaged_line_is_named(ran: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / EPISODES).write_text('{"key": 1}\n')
    with pytest.raises(SweepError, match=r"line 1 of episodes\.jsonl is damaged"):
        sweep(STUDY, tmp_path)


def test_an_unknown_condition_is_refused_before_anything_runs(
    ran: SimpleNamespace, tmp_path: Path
) -> None:
    study = SweepFile(sweep="a", tasks=("circuit_board",), conditions=("dimm",))
    with pytest.raises(ConditionError, match="Did you mean 'dim'"):
        sweep(study, tmp_path)
    assert not ran.works


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sweep: a\ntasks: []\n", "must not be empty"),
        ("sweep: a b\ntasks: [x]\n", "is no name"),
        ("sweep: a\ntasks: [x]\nepisodes: 0\n", "at least 1"),
        ("sweep: a\ntasks: [x]\nvariants: {b: {capture: 3}}\n", "captures"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        load_sweep(path)


def test_trainings_are_shared_and_variants_with_as_many_captures_share_their_data_set(
    ran: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[Lesson]] = []

    def learn(lessons: Sequence[Lesson], **options: Any) -> Iterator[SimpleNamespace]:
        assert (options["workers"], options["cluster"]) == (3, "local")
        asked.append(list(lessons))
        for lesson in lessons:
            if lesson.model is not None:
                shutil.copytree(find_task("circuit_board").model_folder, lesson.model)
            yield SimpleNamespace(lesson=lesson, error="")

    monkeypatch.setattr(module, "learn", learn)
    variants = {
        "own": Variant(),
        "few": Variant(captures=9, network=Network(architecture=Architecture.FEATURES)),
        "short": Variant(captures=9, network=Network(steps=10)),
    }
    study = dataclasses.replace(STUDY, variants=variants)
    sweep(study, tmp_path, workers=3, cluster="local")
    collections, trainings = asked
    assert [lesson.train for lesson in collections] == [False]
    assert [lesson.task.network.architecture for lesson in trainings] == [
        Architecture.FEATURES,
        Architecture.VOTES,
    ]
    assert {lesson.dataset for lesson in trainings} == {collections[0].dataset}
    assert {lesson.task.collection.captures for lesson in trainings} == {9}
    sweep(study, tmp_path, workers=3, cluster="local")
    assert asked[2:] == [[], []], "what is made is made once"


def test_an_object_that_cannot_be_learned_ends_the_study_with_its_reason(
    ran: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learn(lessons: Sequence[Lesson], **options: Any) -> Iterator[SimpleNamespace]:
        for lesson in lessons:
            yield SimpleNamespace(lesson=lesson, error="no light")

    monkeypatch.setattr(module, "learn", learn)
    study = dataclasses.replace(STUDY, variants={"few": Variant(captures=9)})
    with pytest.raises(SweepError, match="circuit_board: no light"):
        sweep(study, tmp_path)
