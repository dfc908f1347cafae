from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from asyncua import Client
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from pregrasp.frames import MotionCommand
from pregrasp.line.cell import LoadedTask, OpenCell
from pregrasp.line.journal import Journal
from pregrasp.line.opcua.certificates import application_uri, make_client, make_server
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.opcua.server import UnitServer
from pregrasp.line.production import Policy, Production
from pregrasp.line.service_file import OpcUaSettings
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task, find_task

T = TypeVar("T")


@pytest.fixture
def task() -> Task:
    return find_task("circuit_board")


@pytest.fixture
def devices(task: Task) -> IdealCell:
    """A cell whose part lies 10 mm, 20 mm and 0.3 rad from where it was taught."""
    return IdealCell(task.taught.grasp @ MotionCommand(0.01, 0.02, 0.3))


@pytest.fixture
def cell(devices: IdealCell) -> Iterator[OpenCell]:
    with OpenCell(devices) as opened:
        yield opened


@pytest.fixture
def loaded(cell: OpenCell, devices: IdealCell, task: Task) -> LoadedTask:
    return cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that another thread brings about."""

    def wait(holds: Callable[[], bool], timeout: float = 10.0) -> None:
        pause = threading.Event()
        for _ in range(int(timeout / 0.005)):
            if holds():
                return
            pause.wait(0.005)
        pytest.fail("it did not come about")

    return wait


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Nothing of this room leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    pause = threading.Event()
    for _ in range(400):
        # The pool of a loop goes with its loop, which may be a module's fixture.
        new = [t for t in threading.enumerate() if t not in before and t.is_alive()]
        left = [t for t in new if not t.name.startswith("asyncio_")]
        if not left:
            return
        pause.wait(0.005)
    pytest.fail(f"threads left behind: {left}")


PASSWORD = "correct horse"  # noqa: S105  # of a test


@dataclass
class Line:
    """A unit behind OPC UA, on a loop of its own."""

    production: Production
    devices: IdealCell
    server: UnitServer
    security: SecurityFolder
    loop: asyncio.AbstractEventLoop
    folder: Path

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.server.port}/pregrasp/"

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 60.0) -> T:
        """Do something on the loop of the server, as a client would from elsewhere."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    async def client(
        self,
        name: str = "plc",
        *,
        user: str | None = None,
        password: str = PASSWORD,
        own_files: Path | None = None,
        log_in: bool = True,
    ) -> Client:
        """A client with the certificate of that name; not connected yet."""
        files = own_files or self.security.folder / "clients"
        client = Client(self.url, timeout=20)
        client.application_uri = application_uri(files / f"{name}.der")
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=str(files / f"{name}.der"),
            private_key=str(files / f"{name}.key.pem"),
            server_certificate=str(self.security.certificate),
        )
        if user is not None:
            client.set_user(user)
            client.set_password(password)
        elif log_in:
            await client.load_client_certificate(str(files / f"{name}.der"))
            await client.load_private_key(str(files / f"{name}.key.pem"))
        return client


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Made once a module, because a server takes seconds to be made."""
    folder = tmp_path_factory.mktemp("line")
    security = SecurityFolder(folder / "security")
    make_server(security)
    make_client(security, "plc", Role.OPERATOR)
    make_client(security, "panel", Role.OBSERVER)
    security.add_user("anna", Role.OPERATOR, PASSWORD)
    task = find_task("circuit_board")
    devices = IdealCell(task.taught.grasp)
    cell = OpenCell(devices)
    loaded = cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))

    def feed(name: str) -> None:
        devices.part = task.taught.grasp @ MotionCommand(0.005, 0.01, 0.1)

    journal = Journal(folder / "jobs.sqlite")
    policy = Policy(place=task.taught.pregrasp, feed=feed)
    production = Production(cell, {loaded.name: loaded}, journal, policy)
    production.unit.open()
    server = UnitServer(production, security, OpcUaSettings(host="127.0.0.1", port=0))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="opcua loop")
    thread.start()
    made = Line(production, devices, server, security, loop, folder)
    try:
        made.run(server.start())
        yield made
    finally:
        made.run(server.stop())
        made.run(loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        production.unit.close()
        cell.close()
        journal.close()
