"""How much faster are two workers than one, by processes and by Ray?

    python -m benchmarks.fleet --episodes 24

Workers are warm before the clock starts: what is measured is the episodes, not the start. A
worker of a fleet keeps to one core; what one alone reaches with all threads is told as well.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from functools import partial
from unittest.mock import patch

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.fleet.crews import open_crew
from pregrasp.jobs.fleet.episode_worker import (
    EpisodeWork,
    EpisodeWorker,
    StationPlan,
    answer_about,
)
from pregrasp.jobs.fleet.one_core import ONE_CORE
from pregrasp.jobs.fleet.sharing import share
from pregrasp.task import find_task


def rate(cluster: str | None, workers: int, episodes: int) -> float:
    """Episodes a second."""
    plan = StationPlan.of(find_task("circuit_board"), None)

    def works(first: int, count: int) -> list[EpisodeWork]:
        return [
            EpisodeWork(stations=0, index=i, seed=7, condition="nominal")
            for i in range(first, first + count)
        ]

    warm = 2 * workers
    with open_crew(cluster, partial(EpisodeWorker, (plan,)), workers) as crew:
        began, count = 0.0, 0
        asked = answer_about([plan])
        shared = share(crew, works(0, warm + episodes), workers, CancelToken(), answer=asked)
        for number, _ in enumerate(shared, start=1):
            if number == warm:
                began = time.perf_counter()
            count = number - warm
        return count / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=24)
    parser.add_argument("--ray", action="store_true", help="measure Ray as well")
    chosen = parser.parse_args()
    told: dict[str, object] = {"load_before": os.getloadavg()[0], "cpus": os.cpu_count()}
    with patch.dict(os.environ, dict.fromkeys(ONE_CORE, str(os.cpu_count()))):
        told["one_worker_with_all_threads_per_s"] = round(rate(None, 1, chosen.episodes), 3)
    for cluster in (None, "local") if chosen.ray else (None,):
        one, two = (rate(cluster, workers, chosen.episodes) for workers in (1, 2))
        name = "ray" if cluster else "processes"
        told[name] = {
            "one_worker_per_s": round(one, 3),
            "two_workers_per_s": round(two, 3),
            "ratio": round(two / one, 2),
        }
    told["load_after"] = os.getloadavg()[0]
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
