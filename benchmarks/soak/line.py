"""The line's computer: asks for parts over OPC UA, watches the page, loses its connections.

It asks for each part once, and asks again whenever it does not know whether it was heard:
after a cut connection, a full disk, or a program that was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import signal
import sys
import time
from pathlib import Path

import aiohttp
from asyncua import Client, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua.uaerrors import UaError

from benchmarks.soak.program import TASK
from pregrasp.line.opcua.certificates import application_uri

LOST = (UaError, ServiceError, ConnectionError, asyncio.TimeoutError, OSError)

STARTS = 10
"""A program that does not start so often is broken."""

POLL = 0.005
"""How often the line asks whether a job has ended [s]."""


class HangError(Exception):
    """A job did not come to its end."""


class Program:
    """The program under test, as a process that is started and killed.

    Args:
        folder: All its files.
        rate: Share of its steps that fail.
    """

    def __init__(self, folder: Path, rate: float) -> None:
        self._folder = folder
        self._rate = rate
        self._process: asyncio.subprocess.Process | None = None
        self.lives = 0
        self.port = 0
        self.page = ""

    async def start(self, seed: int, rate: float | None = None) -> int:
        """Start it, again and again as systemd would, and wait until it listens.

        Returns:
            How many starts failed: its disk may be full when it looks at its journal.
        """
        for failed in range(STARTS):
            if await self._start(seed + 7919 * failed, rate):
                return failed
            await self.end(signal.SIGKILL)
        raise HangError(f"it did not start again; see {self._folder / 'said.txt'}")

    async def _start(self, seed: int, rate: float | None) -> bool:
        options = ["--seed", str(seed), "--rate", str(self._rate if rate is None else rate)]
        with (self._folder / "said.txt").open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.soak.program", str(self._folder), *options),
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
            )
        self.lives += 1
        stream = self._process.stdout
        text = ""
        while stream is not None and (line := (await stream.readline()).decode()):
            text += line
            if line.startswith("ready"):
                break
        page = re.search(r"^page (\S+)", text, re.MULTILINE)
        ready = re.search(r"^ready (\d+)", text, re.MULTILINE)
        if page is None or ready is None:
            return False
        self.page, self.port = page[1], int(ready[1])
        return True

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def end(self, number: int) -> int:
        """Send it a signal, and wait for its end."""
        if self._process is None:
            return 0
        if self.alive:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 120.0)

    def resident(self) -> int:
        """Memory that it holds [kB]."""
        if self._process is None:
            return 0
        text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(text.split("VmRSS:")[1].split()[0])


class Line:
    """Asks for parts.

    Args:
        program: Whom it asks.
        folder: With the security folder.
        dice: Decide when a connection is cut.
        rate: Share of its calls at which one is.
    """

    def __init__(self, program: Program, folder: Path, dice: random.Random, rate: float) -> None:
        self._program = program
        self._folder = folder
        self._dice = dice
        self._rate = rate
        self._client: Client | None = None
        self._watching: asyncio.Task[None] | None = None
        self.cuts = 0
        self.pages_lost = 0

    async def ask(self, job: str, seconds: float) -> str:
        """Ask for a part, and wait for its fate.

        Raises:
            HangError: There is none after so long [s].
            ConnectionError: The program is gone.
        """
        deadline = time.monotonic() + seconds
        method = "Request"
        while time.monotonic() < deadline:
            try:
                state, outcome, _, _ = await self._call(method, job)
            except LOST as error:
                if getattr(error, "code", None) == ua.StatusCodes.BadResourceUnavailable:
                    await asyncio.sleep(POLL)  # its disk is full: asked again in a moment
                    continue
                await self.leave()
                if not self._program.alive:
                    raise ConnectionError("the program is gone") from error
                method = "Request"
                continue
            if state == "ended":
                return outcome
            method = "Request" if self._dice.random() < 0.1 else "Query"
            await asyncio.sleep(POLL)
        raise HangError(f"{job} has no fate after {seconds} s")

    async def watch(self) -> None:
        """Look at the page for a while, and go away without a word now and then."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._look())
        elif self._dice.random() < self._rate:
            self._watching.cancel()
            self.pages_lost += 1
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching

    async def leave(self) -> None:
        """Cut the connection, as a pulled plug does."""
        client, self._client = self._client, None
        if client is None:
            return
        protocol = client.uaclient.protocol
        if protocol is not None and protocol.transport is not None:
            protocol.transport.abort()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.disconnect(), 2.0)

    async def close(self) -> None:
        """Leave, and look no more."""
        await self.leave()
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching

    async def _call(self, method: str, job: str) -> list[str]:
        if self._client is None:
            self._client = await self._connect()
        texts = (job, TASK) if method == "Request" else (job,)
        desk = self._client.get_node(ua.NodeId("GraspUnit.Jobs", 3))
        call = desk.call_method(ua.NodeId(f"GraspUnit.Jobs.{method}", 3), *texts)
        if self._dice.random() >= self._rate:
            answer: list[str] = await call
            return answer
        # The plug is pulled while the question, or the answer, is under way.
        self.cuts += 1
        asking = asyncio.ensure_future(call)
        await asyncio.sleep(self._dice.uniform(0.0, 0.01))
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError, *LOST):
            await asking
        raise ConnectionError("the plug was pulled")

    async def _connect(self) -> Client:
        client = Client(f"opc.tcp://127.0.0.1:{self._program.port}/pregrasp/", timeout=30)
        files = self._folder / "security" / "clients"
        client.application_uri = application_uri(files / "plc.der")
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=str(files / "plc.der"),
            private_key=str(files / "plc.key.pem"),
            server_certificate=str(self._folder / "security" / "server" / "certificate.der"),
        )
        await client.load_client_certificate(str(files / "plc.der"))
        await client.load_private_key(str(files / "plc.key.pem"))
        await client.connect()
        return client

    async def _look(self) -> None:
        address = self._program.page.partition("#")[0].replace("http", "ws", 1) + "watch"
        with contextlib.suppress(aiohttp.ClientError, OSError):
            async with aiohttp.ClientSession() as session, session.ws_connect(address) as page:
                async for _ in page:
                    pass
