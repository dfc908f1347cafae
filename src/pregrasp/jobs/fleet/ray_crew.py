"""Workers that are actors of a Ray cluster, or of Ray on this machine.

Every node needs the same version of pregrasp; everything else travels with the work.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from importlib import metadata
from types import TracebackType
from typing import Any, Self

from pregrasp.errors import PregraspError
from pregrasp.jobs.fleet.errors import ClusterError
from pregrasp.jobs.fleet.one_core import ONE_CORE
from pregrasp.jobs.fleet.sharing import Answer, Asked, Done, Lost, Ready, Refused, Worker

LOCAL = "local"
"""Starts Ray on this machine, for as long as the work takes."""

VERSION = metadata.version("pregrasp")


class RayCrew:
    """Actors on a cluster, each with a worker; a context manager that ends them.

    Args:
        address: ``local``, ``auto`` for a cluster that this machine is part of, or where the
            head of a cluster listens: ``10.0.0.5:6379``, ``ray://10.0.0.5:10001``.
        open_worker: Makes a worker, in its process; must be picklable.
        workers: How many CPUs Ray takes of this machine, if it is started here.

    Raises:
        ClusterError: There is no cluster there, or Ray is not installed.
    """

    def __init__(
        self, address: str, open_worker: Callable[[], Worker[Any, Any]], workers: int
    ) -> None:
        self._ray = _import_ray()
        self._started = not self._ray.is_initialized()
        if self._started:
            _connect(self._ray, address, workers)
        self._open_worker = self._ray.put(open_worker)
        # An actor that is lost is replaced here, where the work it had is known.
        self._actor = self._ray.remote(
            num_cpus=1,
            max_restarts=0,
            max_task_retries=0,
            runtime_env={"env_vars": ONE_CORE},
        )(_Actor)
        self._busy: dict[Any, Any] = {}
        self._actors: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every actor, and Ray if it was started here."""
        for actor in self._actors:
            self._ray.kill(actor)
        self._actors.clear()
        self._busy.clear()
        if self._started:
            self._ray.shutdown()

    @property
    def cpus(self) -> int:
        """How many the cluster has."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def hire(self) -> Any:
        """Ask for an actor; the cluster decides where it lives."""
        actor = self._actor.remote(VERSION)
        self._actors.append(actor)
        self._busy[actor.ready.remote()] = actor
        return actor

    def give(self, member: Any, work: Any) -> None:
        """Let an actor begin."""
        self._busy[member.do.remote(self._open_worker, work)] = member

    def reply(self, member: Any, answer: Any) -> None:
        """Answer what an actor has asked."""
        self._busy[member.reply.remote(answer)] = member

    def wait(self, timeout: float) -> list[tuple[Any, Answer]]:
        """What actors have answered, or how they ended."""
        ready, _ = self._ray.wait(list(self._busy), num_returns=1, timeout=timeout)
        return [(self._busy.pop(answer), self._answer(answer)) for answer in ready]

    def dismiss(self, member: Any) -> None:
        """Forget an actor that is gone."""
        self._actors.remove(member)

    def _answer(self, reference: Any) -> Answer:
        from ray.exceptions import RayError, RayTaskError

        try:
            answer: Answer = self._ray.get(reference)
        except RayTaskError as error:
            return Refused(f"a worker of the cluster failed: {error.cause}")
        except RayError as error:
            words = str(error).strip().splitlines()
            return Lost(words[0] if words else type(error).__name__)
        return answer


class _Actor:
    """Lives in a process of the cluster.

    An actor answers calls, and never asks. So the work is done on a thread, and every call gives
    back what that has to say next: a question, or the result.
    """

    def __init__(self, version: str) -> None:
        self._version = version
        self._worker: Worker[Any, Any] | None = None
        self._said: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._heard: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ready(self) -> Answer:
        """Lives: the cluster had room for it."""
        return Ready()

    def do(self, open_worker: Callable[[], Worker[Any, Any]], work: Any) -> Answer:
        """Begin a piece of work."""
        if self._version != VERSION:
            return Refused(
                f"a node of the cluster has pregrasp {VERSION}, expected {self._version}. "
                "Install the same version everywhere."
            )
        threading.Thread(target=self._do, args=(open_worker, work), daemon=True).start()
        return self._said.get()

    def reply(self, answer: Any) -> Answer:
        """Go on with the answer to a question."""
        self._heard.put(answer)
        return self._said.get()

    def _do(self, open_worker: Callable[[], Worker[Any, Any]], work: Any) -> None:
        try:
            if self._worker is None:
                self._worker = open_worker()
            self._said.put(Done(self._worker.do(work, self._ask)))
        except PregraspError as error:
            self._said.put(Refused(str(error)))
        except Exception as error:
            self._said.put(Refused(f"a worker of the cluster failed: {error!r}"))

    def _ask(self, question: Any) -> Any:
        self._said.put(Asked(question))
        return self._heard.get()


def _import_ray() -> Any:
    # Ray tells its makers how it is used unless told not to, and warns of its own future.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise ClusterError(
            "a cluster needs Ray, which is not installed: pip install 'pregrasp[fleet]'"
        ) from error
    return ray


def _connect(ray: Any, address: str, workers: int) -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": False}
    try:
        if address == LOCAL:
            ray.init(address=LOCAL, num_cpus=workers, include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        words = str(error).strip().splitlines()
        raise ClusterError(
            f"the cluster {address!r} cannot be reached: {words[0] if words else error}. Start "
            "one with `ray start --head`, or use --cluster local."
        ) from error
