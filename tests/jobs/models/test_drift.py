from __future__ import annotations

import numpy as np
import pytest

from pregrasp.jobs.models.drift import DriftLimits, watch_drift
from pregrasp.runlog.run_record import RunRecord

MODEL = "f69ab63d6fda" + "0" * 52


def record(number: int, agreement: float | None, result: str = "success") -> RunRecord:
    return RunRecord(
        id=f"r{number:05d}",
        started=f"2026-05-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}+00:00",
        task="board",
        tree="t",
        command="grasp",
        cell="simulated cell",
        model=MODEL[:12],
        labels={},
        result=result,
        reason="",
        node="",
        duration_s=1.0,
        ticks=1,
        moves=1,
        last_translation_mm=0.05,
        last_rotation_deg=0.01,
        agreement=agreement,
        errors=0,
        note="",
        files=(),
    )


def runs(agreements: list[float], refused: set[int] = frozenset()) -> list[RunRecord]:  # type: ignore[assignment]
    return [
        record(i, value, "refused" if i in refused else "success")
        for i, value in enumerate(agreements)
    ]


def around(rng: np.random.Generator, mean: float, count: int) -> list[float]:
    return [float(value) for value in rng.normal(mean, 0.05, count)]


def test_too_few_runs_say_nothing() -> None:
    drift = watch_drift(runs([0.7] * 50), MODEL)
    assert (drift.agreement, drift.refusals, drift.warns) == (None, None, False)


def test_a_part_that_agrees_less_and_less_is_noticed_long_before_it_is_refused() -> None:
    rng = np.random.default_rng(1)
    good = around(rng, 0.74, 150)
    fading = [float(v) for v in np.linspace(0.74, 0.45, 150) + rng.normal(0, 0.05, 150)]
    drift = watch_drift(runs(good + fading), MODEL)
    assert drift.agreement is not None
    assert drift.warns
    first = int(drift.agreement.first_warning[1:])
    assert 150 < first < 200, "the gate of this model is 0.38, which is never reached here"


def test_a_single_refusal_is_no_drift_and_several_are() -> None:
    steady = [0.7 + 0.01 * (i % 5) for i in range(200)]
    assert not watch_drift(runs(steady, {120}), MODEL).warns
    drift = watch_drift(runs(steady, {150, 160, 165, 170, 180, 190, 199}), MODEL)
    assert drift.refusals is not None
    assert drift.refusals.warns
    assert int(drift.refusals.first_warning[1:]) == 180
    assert drift.agreement is not None
    assert not drift.agreement.warns
    assert drift.refused == 7


def test_a_warning_ends_when_the_cell_is_as_it_was() -> None:
    rng = np.random.default_rng(2)
    values = around(rng, 0.7, 100) + around(rng, 0.6, 60) + around(rng, 0.7, 100)
    drift = watch_drift(runs(values), MODEL)
    assert drift.agreement is not None
    assert drift.agreement.first_warning
    assert not drift.agreement.warns


def test_runs_of_other_models_and_cancelled_ones_do_not_count() -> None:
    import dataclasses

    mixed = runs([0.7] * 60)
    other = [dataclasses.replace(r, id=f"o{r.id}", model="0" * 12) for r in mixed]
    cancelled = [record(1000 + i, 0.1, "cancelled") for i in range(30)]
    drift = watch_drift([*other, *cancelled, *reversed(mixed)], MODEL)
    assert drift.runs == 60
    assert not drift.warns


def test_false_alarms_are_rare() -> None:
    """300 cells without drift, 100 runs each after the reference."""
    rng = np.random.default_rng(3)
    alarms = {"agreement": 0, "refusals": 0}
    for _ in range(300):
        refused = set(np.flatnonzero(rng.random(150) < 0.01).tolist())
        drift = watch_drift(runs(around(rng, 0.74, 150), refused), MODEL)
        for chart in (drift.agreement, drift.refusals):
            if chart is not None:
                alarms[chart.name] += bool(chart.first_warning)
    assert alarms["agreement"] <= 60
    assert alarms["refusals"] <= 12


@pytest.mark.parametrize(
    "wrong", [{"reference": 5}, {"weight": 0.0}, {"refusal_rate": 1.0}, {"rise": 1.0}]
)
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        DriftLimits(**wrong)  # type: ignore[arg-type]
