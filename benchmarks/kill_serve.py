"""Kill -9 of ``pregrasp serve`` at random moments, and what the next start makes of it.

``python benchmarks/kill_serve.py [--kills 20] [--seed 1]``

A client keeps asking for parts and remembers every answer. After each kill the service is
started again, and every answer that was ever given must still hold: nothing that was accepted
is lost, nothing that ended changes, nothing is grasped twice.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from asyncua import Client, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua.uaerrors import UaError

from pregrasp.line.opcua.certificates import application_uri, make_client, make_server
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.packml.states import State

LOST = (UaError, ServiceError, ConnectionError, asyncio.TimeoutError, OSError)
FILE = """
tasks: [circuit_board]
opcua: {host: 127.0.0.1, port: 0}
web: {port: 0}
viewer: false
"""


class Line:
    """The line's program: asks, remembers, and compares."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fates: dict[str, str] = {}
        self.number = 0

    def start(self) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from pregrasp.cli import main; main()", "serve"),
                *("--cell", "simulated", "--service", str(self.folder / "service.yaml")),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        said = ""
        while "ready: the unit is" not in said:
            line = process.stderr.readline()
            if not line:
                raise SystemExit(f"it did not start again:\n{said}")
            said += line
        return process, said

    async def work(self, said: str) -> None:
        """Ask for parts until the service is gone."""
        found = re.search(r"^opcua: +opc.tcp://localhost:(\d+)", said, re.MULTILINE)
        assert found is not None
        client = Client(f"opc.tcp://127.0.0.1:{found[1]}/pregrasp/", timeout=10)
        files = self.folder / "security" / "clients"
        client.application_uri = application_uri(files / "plc.der")
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=str(files / "plc.der"),
            private_key=str(files / "plc.key.pem"),
            server_certificate=str(self.folder / "security" / "server" / "certificate.der"),
        )
        await client.load_client_certificate(str(files / "plc.der"))
        await client.load_private_key(str(files / "plc.key.pem"))
        async with client:
            await self._compare(client)
            await self._produce(client)

    async def _compare(self, client: Client) -> None:
        for job, fate in self.fates.items():
            state, outcome, _, _ = await self._ask(client, "Query", job)
            now = outcome or state
            if fate in ("pending", "running"):
                assert now in ("pending", "running", "grasped", "refused", "interrupted"), now
            else:
                assert now == fate, f"job {job} was {fate} and is {now}"

    async def _produce(self, client: Client) -> None:
        tag = client.get_node(ua.NodeId("GraspUnit.PackTags.StateCurrent", 3))
        while True:
            state = State(await tag.read_value())
            way = {State.ABORTED: "Clear", State.STOPPED: "Reset", State.IDLE: "Start"}.get(state)
            if way is not None:
                method = client.get_node(ua.NodeId(f"GraspUnit.{way}", 3))
                parent = await method.get_parent()
                assert parent is not None
                await parent.call_method(method)
            pending = [job for job, fate in self.fates.items() if fate in ("pending", "running")]
            if len(pending) < 2:
                self.number += 1
                pending.append(f"part {self.number}")
            for job in pending:
                state_text, outcome, _, _ = await self._ask(client, "Request", job, "circuit_board")
                self.fates[job] = outcome or state_text
            await asyncio.sleep(0.05)

    async def _ask(self, client: Client, method: str, *texts: str) -> list[str]:
        desk = client.get_node(ua.NodeId("GraspUnit.Jobs", 3))
        answer: list[str] = await desk.call_method(ua.NodeId(f"GraspUnit.Jobs.{method}", 3), *texts)
        return answer


async def one_life(line: Line, seconds: float) -> str:
    process, said = await asyncio.to_thread(line.start)
    drain = asyncio.create_task(asyncio.to_thread(process.stderr.read))  # type: ignore[union-attr]
    working = asyncio.create_task(line.work(said))
    done, _ = await asyncio.wait({working}, timeout=seconds)
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    with contextlib.suppress(*LOST, asyncio.CancelledError):
        if not done:
            working.cancel()
        await working
    await drain
    return said


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        security = SecurityFolder(folder / "security")
        make_server(security)
        make_client(security, "plc", Role.OPERATOR)
        (folder / "service.yaml").write_text(FILE)
        line = Line(folder)
        told = 0
        for kill in range(options.kills):
            said = asyncio.run(one_life(line, dice.uniform(0.5, 12.0)))
            found = re.findall(r"^interrupted: job (.+): its fate", said, re.MULTILINE)
            told += len(found)
            print(f"kill {kill + 1}: found interrupted at start: {found}", flush=True)
        process, said = line.start()
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert process.returncode == 0, "the last one was asked to stop and must do so"
        base = sqlite3.connect(folder / "state" / "jobs.sqlite")
        rows = base.execute("SELECT id, state, result FROM job").fetchall()
        base.close()
    known = {job: (state, result and json.loads(result)["outcome"]) for job, state, result in rows}
    lost = [job for job in line.fates if job not in known]
    print(f"kills {options.kills}, jobs {len(known)}, lost {len(lost)}")
    outcomes = [outcome or state for state, outcome in known.values()]
    print({outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))})


if __name__ == "__main__":
    main()
