from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.fleet.errors import WorkerLostError
from pregrasp.jobs.fleet.processes import ProcessCrew
from pregrasp.jobs.fleet.sharing import share


@pytest.fixture
def squares(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The worker's module under a name that other processes can import."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=":")
    specification = importlib.util.spec_from_file_location(
        "squarer", Path(__file__).with_name("squarer.py")
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "squarer", module)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def crew(squares: ModuleType) -> Iterator[ProcessCrew]:
    with ProcessCrew(squares.Squarer) as opened:
        yield opened
    assert opened.pids == ()


def test_results_come_whoever_does_the_work(squares: ModuleType, crew: ProcessCrew) -> None:
    works = [squares.Sum(number) for number in range(10)]
    found = {w.number: result for w, result in share(crew, works, 2, CancelToken())}
    assert found == {number: number**2 for number in range(10)}
    assert len(crew.pids) == 2


def test_a_worker_chooses_its_threads_before_its_libraries_load(
    squares: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LP_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    with ProcessCrew(squares.Teller) as crew:
        works = ["as it loaded", "OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"]
        told = dict(share(crew, works, 1, CancelToken()))
    assert told == {
        "as it loaded": "0",
        "OMP_NUM_THREADS": "3",
        "OPENCV_FOR_THREADS_NUM": "1",
    }
    assert "LP_NUM_THREADS" not in os.environ


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(
    squares: ModuleType, crew: ProcessCrew, tmp_path: Path
) -> None:
    works = [squares.Sum(n, tmp_path / f"{n}" if n in (0, 3) else None) for n in range(6)]
    told: list[str] = []
    found = dict(share(crew, works, 2, CancelToken(), on_lost=told.append))
    assert sorted(found.values()) == [0, 1, 4, 9, 16, 25]
    assert sorted(words.partition(":")[0] for words in told) == ["square of 0", "square of 3"]
    assert "signal 9" in told[0]


def test_work_that_kills_every_worker_is_given_up_with_a_clear_error(
    squares: ModuleType, crew: ProcessCrew
) -> None:
    works = [squares.Sum(1), squares.Sum(2, always_dies=True)]
    with pytest.raises(WorkerLostError, match=r"square of 2: 3 workers .* signal 9.*memory"):
        list(share(crew, works, 1, CancelToken()))


def test_work_that_cannot_be_done_is_not_tried_again(
    squares: ModuleType, crew: ProcessCrew
) -> None:
    with pytest.raises(JobError, match="7 is not squared here"):
        list(share(crew, [squares.Sum(7, refuses=True)], 1, CancelToken()))


def test_a_cancelled_token_ends_the_sharing(squares: ModuleType, crew: ProcessCrew) -> None:
    token = CancelToken()
    found = []
    for work, result in share(crew, [squares.Sum(n) for n in range(1000)], 1, token):
        found.append((work, result))
        token.cancel()
    assert len(found) == 1


def test_a_worker_asks_whoever_shares_the_work(squares: ModuleType, crew: ProcessCrew) -> None:
    asked: list[tuple[int, int]] = []

    def answer(work: Any, question: int) -> int:
        asked.append((work.number, question))
        return 100

    works = [squares.Sum(n, asks=True) for n in range(5)]
    shared = share(crew, works, 2, CancelToken(), answer=answer)
    assert {w.number: result for w, result in shared} == {n: 100 * n for n in range(5)}
    assert sorted(asked) == [(n, n) for n in range(5)]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_node_of_a_cluster_that_dies_costs_nothing(squares: ModuleType, tmp_path: Path) -> None:
    """Two Ray nodes on this machine; the second is killed while both work."""
    pytest.importorskip("ray", reason="the extra fleet is not installed")
    import ray
    from ray.cluster_utils import Cluster

    from pregrasp.jobs.fleet.ray_crew import RayCrew

    try:
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    except Exception as error:  # whatever keeps Ray from starting is not ours
        pytest.skip(f"Ray does not start here: {error}")
    try:
        second = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
        works = [
            squares.Sum(n, tmp_path / "killed" if n == 2 else None, asks=n % 2 == 0)
            for n in range(8)
        ]
        told: list[str] = []
        with RayCrew("auto", squares.Squarer, 2) as crew:
            found = []
            shared = share(
                crew,
                works,
                2,
                CancelToken(),
                answer=lambda work, question: question,
                on_lost=told.append,
            )
            for _, result in shared:
                found.append(result)
                if len(found) == 4:
                    cluster.remove_node(second, allow_graceful=False)
        assert sorted(found) == [n**2 for n in range(8)]
        assert told, "the worker that was killed was noticed"
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call]
