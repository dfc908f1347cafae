"""One door to all places where workers can live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pregrasp.jobs.fleet.processes import ProcessCrew
from pregrasp.jobs.fleet.ray_crew import RayCrew
from pregrasp.jobs.fleet.sharing import Worker


def open_crew(
    cluster: str | None, open_worker: Callable[[], Worker[Any, Any]], workers: int
) -> ProcessCrew | RayCrew:
    """Processes of this machine, or actors of a cluster.

    Args:
        cluster: Address of a Ray cluster, or ``local``; None for plain processes.
        open_worker: Makes a worker, in its process; must be picklable.
        workers: How many there will be, for Ray that is started here.

    Raises:
        ClusterError: There is no such cluster, or Ray is not installed.
    """
    if cluster is None:
        return ProcessCrew(open_worker)
    return RayCrew(cluster, open_worker, workers)
