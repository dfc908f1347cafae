"""Give pieces of work to workers, collect the results, and replace workers that are lost.

Where the workers live is the business of a `Crew`: `pregrasp.jobs.fleet.processes` has them on
this machine, `pregrasp.jobs.fleet.ray_crew` on a cluster. A piece of work must not depend on
who does it or on what was done before, so a lost one is simply given to somebody else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.fleet.errors import WorkerLostError

WorkT = TypeVar("WorkT")
ResultT = TypeVar("ResultT")
DoneT_co = TypeVar("DoneT_co", covariant=True)
GivenT_contra = TypeVar("GivenT_contra", contravariant=True)

ATTEMPTS = 3
"""A piece of work that costs so many workers their life is given up."""

POLL = 0.2
"""How often a cancelled token is looked for while nothing is heard [s]."""


class Worker(Protocol[GivenT_contra, DoneT_co]):
    """Does one piece of work after the other, in a process of its own."""

    def do(self, work: GivenT_contra, ask: Callable[[Any], Any]) -> DoneT_co:
        """Do it.

        Args:
            work: What is to be done.
            ask: Asks whoever shares the work, who may be on another machine, and waits for the
                answer; for the thread that called.

        Raises:
            PregraspError: It cannot be done; nobody else need try.
        """

    def close(self) -> None:
        """Release what it holds."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker that was hired can be given work."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A worker has a question, and waits."""

    question: Any


@dataclass(frozen=True, slots=True)
class Done:
    """A piece of work is done."""

    result: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be done, by anybody."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker is gone."""

    how: str


Answer = Ready | Asked | Done | Refused | Lost


class Crew(Protocol):
    """Where workers live. A member is whatever the crew knows a worker by."""

    def hire(self) -> Any:
        """Ask for a worker; `wait` tells when it is ready, which may be never: no room."""

    def give(self, member: Any, work: Any) -> None:
        """Let an idle worker begin; a worker that is gone is told by `wait`."""

    def reply(self, member: Any, answer: Any) -> None:
        """Answer what a worker has asked."""

    def wait(self, timeout: float) -> list[tuple[Any, Answer]]:
        """Members that have answered, at the latest after the timeout [s]."""

    def dismiss(self, member: Any) -> None:
        """Forget a worker that is gone."""


@dataclass(slots=True)
class _Piece(Generic[WorkT]):
    work: WorkT
    attempts: int = 0


def share(
    crew: Crew,
    works: Sequence[WorkT],
    workers: int,
    token: CancelToken,
    *,
    answer: Callable[[WorkT, Any], Any] = lambda work, question: None,
    describe: Callable[[WorkT], str] = str,
    on_lost: Callable[[str], None] = lambda words: None,
) -> Iterator[tuple[WorkT, Any]]:
    """Do all pieces of work; results come in the order in which they are ready.

    Args:
        crew: Where the workers live; it is not closed.
        works: What is to be done.
        workers: How many work at the same time.
        token: Cancelling it ends this without the results that are not there yet.
        answer: Answers what the worker of a piece of work asks.
        describe: A few words about a piece of work, for messages.
        on_lost: Told in words about every worker that was replaced.

    Raises:
        WorkerLostError: A piece of work has cost `ATTEMPTS` workers their life.
        JobError: A piece of work cannot be done.
    """
    waiting = deque(_Piece(work) for work in works)
    busy: dict[Any, _Piece[WorkT]] = {}
    hired: set[Any] = set()
    idle: list[Any] = []
    never_ready = 0
    while (waiting or busy) and not token.cancelled:
        while waiting and idle:
            member = idle.pop()
            busy[member] = waiting.popleft()
            crew.give(member, busy[member].work)
        while len(hired) < len(waiting) and len(hired) + len(busy) < workers:
            hired.add(crew.hire())
        for member, heard in crew.wait(POLL):
            if isinstance(heard, Asked):
                crew.reply(member, answer(busy[member].work, heard.question))
                continue
            if isinstance(heard, Ready):
                hired.discard(member)
                idle.append(member)
                continue
            if member in hired:
                hired.discard(member)
                crew.dismiss(member)
                never_ready += 1
                if never_ready == ATTEMPTS:
                    how = heard.how if isinstance(heard, Lost) else str(heard)
                    raise WorkerLostError("starting a worker", ATTEMPTS, how)
                continue
            piece = busy.pop(member)
            if isinstance(heard, Refused):
                raise JobError(heard.reason)
            if isinstance(heard, Lost):
                crew.dismiss(member)
                piece.attempts += 1
                if piece.attempts == ATTEMPTS:
                    raise WorkerLostError(describe(piece.work), ATTEMPTS, heard.how)
                on_lost(f"{describe(piece.work)}: {heard.how}; somebody else does it")
                waiting.appendleft(piece)
                continue
            idle.append(member)
            yield piece.work, heard.result
