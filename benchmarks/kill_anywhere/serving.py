"""``pregrasp serve``: every answer that a client ever got still holds after a kill.

A client keeps asking for parts and remembers every answer: nothing that was accepted is lost,
nothing that ended changes, nothing is grasped twice, and every job is in the index of runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua.uaerrors import UaError

from benchmarks.kill_anywhere.victim import HANG, PREGRASP, Life, log_problems
from pregrasp.line.opcua.certificates import application_uri, make_client, make_server
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.packml.states import State
from pregrasp.runlog.index import RunIndex

LOST = (UaError, ServiceError, ConnectionError, asyncio.TimeoutError, OSError)

READY = "ready: the unit is"

JOBS = 3
"""A life that nobody kills ends when so many of its jobs have."""

FILE = """
tasks: [circuit_board]
opcua: {host: 127.0.0.1, port: 0}
web: {port: 0}
viewer: false
"""

WAYS = {State.ABORTED: "Clear", State.STOPPED: "Reset", State.IDLE: "Start"}
"""What the line, and the person beside it, do to have the unit produce."""


class Serving:
    """A service and the line's program, which asks, remembers and compares."""

    name = "serve"

    def begin(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        self._security = SecurityFolder(folder / "security")
        make_server(self._security)
        make_client(self._security, "plc", Role.OPERATOR)
        (folder / "service.yaml").write_text(FILE)
        self._fates: dict[str, str] = {}
        self._number = 0
        self._wrong: list[str] = []
        self._before: dict[str, str] = {}

    def live(self, seconds: float | None, dice: random.Random) -> Life:
        self._wrong = []
        self._before = self._journal()
        said = self._folder / "said.txt"
        options = ("serve", "--cell", "simulated", "--service", "service.yaml")
        began = time.monotonic()
        with said.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(
                [*PREGRASP, *options], cwd=self._folder, stdout=stream, stderr=stream
            )
            limit = HANG if seconds is None else seconds
            with contextlib.suppress(TimeoutError):
                asyncio.run(asyncio.wait_for(self._line(process, said, seconds is None), limit))
            killed = seconds is not None and process.poll() is None
            if killed:
                time.sleep(max(0.0, began + limit - time.monotonic()))
            process.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
            process.wait(HANG)
        text = said.read_text(encoding="utf-8")
        return Life(
            killed=killed,
            code=process.returncode,
            said=text,
            seconds=time.monotonic() - began,
        )

    def problems(self, life: Life) -> list[str]:
        told = list(self._wrong)
        if not life.killed and life.code:
            told.append(f"ended with {life.code}: {life.said[-300:]}")
        if READY in life.said:
            ran = {job for job, state in self._before.items() if state == "running"}
            found = set(re.findall(r"^interrupted: job (.+): its fate", life.said, re.MULTILINE))
            if ran != found:
                told.append(f"running at the kill: {ran}, told at the next start: {found}")
        jobs = self._journal()
        told += [f"{job} is not in the journal" for job in self._fates if job not in jobs]
        if not life.killed:
            told += log_problems(self._folder / "state" / "log", life.said)
            told += self._missing(jobs)
        return told

    def result(self) -> Any:
        """Nothing of the parts' fates: the parts come anywhere, and may be refused."""
        return {"jobs ended": True}

    def _missing(self, jobs: dict[str, str]) -> list[str]:
        """Jobs that have ended and that the index of runs does not know."""
        with RunIndex(self._folder / "state" / "log") as index:
            known = index.labelled("job")
        ended = {job for job, state in jobs.items() if state == "ended"}
        return [f"{job} is not in the index of runs" for job in ended - known]

    def _journal(self) -> dict[str, str]:
        file = self._folder / "state" / "jobs.sqlite"
        if not file.exists():
            return {}
        base = sqlite3.connect(file)
        try:
            (sound,) = base.execute("PRAGMA integrity_check").fetchone()
            if sound != "ok":
                self._wrong.append(f"the journal is damaged: {sound}")
            rows = base.execute("SELECT id, state FROM job").fetchall()
        except sqlite3.OperationalError:  # killed before the table was made
            rows = []
        finally:
            base.close()
        return dict(rows)

    async def _line(self, process: subprocess.Popen[bytes], said: Path, to_the_end: bool) -> None:
        """Ask for parts until the service is gone, or enough have ended."""
        while READY not in (text := said.read_text(encoding="utf-8")):
            if process.poll() is not None:
                return
            await asyncio.sleep(0.05)
        found = re.search(r"^opcua: +opc.tcp://localhost:(\d+)", text, re.MULTILINE)
        if found is None:
            self._wrong.append("it did not say where it listens")
            return
        failures = 0
        while process.poll() is None:
            try:
                async with await self._client(found[1]) as client:
                    await self._compare(client)
                    await self._produce(client, to_the_end)
                return
            except LOST as error:
                # Connections break on a busy machine too: a line comes back.
                failures += 1
                if failures > 20:
                    self._wrong.append(f"no connection to a service that lives: {error!r}")
                    return
                await asyncio.sleep(1.0)

    async def _client(self, port: str) -> Client:
        client = Client(f"opc.tcp://127.0.0.1:{port}/pregrasp/", timeout=30)
        files = self._folder / "security" / "clients"
        client.application_uri = application_uri(files / "plc.der")
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=str(files / "plc.der"),
            private_key=str(files / "plc.key.pem"),
            server_certificate=str(self._security.certificate),
        )
        await client.load_client_certificate(str(files / "plc.der"))
        await client.load_private_key(str(files / "plc.key.pem"))
        return client

    async def _compare(self, client: Client) -> None:
        for job, fate in self._fates.items():
            state, outcome, _, _ = await self._ask(client, "Query", job)
            now = outcome or state
            open_still = ("pending", "running")
            after = (*open_still, "grasped", "refused", "failed", "interrupted")
            if now not in (after if fate in open_still else (fate,)):
                self._wrong.append(f"{job} was {fate} and is {now}")

    async def _produce(self, client: Client, to_the_end: bool) -> None:
        tag = client.get_node(ua.NodeId("GraspUnit.PackTags.StateCurrent", 3))
        done = 0
        while done < JOBS or not to_the_end:
            way = WAYS.get(State(await tag.read_value()))
            if way is not None:
                method = client.get_node(ua.NodeId(f"GraspUnit.{way}", 3))
                parent = await method.get_parent()
                if parent is not None:
                    with contextlib.suppress(UaError):  # it may have changed by itself
                        await parent.call_method(method)
            pending = [job for job, fate in self._fates.items() if fate in ("pending", "running")]
            if len(pending) < 2:
                self._number += 1
                pending.append(f"part {self._number}")
            for job in pending:
                state, outcome, _, _ = await self._ask(client, "Request", job, "circuit_board")
                self._fates[job] = outcome or state
                done += state == "ended"
            await asyncio.sleep(0.05)

    async def _ask(self, client: Client, method: str, *texts: str) -> list[str]:
        desk = client.get_node(ua.NodeId("GraspUnit.Jobs", 3))
        answer: list[str] = await desk.call_method(ua.NodeId(f"GraspUnit.Jobs.{method}", 3), *texts)
        return answer
