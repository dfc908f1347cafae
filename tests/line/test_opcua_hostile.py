"""Clients that mean harm: none of them commands anything, none of them brings the server down."""

import asyncio
import logging
import random
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, ua
from asyncua.common.utils import ServiceError
from asyncua.ua.uaerrors import UaError

from pregrasp.line.opcua.certificates import make_client
from pregrasp.line.opcua.guard import MAX_MESSAGE
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.packml import Command, State

pytestmark = pytest.mark.slow  # a server takes seconds to be made

Line = Any


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The server says a lot about what these tests do to it."""
    logger = logging.getLogger("asyncua")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


@pytest.fixture
def untouched(line: Line) -> Iterator[None]:
    """The unit stands idle, and does so afterwards; an honest client is still served."""
    unit = line.production.unit
    unit.command(Command.ABORT)
    while unit.state is not State.ABORTED:
        unit.wake()
    pending = line.production.journal.pending()
    yield
    assert unit.state is State.ABORTED
    assert line.production.journal.pending() == pending

    async def honest() -> bool:
        async with await line.client() as client:
            return (await client.nodes.server_state.read_value()) is not None

    assert line.run(honest())


def clear_of(line: Line) -> tuple[ua.NodeId, ua.NodeId]:
    """The object and the method of a command that would be legal now."""
    own = 3
    base = line.run(_parent(line, ua.NodeId("GraspUnit.Clear", own)))
    return base, ua.NodeId("GraspUnit.Clear", own)


async def _parent(line: Line, method: ua.NodeId) -> ua.NodeId:
    node = line.server._server.get_node(method)
    parent = await node.get_parent()
    assert parent is not None
    assert (await node.read_browse_name()).Name == "Clear"
    return parent.nodeid


async def bare(line: Line) -> Client:
    """A client on a channel without security, with no session yet."""
    client = Client(line.url, timeout=10)
    await client.connect_socket()
    await client.send_hello()
    await client.open_secure_channel()
    return client


async def call(client: Client, target: tuple[ua.NodeId, ua.NodeId]) -> None:
    request = ua.CallMethodRequest()
    request.ObjectId, request.MethodId = target
    (result,) = await client.uaclient.call([request])
    result.StatusCode.check()


REFUSED = (UaError, ServiceError, ConnectionError, asyncio.TimeoutError, asyncio.CancelledError)


@pytest.mark.usefixtures("untouched")
def test_no_session_no_command(line: Line) -> None:
    target = clear_of(line)

    async def attack() -> None:
        client = await bare(line)
        with pytest.raises(REFUSED):
            await call(client, target)
        client.disconnect_socket()

    line.run(attack())


@pytest.mark.usefixtures("untouched")
def test_no_session_without_encryption(line: Line) -> None:
    async def attack() -> None:
        client = await bare(line)
        with pytest.raises(REFUSED):
            await client.create_session()
        client.disconnect_socket()

    line.run(attack())


@pytest.mark.usefixtures("untouched")
def test_a_session_that_is_not_activated_commands_nothing(line: Line) -> None:
    target = clear_of(line)

    async def attack() -> None:
        client = await line.client()
        await client.connect_socket()
        await client.send_hello()
        await client.open_secure_channel()
        await client.create_session()
        with pytest.raises(REFUSED):
            await call(client, target)
        await client.close_session()
        client.disconnect_socket()

    line.run(attack())


@pytest.mark.usefixtures("untouched")
def test_the_session_of_an_operator_cannot_be_taken_over(line: Line) -> None:
    target = clear_of(line)

    async def attack() -> None:
        async with await line.client() as operator:
            number = operator.uaclient.protocol.authentication_token
            for client in (await bare(line), await _channel_of(line, "panel")):
                client.uaclient.protocol.authentication_token = number
                parameters = ua.ActivateSessionParameters()
                parameters.UserIdentityToken = ua.AnonymousIdentityToken()
                with pytest.raises(REFUSED):
                    await client.uaclient.activate_session(parameters)
                with pytest.raises(REFUSED):
                    await call(client, target)
                client.disconnect_socket()

    line.run(attack())


async def _channel_of(line: Line, name: str) -> Client:
    client: Client = await line.client(name)
    await client.connect_socket()
    await client.send_hello()
    await client.open_secure_channel()
    return client


@pytest.mark.usefixtures("untouched")
def test_a_certificate_that_nobody_trusts_is_turned_away(line: Line, tmp_path: Path) -> None:
    make_client(SecurityFolder(tmp_path), "stranger", Role.OPERATOR)

    async def attack(user: str | None) -> None:
        client = await line.client("stranger", own_files=tmp_path / "clients", user=user)
        with pytest.raises(REFUSED):
            await client.connect()

    line.run(attack(None))
    line.run(attack("anna"))


@pytest.mark.usefixtures("untouched")
def test_a_certificate_is_trusted_no_longer_when_its_file_is_gone(line: Line) -> None:
    make_client(line.security, "leaver", Role.OPERATOR)

    async def work() -> None:
        async with await line.client("leaver") as client:
            await client.nodes.server_state.read_value()

    line.run(work())
    (line.security.trusted_folder(Role.OPERATOR) / "leaver.der").unlink()
    with pytest.raises(REFUSED):
        line.run(work())


@pytest.mark.usefixtures("untouched")
def test_a_wrong_password_and_nobody_at_all_are_turned_away(line: Line) -> None:
    async def attack(user: str, password: str) -> None:
        client = await line.client("panel", user=user, password=password)
        with pytest.raises(REFUSED):
            await client.connect()

    for user, password in (
        ("anna", "wrong"),
        ("nobody", "correct horse"),
        ("", ""),
        ("x" * 9999, ""),
    ):
        line.run(attack(user, password))

    async def anonymous() -> None:
        client = await line.client("panel", log_in=False)
        with pytest.raises(REFUSED):
            await client.connect()

    line.run(anonymous())


@pytest.mark.usefixtures("untouched")
def test_servers_are_not_registered(line: Line) -> None:
    async def attack() -> None:
        client = await bare(line)
        with pytest.raises(REFUSED):
            await client.uaclient.register_server(ua.RegisteredServer())
        client.disconnect_socket()

    line.run(attack())


@pytest.mark.usefixtures("untouched")
def test_the_address_space_cannot_be_changed(line: Line) -> None:
    async def attack() -> None:
        async with await line.client() as client:
            with pytest.raises(REFUSED):
                await client.nodes.objects.add_object(2, "mine")
            with pytest.raises(REFUSED):
                await client.delete_nodes([client.get_node(ua.NodeId("GraspUnit", 3))])

    line.run(attack())


@pytest.mark.usefixtures("untouched")
def test_method_arguments_of_every_kind_change_nothing(line: Line) -> None:
    dice = random.Random(11)  # noqa: S311  # cases, not secrets
    values: list[ua.Variant] = [
        ua.Variant(None, ua.VariantType.Null),
        ua.Variant("", ua.VariantType.String),
        ua.Variant("x" * 100_000, ua.VariantType.String),
        ua.Variant("a\0b\n'; DROP TABLE job; --", ua.VariantType.String),
        ua.Variant(-1, ua.VariantType.Int32),
        ua.Variant(2**31 - 1, ua.VariantType.Int32),
        ua.Variant(float("nan"), ua.VariantType.Double),
        ua.Variant(b"\xff" * 5000, ua.VariantType.ByteString),
        ua.Variant(["a"] * 500, ua.VariantType.String, is_array=True),
        ua.Variant(True, ua.VariantType.Boolean),
        ua.Variant(ua.NodeId(1), ua.VariantType.NodeId),
        ua.Variant(ua.QualifiedName("q", 3), ua.VariantType.QualifiedName),
    ]
    names = ["Jobs.Request", "Jobs.Query", "Jobs.Cancel", "Start", "Hold", "Reset", "Machine.Stop"]

    async def attack() -> None:
        async with await line.client() as client:
            for _ in range(300):
                request = ua.CallMethodRequest()
                request.MethodId = ua.NodeId(f"GraspUnit.{dice.choice(names)}", 3)
                request.ObjectId = ua.NodeId("GraspUnit.Jobs", 3)
                request.InputArguments = dice.choices(values, k=dice.randrange(5))
                (result,) = await client.uaclient.call([request])
                assert not result.StatusCode.is_good()

    line.run(attack())


def frame(kind: bytes, size: int, body: bytes = b"") -> bytes:
    return kind + b"F" + struct.pack("<I", size) + body


@pytest.mark.usefixtures("untouched")
def test_bytes_that_are_no_messages_bring_nothing_down(line: Line) -> None:
    dice = random.Random(5)  # noqa: S311
    hello = frame(b"HEL", 60, struct.pack("<5I", 0, 65535, 65535, 0, 0) + struct.pack("<I", 28))
    pieces = [
        b"GET / HTTP/1.1\r\n\r\n",
        frame(b"HEL", 0),
        frame(b"HEL", 7),
        frame(b"XXX", 100, b"\0" * 92),
        frame(b"OPN", 24, b"\xff" * 16),
        frame(b"MSG", 32, b"\xff" * 24),
        hello + b"opc.tcp://127.0.0.1:4840/x" + frame(b"OPN", 40, b"\xff" * 32),
        *(dice.randbytes(dice.randrange(1, 400)) for _ in range(60)),
    ]
    for piece in pieces:
        with socket.create_connection(("127.0.0.1", line.server.port), timeout=10) as wire:
            wire.sendall(piece)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("kind", [b"MSG", b"HEL", b"XXX"])
def test_a_message_that_never_ends_is_hung_up_on(line: Line, kind: bytes) -> None:
    with socket.create_connection(("127.0.0.1", line.server.port), timeout=20) as wire:
        wire.sendall(frame(kind, 2**31))
        sent, hung_up = 0, False
        try:
            while sent < 40 * MAX_MESSAGE:
                sent += wire.send(b"\0" * 65536)
        except OSError:
            hung_up = True
        assert hung_up, f"{sent} bytes were taken"


@pytest.mark.usefixtures("untouched")
def test_a_flood_of_connections_is_turned_away_and_over(line: Line) -> None:
    internal = line.server._server.iserver
    wires = []
    for _ in range(3 * internal.max_connections):
        wire = socket.create_connection(("127.0.0.1", line.server.port), timeout=20)
        wires.append(wire)

    async def served() -> int:
        await asyncio.sleep(0.2)
        return len(line.server._server.bserver.clients)

    assert line.run(served()) <= internal.max_connections
    for wire in wires:
        wire.close()
    for _ in range(50):
        if line.run(served()) == 0:
            break
    assert line.run(served()) == 0


@pytest.mark.usefixtures("untouched")
def test_a_flood_of_sessions_leaves_none_behind(line: Line) -> None:
    async def attack() -> None:
        async def one() -> None:
            client = await _channel_of(line, "panel")
            await client.create_session()
            client.uaclient.protocol.transport.abort()
            client.disconnect_socket()

        for _ in range(4):
            await asyncio.gather(*(one() for _ in range(3)), return_exceptions=True)

    line.run(attack())

    async def left() -> int:
        await asyncio.sleep(0.1)
        return len(line.server._server.bserver.clients)

    for _ in range(50):
        if line.run(left()) == 0:
            break
    assert line.run(left()) == 0
