"""Ten clients give a unit commands over OPC UA, as fast as they can or at a rate.

``python benchmarks/opcua_load.py [--clients 10] [--rate 100] [--seconds 20]``

Server and clients are processes of their own; the commands are a mix of legal and illegal
ones. What is measured at the clients: commands a second, and how long each took.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import random
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua.uaerrors import BadInvalidState

from pregrasp.line.cell import OpenCell
from pregrasp.line.journal import Journal
from pregrasp.line.opcua.certificates import application_uri, make_client, make_server
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.opcua.server import UnitServer
from pregrasp.line.production import Production
from pregrasp.line.service_file import OpcUaSettings
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import find_task

METHODS = ("Abort", "Clear", "Reset", "Start", "Hold", "Unhold", "Suspend", "Unsuspend")


def serve(folder: Path, pipe: Connection) -> None:
    async def run() -> None:
        task = find_task("circuit_board")
        devices = IdealCell(task.taught.grasp)
        cell = OpenCell(devices)
        loaded = cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
        journal = Journal(folder / "jobs.sqlite")
        production = Production(cell, {task.task: loaded}, journal)
        settings = OpcUaSettings(host="127.0.0.1", port=0)
        with production.unit:
            async with UnitServer(production, SecurityFolder(folder), settings) as server:
                pipe.send(server.port)
                await asyncio.to_thread(pipe.recv)
        journal.close()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        pipe.send((usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))

    asyncio.run(run())


async def command(port: int, folder: Path, number: int, rate: float, seconds: float) -> list[float]:
    client = Client(f"opc.tcp://127.0.0.1:{port}/pregrasp/", timeout=60)
    files = folder / "clients"
    client.application_uri = application_uri(files / "plc.der")
    await client.set_security(
        SecurityPolicyBasic256Sha256,
        certificate=str(files / "plc.der"),
        private_key=str(files / "plc.key.pem"),
        server_certificate=str(folder / "server" / "certificate.der"),
    )
    await client.load_client_certificate(str(files / "plc.der"))
    await client.load_private_key(str(files / "plc.key.pem"))
    dice, took = random.Random(number), list[float]()  # noqa: S311
    async with client:
        targets = []
        for name in METHODS:
            method = client.get_node(ua.NodeId(f"GraspUnit.{name}", 3))
            parent = await method.get_parent()
            assert parent is not None
            targets.append((parent, method.nodeid))
        end = time.perf_counter() + seconds
        due = time.perf_counter()
        while time.perf_counter() < end:
            parent, method_id = dice.choice(targets)
            began = time.perf_counter()
            with contextlib.suppress(BadInvalidState):
                await parent.call_method(method_id)
            took.append(time.perf_counter() - began)
            if rate > 0.0:
                due += 1.0 / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
    return took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.0, help="of all clients; 0: full speed")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        security = SecurityFolder(folder)
        make_server(security)
        make_client(security, "plc", Role.OPERATOR)
        ours, theirs = multiprocessing.Pipe()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, theirs))
        server.start()
        port = ours.recv()

        async def everybody() -> list[float]:
            each = options.rate / options.clients
            work = [
                command(port, folder, number, each, options.seconds)
                for number in range(options.clients)
            ]
            return [value for part in await asyncio.gather(*work) for value in part]

        took = sorted(asyncio.run(everybody()))
        ours.send("stop")
        processor, memory = ours.recv()
        server.join()
    print(f"clients                  {options.clients}")
    print(f"commands                 {len(took)}")
    print(f"commands a second        {len(took) / options.seconds:.0f}")
    print(f"median                   {np.median(took) * 1e3:.1f} ms")
    print(f"p95                      {took[int(0.95 * len(took))] * 1e3:.1f} ms")
    print(f"max                      {took[-1] * 1e3:.1f} ms")
    print(f"server's processor time  {processor:.1f} s, memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
