"""Is the cell drifting away from its model? Two control charts over the index of runs.

A lens gets dirty, a lamp ages, a supplier changes the print: long before a grasp goes wrong,
the model agrees less with what it sees, and later it refuses more often. Both are watched, run
by run, against the first runs with the same model:

* **agreement** of the last picture of every run that was not refused: an exponentially
  weighted moving average (EWMA; Roberts 1959), ``z = w x + (1 - w) z``, which warns below
  ``mean - width sigma sqrt(w / (2 - w) (1 - (1 - w)^2t))``. Good at small, lasting shifts.
* **refusals**: a cumulative sum of log likelihood ratios (Bernoulli CUSUM; Reynolds and
  Stoumbos 1999) of a rate that has risen to ``rise`` times the accepted one, which warns above
  ``decision``. Good at rare events, for which a rate over a window is too coarse.

A warning asks for a look and for ``pregrasp models refresh``; it stops nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pregrasp.jobs.results import rounded
from pregrasp.perception.model_folder import SHORT
from pregrasp.runlog.run_record import RunRecord

REFUSED = "refused"
GRASPS = ("success", REFUSED, "failure")
"""Results of runs that count; a run that was cancelled says nothing about the part."""

LEAST_SIGMA = 0.005
"""Agreement that hardly scatters in the first runs must not make the chart hysterical."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DriftLimits:
    """What the charts compare with, and when they warn."""

    reference: int = 50
    """So many of the first runs with a model say what is normal."""
    weight: float = 0.1
    """Of the newest run in the average, 0 to 1."""
    width: float = 3.0
    """Of the average's band, in its standard deviations."""
    refusal_rate: float = 0.02
    """Share of refusals that is nobody's concern, even if the first runs had fewer."""
    rise: float = 3.0
    """The rise of the refusals that must not be missed, as a factor."""
    decision: float = 4.0
    """Sum of log likelihood ratios at which to warn."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.reference < 10:
            raise ValueError("reference must be at least 10 runs")
        if not 0.0 < self.weight <= 1.0 or self.width <= 0.0 or self.decision <= 0.0:
            raise ValueError("weight must be in (0, 1]; width and decision must be positive")
        if not 0.0 < self.refusal_rate < 1.0 or self.rise <= 1.0:
            raise ValueError("refusal_rate must be between 0 and 1, and rise above 1")


@dataclass(frozen=True, slots=True)
class Chart:
    """One control chart, run by run after the reference."""

    name: str
    """What is watched."""
    normal: float
    """What it was in the reference."""
    values: tuple[float, ...]
    """The statistic after every run."""
    limit: float
    """The statistic warns beyond this; for the average, where the band settles."""
    first_warning: str
    """Name of the run at which it first went beyond; empty if it never did."""
    warns: bool
    """Whether it is beyond now."""

    def to_json(self) -> dict[str, Any]:
        """The chart with its latest value only."""
        return {
            "normal": rounded(self.normal, 4),
            "now": rounded(self.values[-1], 4) if self.values else None,
            "limit": rounded(self.limit, 4),
            "warns": self.warns,
            "first_warning": self.first_warning,
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """How the runs with a model have gone."""

    model: str
    """First digits of its name."""
    runs: int
    """How many runs with it are known."""
    refused: int
    """How many of them ended in a refusal."""
    reference: int
    """How many of the first ones say what is normal."""
    agreement: Chart | None
    """None as long as there are too few runs."""
    refusals: Chart | None
    """The same."""

    @property
    def warns(self) -> bool:
        """Whether a chart is beyond its limit now."""
        return any(chart.warns for chart in (self.agreement, self.refusals) if chart is not None)

    def to_json(self) -> dict[str, Any]:
        """The figures."""
        charts = {"agreement": self.agreement, "refusals": self.refusals}
        return {
            "model": self.model,
            "runs": self.runs,
            "refused": self.refused,
            "reference_runs": self.reference,
            "warns": self.warns,
            **{name: chart and chart.to_json() for name, chart in charts.items()},
        }


def watch_drift(
    records: Iterable[RunRecord], model: str, limits: DriftLimits | None = None
) -> Drift:
    """Look at all runs with a model, in the order in which they began.

    Args:
        records: Of one task, in any order; those of other models are left out.
        model: Name of the model.
        limits: What to compare with.
    """
    limits = limits or DriftLimits()
    short = model[:SHORT]
    chosen = [r for r in records if r.model[:SHORT] == short and r.result in GRASPS]
    chosen.sort(key=lambda record: (record.started, record.id))
    refused = sum(record.result == REFUSED for record in chosen)
    agreement = refusals = None
    if len(chosen) > limits.reference:
        refusals = _refusal_chart(chosen, limits)
        seen = [r for r in chosen if r.result != REFUSED and r.agreement is not None]
        if len(seen) > limits.reference:
            agreement = _agreement_chart(seen, limits)
    return Drift(short, len(chosen), refused, limits.reference, agreement, refusals)


def _agreement_chart(records: Sequence[RunRecord], limits: DriftLimits) -> Chart:
    samples = np.array([record.agreement for record in records], np.float64)
    normal = samples[: limits.reference]
    mean, sigma = float(normal.mean()), max(float(normal.std(ddof=1)), LEAST_SIGMA)
    w = limits.weight
    settled = limits.width * sigma * math.sqrt(w / (2.0 - w))
    average, values, first = mean, [], ""
    beyond = False
    for t, (record, sample) in enumerate(
        zip(records[limits.reference :], samples[limits.reference :], strict=True), start=1
    ):
        average = w * float(sample) + (1.0 - w) * average
        values.append(average)
        beyond = average < mean - settled * math.sqrt(1.0 - (1.0 - w) ** (2 * t))
        first = first or (record.id if beyond else "")
    return Chart("agreement", mean, tuple(values), mean - settled, first, beyond)


def _refusal_chart(records: Sequence[RunRecord], limits: DriftLimits) -> Chart:
    refused = [record.result == REFUSED for record in records]
    # Jeffreys' estimate: no refusal in a few runs does not mean that there never is one.
    counted = (sum(refused[: limits.reference]) + 0.5) / (limits.reference + 1.0)
    normal = min(max(counted, limits.refusal_rate), 0.9 / limits.rise)
    risen = limits.rise * normal
    steps = {True: math.log(risen / normal), False: math.log((1.0 - risen) / (1.0 - normal))}
    total, values, first = 0.0, [], ""
    for record, was_refused in zip(
        records[limits.reference :], refused[limits.reference :], strict=True
    ):
        total = max(0.0, total + steps[was_refused])
        values.append(total)
        first = first or (record.id if total > limits.decision else "")
    beyond = total > limits.decision
    return Chart("refusals", normal, tuple(values), limits.decision, first, beyond)
