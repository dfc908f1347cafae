"""What Prometheus reads: states, jobs, cycle times; and the health of the service."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from pregrasp.errors import PregraspError
from pregrasp.line.journal import JobRecord
from pregrasp.line.packml.states import STATES, State
from pregrasp.line.production import Production

BUCKETS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0)
"""Of the histogram of job times [s]."""

UNHEALTHY = (State.ABORTING, State.ABORTED)
"""States in which a person is needed."""


class Metrics:
    """Answers scrapes from what the unit knows; nothing is counted twice.

    Args:
        production: The unit.
        version: Of pregrasp.
    """

    def __init__(self, production: Production, version: str) -> None:
        # An extra of its own, so not at the top.
        from prometheus_client import CollectorRegistry, Histogram

        self._production = production
        self._version = version
        self._began = time.monotonic()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._seconds = Histogram(
            "pregrasp_job_seconds",
            "From start to standstill of a job, in real time.",
            buckets=BUCKETS,
            registry=self._registry,
        )
        production.listen(self._heard)

    def _heard(self, record: JobRecord) -> None:
        if record.result is not None and record.result.timings.total > 0.0:
            self._seconds.observe(record.result.timings.total)

    def collect(self) -> Iterable[Any]:
        """The metrics as they are now; called by the registry."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        production = self._production
        state = GaugeMetricFamily(
            "pregrasp_state", "1 for the PackML state the unit is in.", labels=["state"]
        )
        for known in STATES:
            state.add_metric([known.name.lower()], float(production.unit.state is known))
        yield state
        jobs = CounterMetricFamily(
            "pregrasp_jobs", "Jobs that ended, by outcome, over all restarts.", labels=["outcome"]
        )
        for outcome, count in dict(production.counts).items():
            jobs.add_metric([outcome.value], float(count))
        yield jobs
        try:
            pending = production.journal.pending()
        except PregraspError:
            pass  # health tells
        else:
            yield GaugeMetricFamily("pregrasp_jobs_pending", "Jobs that wait.", value=pending)
        yield GaugeMetricFamily(
            "pregrasp_starved", "1 while the unit waits for jobs.", value=production.starved
        )
        yield GaugeMetricFamily(
            "pregrasp_uptime_seconds", "Since the start.", value=time.monotonic() - self._began
        )
        info = GaugeMetricFamily("pregrasp_info", "1.", labels=["version", "cell"])
        info.add_metric([self._version, production.cell.name], 1.0)
        yield info

    def text(self) -> bytes:
        """In Prometheus' text format."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)

    def health(self) -> tuple[bool, dict[str, object]]:
        """Whether the service can do its work, and what there is to know about it."""
        production = self._production
        unit = production.unit
        try:
            pending: int | None = production.journal.pending()
            journal = "ok"
        except PregraspError as error:
            pending, journal = None, str(error)
        alive = unit.alive
        return alive and journal == "ok", {
            "alive": alive,
            "needs_a_person": unit.state in UNHEALTHY,
            "state": unit.state.name.lower(),
            "mode": unit.mode.name.lower(),
            "reason": unit.reason.text,
            "running": production.running,
            "pending": pending,
            "journal": journal,
            "interrupted": [record.job_id for record in production.interrupted],
        }
