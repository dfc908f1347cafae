"""Workers that are processes of this machine."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Self

from pregrasp.errors import PregraspError
from pregrasp.jobs.fleet.one_core import keep_to_one_core
from pregrasp.jobs.fleet.sharing import Answer, Asked, Done, Lost, Ready, Refused, Worker

PATIENCE = 10.0
"""How long an idle worker may take to end by itself [s]."""


class ProcessCrew:
    """Processes, each with a worker; a context manager that ends them.

    Args:
        open_worker: Makes a worker, in its process; must be picklable.
    """

    def __init__(self, open_worker: Callable[[], Worker[Any, Any]]) -> None:
        self._open_worker = open_worker
        # Spawned, not forked: a GL context and its threads do not survive a fork.
        self._context = multiprocessing.get_context("spawn")
        self._processes: dict[Connection, SpawnProcess] = {}
        self._busy: set[Connection] = set()
        self._new: list[Connection] = []

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
        """End every process: those that are idle by themselves, the others at once."""
        for ours, process in self._processes.items():
            ours.close()
            if ours in self._busy:
                process.kill()
        for process in self._processes.values():
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
        self._processes.clear()
        self._busy.clear()

    @property
    def pids(self) -> tuple[int, ...]:
        """Numbers of the processes."""
        return tuple(p.pid for p in self._processes.values() if p.pid is not None)

    def hire(self) -> Connection:
        """Start a process."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs,), daemon=True)
        process.start()
        # Ours must be the only other end, or the end of the process would not be noticed.
        theirs.close()
        self._send(ours, self._open_worker)
        self._processes[ours] = process
        self._new.append(ours)
        return ours

    def give(self, member: Connection, work: Any) -> None:
        """Let a process begin."""
        self._busy.add(member)
        self._send(member, work)

    def reply(self, member: Connection, answer: Any) -> None:
        """Answer what a process has asked."""
        self.give(member, answer)

    def wait(self, timeout: float) -> list[tuple[Connection, Answer]]:
        """What processes have answered, or how they ended."""
        answers: list[tuple[Connection, Answer]] = [(new, Ready()) for new in self._new]
        self._new.clear()
        for ready in wait(list(self._busy), 0.0 if answers else timeout):
            if not isinstance(ready, Connection):
                raise TypeError("only pipes are waited for")
            self._busy.discard(ready)
            try:
                answers.append((ready, ready.recv()))
            except (EOFError, OSError):
                answers.append((ready, Lost(self._how_it_ended(ready))))
        return answers

    def dismiss(self, member: Connection) -> None:
        """Forget a process that is gone."""
        process = self._processes.pop(member)
        member.close()
        if process.is_alive():
            process.kill()
        process.join()
        process.close()

    @staticmethod
    def _send(member: Connection, thing: Any) -> None:
        try:
            member.send(thing)
        except OSError:
            # It is gone; `wait` will find the pipe closed.
            return

    def _how_it_ended(self, member: Connection) -> str:
        process = self._processes[member]
        process.join(PATIENCE)
        code = process.exitcode
        if code is None:
            return "it does not answer any more"
        if code >= 0:
            return f"its process ended with exit code {code}"
        words = f"its process was ended by signal {-code}"
        return words + (", probably for want of memory" if -code == signal.SIGKILL else "")


def _ask(pipe: Connection, question: Any) -> Any:
    pipe.send(Asked(question))
    return pipe.recv()


def _work(pipe: Connection) -> None:
    """What a process does until the pipe is closed."""
    # Ctrl-C in the terminal reaches the whole process group; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker: Worker[Any, Any] | None = None
    try:
        # The worker's libraries load with what comes first.
        keep_to_one_core()
        open_worker: Callable[[], Worker[Any, Any]] = pipe.recv()
        while True:
            work = pipe.recv()
            try:
                worker = worker or open_worker()
                answer: Answer = Done(worker.do(work, partial(_ask, pipe)))
            except PregraspError as error:
                # Errors with facts of their own do not travel between processes; words do.
                answer = Refused(str(error))
            pipe.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        # The parent has no more work, or is gone.
        return
    finally:
        if worker is not None:
            worker.close()
