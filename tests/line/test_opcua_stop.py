"""A graceful stop ends, whatever happens in that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.line.journal import Journal
from pregrasp.line.opcua import server as module
from pregrasp.line.opcua.certificates import make_server
from pregrasp.line.opcua.security import SecurityFolder
from pregrasp.line.opcua.server import UnitServer
from pregrasp.line.production import Production


class Quiet:
    """Stands in for the display."""

    async def show_jobs(self) -> None:
        pass


class Network:
    """Stands in for the sockets, which may not want to close."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs
        self.stopped = False

    async def stop(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        self.stopped = True


@pytest.fixture
def server(tmp_path: Path, cell: OpenCell, loaded: LoadedTask) -> Any:
    security = SecurityFolder(tmp_path / "security")
    make_server(security)
    journal = Journal(tmp_path / "jobs.sqlite")
    made: Any = UnitServer(Production(cell, {loaded.name: loaded}, journal), security)
    made._display = Quiet()
    made._server = Network()
    yield made
    journal.close()


@pytest.mark.parametrize("turns", range(5))
def test_it_stops_although_a_job_changes_in_that_moment(server: Any, turns: int) -> None:
    """However many turns of the loop lie between the change and the stop."""

    async def change_and_stop() -> None:
        server._tasks = [asyncio.create_task(server._follow_jobs())]
        await asyncio.sleep(0.01)
        server._dirty.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        stopping = asyncio.create_task(server.stop())
        _, pending = await asyncio.wait({stopping}, timeout=20.0)
        for task in pending:
            task.cancel()
        assert not pending

    asyncio.run(change_and_stop())
    assert server._server.stopped


def test_connections_that_do_not_close_do_not_keep_it(
    server: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "STOP_TIMEOUT", 0.05)

    async def stop() -> None:
        server._server = Network(hangs=True)
        server._tasks = [asyncio.create_task(server._follow_jobs())]
        await server.stop()

    asyncio.run(stop())
    assert "did not hang up within 0.05 s" in caplog.text
