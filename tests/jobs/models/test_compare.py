from __future__ import annotations

from pathlib import Path

import pytest

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.jobs.models.compare import compare
from pregrasp.jobs.models.errors import ModelStoreError
from pregrasp.jobs.models.refresh import is_better
from pregrasp.task import Tolerance


def test_two_models_are_asked_about_the_same_captures(
    dataset: Path, trained: tuple[Path, Path]
) -> None:
    told: list[float] = []
    result = compare(
        "tile",
        trained,
        dataset,
        wanted=lambda record: record.index % 4 == 0 or record.index >= 30,
        report_progress=lambda stage, done, total, note="": told.append(done),
    )
    first, second = result.models
    assert len(first.estimates) == len(second.estimates) == 10, "the bare table is left out"
    assert told == list(range(11))
    assert first.card.name != second.card.name
    assert first.learned_from
    for answers in result.models:
        assert answers.trusted >= 9
        assert answers.translation_mm.median is not None
        assert answers.translation_mm.median < 0.1
    assert result.difference_mm.max is not None
    assert 0.0 < result.difference_mm.max < 1.0
    assert result.to_json()["models"][0]["captures"] == 10


def test_a_model_is_not_better_than_itself_by_accident_but_good_enough(
    dataset: Path, trained: tuple[Path, Path]
) -> None:
    result = compare("tile", (trained[0], trained[0]), dataset, wanted=lambda r: r.index < 5)
    assert is_better(*result.models, Tolerance(translation=1e-5, rotation=1e-5))
    assert result.difference_mm.max == pytest.approx(0.0, abs=1e-9)


def test_captures_of_another_task_are_refused(dataset: Path, trained: tuple[Path, Path]) -> None:
    with pytest.raises(ModelStoreError, match="is of task 'tile', expected 'lid'"):
        compare("lid", trained, dataset)


def test_nothing_to_compare_on_is_an_error(dataset: Path, trained: tuple[Path, Path]) -> None:
    with pytest.raises(ModelStoreError, match="no capture in it"):
        compare("tile", trained, dataset, wanted=lambda record: False)


def test_a_comparison_can_be_stopped(dataset: Path, trained: tuple[Path, Path]) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        compare("tile", trained, dataset, token=token)
