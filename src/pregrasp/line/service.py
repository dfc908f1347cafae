"""One process beside the conveyor: PackML, OPC UA, page, run log, health and metrics.

It starts in an order in which nothing is promised that cannot be kept: the journal first,
then the devices, then whoever may ask for something. It stops in the other order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from pregrasp.frames import MM, MotionCommand
from pregrasp.hardware.cell_file import CellFile, find_cell
from pregrasp.jobs.cells import open_cell
from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.line.errors import ServiceError
from pregrasp.line.job_index import index_jobs
from pregrasp.line.journal import JobRecord, JobState, Journal
from pregrasp.line.notify import Systemd
from pregrasp.line.packml.machine import Reason
from pregrasp.line.packml.states import ACTING, Command, State
from pregrasp.line.production import Policy, Production
from pregrasp.line.service_file import ServiceFile
from pregrasp.runlog.broadcast import Broadcast, Reader
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.errors import LogFileError
from pregrasp.task import Task, find_task

log = logging.getLogger(__name__)

JOURNAL = "jobs.sqlite"
LOG_FOLDER = "log"

STOP_TIMEOUT = 20.0
"""How long a graceful stop waits for standstill [s]."""

FEED_REACH = 20 * MM
"""How far from its taught place a simulated cell puts the next part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """Where a running service can be reached."""

    opcua: int | None
    """Port of the OPC UA server."""
    web: int
    """Port of health and metrics."""
    page: str
    """Address of the page; empty without one."""


class Service:
    """Runs one cell for a line until it is told to stop.

    Args:
        cell: Name or path of the cell's file.
        file: Everything else.
        systemd: Is told how the service is.
        on_ready: Called with the addresses when everything listens.
    """

    def __init__(
        self,
        cell: str | Path,
        file: ServiceFile,
        *,
        systemd: Systemd | None = None,
        on_ready: Callable[[Addresses, Production], None] = lambda addresses, production: None,
    ) -> None:
        self._cell = cell
        self._file = file
        self._systemd = systemd or Systemd()
        self._on_ready = on_ready

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; then everything stands still and every file is closed.

        Args:
            stop: Set it, from the loop, to stop.

        Raises:
            PregraspError: Something is missing or wrong; nothing is left running.
        """
        if not self._file.tasks:
            raise ServiceError("name at least one task that the line may ask for.")
        async with AsyncExitStack() as resources:
            production = await asyncio.to_thread(self._open, resources)
            addresses = await self._listen(production, resources)
            watchdog = asyncio.create_task(self._keep_alive(production))
            resources.push_async_callback(_end, watchdog)
            self._systemd.tell(READY="1", STATUS=production.unit.state.name.capitalize())
            self._on_ready(addresses, production)
            await stop.wait()
            log.info("stopping")
            self._systemd.tell(STOPPING="1")
            await _bring_to_rest(production)

    def _open(self, resources: AsyncExitStack) -> Production:
        """Journal, devices, models and unit, with what closes them again."""
        file = self._file
        with ExitStack() as opened:
            journal = Journal(file.state_folder / JOURNAL)
            opened.callback(journal.close)
            description = find_cell(self._cell)
            tasks = [find_task(_beside(file.folder, name)) for name in file.tasks]
            encoder = Encoder({"command": "serve", "pregrasp": metadata.version("pregrasp")})
            broadcast = Broadcast(self._readers(opened), encoder)
            opened.callback(broadcast.close)
            devices = open_cell(description, tasks[0])
            cell = OpenCell(devices, observers=(broadcast,))
            opened.callback(cell.close)
            loaded = {task.task: cell.load(task) for task in tasks}
            policy = self._policy(description, devices.inner, tasks)
            production = Production(cell, loaded, journal, policy)
            production.listen(lambda record: _label(broadcast, record, loaded))
            if file.log:
                self._complete_index(production)
            production.unit.open()
            opened.callback(production.unit.close)
            for record in production.interrupted:
                log.warning("job %s was interrupted: its fate is unknown", record.job_id)
            resources.push_async_exit(_in_thread(opened.pop_all()))
        return production

    def _readers(self, opened: ExitStack) -> list[Reader]:
        from pregrasp.runlog.run_log import RunLog

        readers: list[Reader] = []
        if self._file.log:
            folder = self._file.state_folder / LOG_FOLDER
            run_log = RunLog(folder, keep_pixels=self._file.keep_pixels, on_problem=_warn)
            for sentence in run_log.found.sentences():
                log.warning("run log: %s", sentence)
            readers.append(run_log)
        self._page = None
        if self._file.viewer:
            from pregrasp.viewer.opening import open_viewer

            # It may only look: whoever wants to act has OPC UA, with a log-in.
            self._page = open_viewer(None, port=self._file.viewer_port)
            readers.append(self._page)
        return readers

    def _complete_index(self, production: Production) -> None:
        """Add the jobs that a kill or a full disk kept out of the index of runs."""
        folder = self._file.state_folder / LOG_FOLDER
        cell, tasks = production.cell.name, production.tasks
        try:
            added = index_jobs(production.journal, folder, tasks, cell=cell)
        except (OSError, sqlite3.Error, LogFileError) as error:
            log.warning("the index of runs is not complete: %s", error)
            return
        for job_id in added:
            log.warning("job %s had left no log: it is in the index of runs now", job_id)

    def _policy(self, cell: CellFile, devices: Any, tasks: list[Task]) -> Policy:
        policy = self._file.policy
        policy = replace(policy, home=policy.home or cell.home)
        if not cell.is_simulated:
            return policy
        # Simulated parts do not come by themselves.
        first, dice = tasks[0], np.random.default_rng()
        return replace(
            policy,
            place=policy.place or first.taught.pregrasp,
            feed=lambda name: _feed(devices, first, dice),
        )

    async def _listen(self, production: Production, resources: AsyncExitStack) -> Addresses:
        from pregrasp.line.metrics import Metrics
        from pregrasp.line.web import WebServer

        port = None
        if self._file.opcua is not None:
            from pregrasp.line.opcua.security import SecurityFolder
            from pregrasp.line.opcua.server import UnitServer

            security = SecurityFolder(self._file.security_folder)
            server = UnitServer(production, security, self._file.opcua)
            await server.start()
            resources.push_async_callback(server.stop)
            port = server.port
        web = WebServer(Metrics(production, metadata.version("pregrasp")), self._file.web)
        await web.start()
        resources.push_async_callback(web.stop)
        page = "" if self._page is None else self._page.address
        return Addresses(opcua=port, web=web.port, page=page)

    async def _keep_alive(self, production: Production) -> None:
        """Tell systemd that all is well, as long as it is."""
        period = self._systemd.watchdog
        while period is not None:
            if production.unit.alive:
                state = production.unit.state.name.capitalize()
                self._systemd.tell(WATCHDOG="1", STATUS=state)
            await asyncio.sleep(period / 3)


def _feed(devices: Any, task: Task, dice: np.random.Generator) -> None:
    """Put the next part into a simulated cell, somewhere around its taught place."""
    x, y = dice.uniform(-FEED_REACH, FEED_REACH, 2)
    taught = task.simulation.placement if task.simulation is not None else MotionCommand()
    placement = taught @ MotionCommand(float(x), float(y), float(dice.uniform(-0.3, 0.3)))
    devices.reset(placement=placement, start=devices.arm.pose())


def _beside(folder: Path, name: str) -> str:
    """A task's path may be relative to the file that names it."""
    path = folder / name
    return str(path) if path.exists() else name


def _label(broadcast: Broadcast, record: JobRecord, tasks: dict[str, LoadedTask]) -> None:
    """Have the run log say which job a run belongs to."""
    if record.state is JobState.RUNNING and record.task in tasks:
        model = tasks[record.task].model
        broadcast.label(job=record.job_id, task=record.task, model=model)
    elif record.state is JobState.ENDED:
        broadcast.label(job="")  # what the unit does next is no part of it


def _warn(problem: Exception) -> None:
    log.warning("run log: %s", problem)


async def _bring_to_rest(production: Production) -> None:
    """Stop the unit as an operator would, and wait for standstill."""
    unit = production.unit
    unit.command(Command.STOP, Reason(text="the service was told to stop", by="service"))
    for _ in range(int(STOP_TIMEOUT / 0.02)):
        if unit.state not in ACTING or unit.state is State.EXECUTE:
            return
        await asyncio.sleep(0.02)
    log.error("the unit is still %s after %g s", unit.state.name, STOP_TIMEOUT)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _in_thread(stack: ExitStack) -> Any:
    """An exit that closes a stack without blocking the loop."""

    async def leave(*error: Any) -> None:
        await asyncio.to_thread(stack.close)

    return leave
