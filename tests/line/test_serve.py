"""``pregrasp serve`` as a line meets it: a process of its own, spoken to over the network."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyAes256Sha256RsaPss

from pregrasp.cli.serve import unit_text
from pregrasp.documents import ConfigurationError
from pregrasp.line.notify import Systemd
from pregrasp.line.opcua.certificates import application_uri, make_client, make_server
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.packml.states import State
from pregrasp.line.service_file import load_service

PREGRASP = (sys.executable, "-c", "from pregrasp.cli import main; main()")

FILE = """
tasks: [circuit_board]
opcua: {host: 127.0.0.1, port: 0}
web: {port: 0}
viewer_port: 0
"""


class Served:
    """A service in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    def start(self) -> None:
        options = ("--cell", "simulated", "--service", str(self.folder / "service.yaml"))
        self.process = subprocess.Popen(
            [*PREGRASP, "serve", *options],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self.said = ""
        while "ready: the unit is" not in self.said:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line

    def address(self, name: str) -> str:
        found = re.search(rf"^{name}: +(\S+)", self.said, re.MULTILINE)
        assert found is not None, self.said
        return found.group(1)

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.address("health")) as page:  # noqa: S310  # ours
            facts: dict[str, Any] = json.load(page)
        return facts

    def metrics(self) -> str:
        with urllib.request.urlopen(self.address("metrics")) as page:  # noqa: S310  # ours
            text: str = page.read().decode()
        return text

    def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        assert self.process.stderr is not None
        self.said += self.process.stderr.read()
        self.process.stderr.close()
        return self.process.wait(60)

    async def client(self) -> Client:
        clients = self.folder / "security" / "clients"
        client = Client(self.address("opcua").replace("localhost", "127.0.0.1"), timeout=30)
        client.application_uri = application_uri(clients / "plc.der")
        await client.set_security(
            SecurityPolicyAes256Sha256RsaPss,
            certificate=str(clients / "plc.der"),
            private_key=str(clients / "plc.key.pem"),
            server_certificate=str(self.folder / "security" / "server" / "certificate.der"),
        )
        await client.load_client_certificate(str(clients / "plc.der"))
        await client.load_private_key(str(clients / "plc.key.pem"))
        return client


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    security = SecurityFolder(tmp_path / "security")
    make_server(security)
    make_client(security, "plc", Role.OPERATOR)
    (tmp_path / "service.yaml").write_text(FILE)
    made = Served(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


async def command(client: Client, *names: str) -> None:
    """Give commands and wait for each to be done."""
    tag = client.get_node(ua.NodeId("GraspUnit.PackTags.StateCurrent", 3))
    for name in names:
        method = client.get_node(ua.NodeId(f"GraspUnit.{name}", 3))
        parent = await method.get_parent()
        assert parent is not None
        await parent.call_method(method)
        rest = (State.STOPPED, State.IDLE, State.EXECUTE, State.ABORTED)
        while State(await tag.read_value()) not in rest:
            await asyncio.sleep(0.02)


async def ask(client: Client, method: str, *texts: str) -> list[str]:
    desk = client.get_node(ua.NodeId("GraspUnit.Jobs", 3))
    answer: list[str] = await desk.call_method(ua.NodeId(f"GraspUnit.Jobs.{method}", 3), *texts)
    return answer


@pytest.mark.slow
def test_a_line_is_served_and_a_kill_loses_nothing(served: Served) -> None:
    served.start()
    assert served.health()["state"] == "stopped"

    async def work_until_killed() -> None:
        client = await served.client()
        await client.connect()
        for job in ("one", "two", "three"):
            assert (await ask(client, "Request", job, "circuit_board"))[0] == "pending"
        await command(client, "Reset", "Start")
        while (await ask(client, "Query", "one"))[0] != "ended":
            await asyncio.sleep(0.05)
        assert (await ask(client, "Query", "one"))[1:3] == ["grasped", ""]
        while (await ask(client, "Query", "two"))[0] != "running":
            await asyncio.sleep(0.01)
        assert served.end(signal.SIGKILL) == -signal.SIGKILL
        await client.disconnect()

    asyncio.run(work_until_killed())
    served.start()
    assert "interrupted: job two: its fate is unknown" in served.said
    assert "ready: the unit is aborted, 1 jobs wait" in served.said
    facts = served.health()
    assert facts["needs_a_person"]
    assert facts["interrupted"] == ["two"]
    assert 'pregrasp_jobs_total{outcome="grasped"} 1.0' in served.metrics()

    async def go_on() -> None:
        async with await served.client() as client:
            assert (await ask(client, "Request", "two", "circuit_board"))[1] == "interrupted"
            await command(client, "Clear", "Reset", "Start")
            while (await ask(client, "Query", "three"))[0] != "ended":
                await asyncio.sleep(0.05)
            assert (await ask(client, "Query", "three"))[1] == "grasped"
            assert (await ask(client, "Query", "one"))[1] == "grasped"

    asyncio.run(go_on())
    assert 'pregrasp_jobs_total{outcome="grasped"} 2.0' in served.metrics()
    assert served.end(signal.SIGTERM) == 0, served.said
    runs = subprocess.run(
        [*PREGRASP, "runs", "--log", "state/log", "--json"],
        cwd=served.folder,
        check=True,
        capture_output=True,
        text=True,
    )
    jobs = {record["labels"].get("job") for record in json.loads(runs.stdout)}
    assert {"one", "two", "three"} <= jobs, "every job is found in the index of runs"


def test_a_service_file_with_a_slip_says_where(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text("tasks: [circuit_board]\nopcua: {prot: 4840}\npolicy: {place: {x_mm: 300}}\n")
    with pytest.raises(ConfigurationError, match=r"service.yaml:2:\d+: error: unknown key 'prot'"):
        load_service(file)
    file.write_text("tasks: [circuit_board]\nweb: {port: 99999}\n")
    with pytest.raises(ConfigurationError, match="a port must be 0 to 65535"):
        load_service(file)


def test_a_service_file_says_everything_in_units_of_people(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(
        "tasks: [circuit_board, plain_plate]\n"
        "opcua: null\n"
        "policy:\n"
        "  suspend_after_refusals: 5\n"
        "  place: {x_mm: 300, y_mm: -100, z_mm: 200, theta_deg: 90}\n"
    )
    loaded = load_service(file)
    assert loaded.opcua is None
    assert loaded.policy.place is not None
    assert loaded.policy.place.x == pytest.approx(0.3)
    assert loaded.state_folder == tmp_path / "state"


def test_systemd_is_told_in_its_own_words(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        systemd = Systemd({"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "30000000"})
        systemd.tell(READY="1", STATUS="Idle")
        assert manager.recv(100) == b"READY=1\nSTATUS=Idle"
        assert systemd.watchdog == 30.0
    Systemd({}).tell(READY="1")
    assert Systemd({}).watchdog is None


def test_the_unit_file_is_printed_with_the_program_in_it() -> None:
    done = subprocess.run(
        [*PREGRASP, "serve", "--print-unit"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Type=notify" in done.stdout
    assert "@PREGRASP@" not in done.stdout
    assert " serve --cell /etc/pregrasp/%i/cell.yaml" in done.stdout


def test_the_unit_file_names_a_program_whose_path_means_something_to_systemd() -> None:
    text = unit_text(Path("/opt/100% ours/bin/pregrasp"))
    assert 'ExecStart="/opt/100%% ours/bin/pregrasp" serve --cell' in text
