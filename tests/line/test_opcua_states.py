"""Every command in every state, over the network: 170 pairs, acting states included.

The unit's actions are made to last until they are let go, so that a client meets each of the
17 states. What is right comes from the standard's table, written down a second time here.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, Node, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua.uaerrors import BadInvalidState, UaStatusCodeError

from pregrasp.line.cell import OpenCell
from pregrasp.line.journal import Journal
from pregrasp.line.opcua.certificates import application_uri, make_client, make_server
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.opcua.server import UnitServer
from pregrasp.line.packml.machine import Answer
from pregrasp.line.packml.states import ACTING, STATES, Command, State
from pregrasp.line.packml.unit import PackmlUnit, Turn
from pregrasp.line.production import Production
from pregrasp.line.service_file import OpcUaSettings
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import find_task

pytestmark = pytest.mark.slow  # a server takes seconds to be made

Eventually = Callable[[Callable[[], bool]], None]

LEAVABLE = "STARTING IDLE SUSPENDED EXECUTE HOLDING HELD UNHOLDING SUSPENDING UNSUSPENDING"
ALWAYS = f"{LEAVABLE} RESETTING COMPLETING COMPLETE"

LEADS_TO = {
    Command.RESET: ("RESETTING", "STOPPED COMPLETE"),
    Command.START: ("STARTING", "IDLE"),
    Command.STOP: ("STOPPING", ALWAYS),
    Command.HOLD: ("HOLDING", "STARTING EXECUTE UNHOLDING SUSPENDING SUSPENDED UNSUSPENDING"),
    Command.UNHOLD: ("UNHOLDING", "HELD"),
    Command.SUSPEND: ("SUSPENDING", "EXECUTE"),
    Command.UNSUSPEND: ("UNSUSPENDING", "SUSPENDED"),
    Command.ABORT: ("ABORTING", f"{ALWAYS} CLEARING STOPPED STOPPING"),
    Command.CLEAR: ("CLEARING", "ABORTED"),
    Command.COMPLETE: ("COMPLETING", "EXECUTE"),
}
"""Where each command leads, and from which states."""

METHODS = {
    Command.ABORT: "Abort",
    Command.CLEAR: "Clear",
    Command.STOP: "MachineState/Stop",
    Command.RESET: "MachineState/Reset",
    Command.START: "MachineState/ExecuteState/Start",
    Command.HOLD: "MachineState/ExecuteState/Hold",
    Command.UNHOLD: "MachineState/ExecuteState/Unhold",
    Command.SUSPEND: "MachineState/ExecuteState/Suspend",
    Command.UNSUSPEND: "MachineState/ExecuteState/Unsuspend",
    Command.COMPLETE: "MachineState/ExecuteState/ToComplete",
}
"""Below the unit's ``BaseStateMachine``, as the standard's nodes are called."""

IDLE = (Command.CLEAR, Command.RESET)
EXECUTE = (*IDLE, Command.START)
WAYS = {
    State.ABORTED: (),
    State.CLEARING: (Command.CLEAR,),
    State.STOPPED: (Command.CLEAR,),
    State.RESETTING: IDLE,
    State.IDLE: IDLE,
    State.STARTING: EXECUTE,
    State.EXECUTE: EXECUTE,
    State.STOPPING: (*IDLE, Command.STOP),
    State.ABORTING: (*IDLE, Command.ABORT),
    State.HOLDING: (*EXECUTE, Command.HOLD),
    State.HELD: (*EXECUTE, Command.HOLD),
    State.UNHOLDING: (*EXECUTE, Command.HOLD, Command.UNHOLD),
    State.SUSPENDING: (*EXECUTE, Command.SUSPEND),
    State.SUSPENDED: (*EXECUTE, Command.SUSPEND),
    State.UNSUSPENDING: (*EXECUTE, Command.SUSPEND, Command.UNSUSPEND),
    State.COMPLETING: (*EXECUTE, Command.COMPLETE),
    State.COMPLETE: (*EXECUTE, Command.COMPLETE),
}
"""Commands that lead from Aborted to each state, if only that state's own action lasts."""


class Lasting(Production):
    """A unit whose action in one state lasts until it is let go; production always does."""

    lasts: frozenset[State] = frozenset()

    def _make_unit(self) -> PackmlUnit:
        return PackmlUnit(dict.fromkeys(ACTING, self._last))

    def _last(self, turn: Turn) -> None:
        while not turn.over and (turn.state in self.lasts or turn.state is State.EXECUTE):
            turn.wait(0.005)


class Cell:
    """A unit behind OPC UA, on a loop of its own, with one client."""

    def __init__(self, production: Lasting, server: UnitServer, client: Client) -> None:
        self.production = production
        self.server = server
        self.client = client

    @property
    def state(self) -> State:
        return self.production.unit.state

    def bring_into(self, state: State, eventually: Eventually) -> None:
        unit, rest = self.production.unit, {*STATES} - {*ACTING} | {State.EXECUTE}
        self.production.lasts = frozenset()
        unit.command(Command.ABORT)
        eventually(lambda: unit.state is State.ABORTED)
        for command in WAYS[state]:
            last = command is WAYS[state][-1]
            self.production.lasts = frozenset({state} if last and state in ACTING else ())
            unit.command(command)
            if not (last and state in ACTING):
                eventually(lambda: unit.state in rest)
        eventually(lambda: unit.state is state)

    async def command(self, command: Command) -> None:
        own = await self.client.get_namespace_index("urn:pregrasp:line")
        packml = await self.client.get_namespace_index("http://opcfoundation.org/UA/PackML/")
        names = ["BaseStateMachine", *METHODS[command].split("/")]
        steps = [f"{own}:GraspUnit", *(f"{packml}:{name}" for name in names)]
        parent = await self.client.nodes.objects.get_child(steps[:-1])
        await parent.call_method(steps[-1])

    async def shown(self) -> State:
        tag = self.client.get_node(ua.NodeId("GraspUnit.PackTags.StateCurrent", 3))
        return State(await tag.read_value())


Run = Callable[[Any], Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="opcua loop")
    thread.start()
    yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(120.0)
    asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result(60.0)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="module")
def unit(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    folder: Path = tmp_path_factory.mktemp("states")
    security = SecurityFolder(folder / "security")
    make_server(security)
    make_client(security, "plc", Role.OPERATOR)
    task = find_task("circuit_board")
    devices = IdealCell(task.taught.grasp)
    opened = OpenCell(devices)
    loaded = opened.load(task, estimator=IdealEstimator(devices, task.taught.approach))
    journal = Journal(folder / "jobs.sqlite")
    production = Lasting(opened, {loaded.name: loaded}, journal)
    production.unit.open()
    server = UnitServer(production, security, OpcUaSettings(host="127.0.0.1", port=0))

    async def connect() -> Client:
        await server.start()
        files = security.folder / "clients"
        client = Client(f"opc.tcp://127.0.0.1:{server.port}/pregrasp/", timeout=60)
        client.application_uri = application_uri(files / "plc.der")
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=str(files / "plc.der"),
            private_key=str(files / "plc.key.pem"),
            server_certificate=str(security.certificate),
        )
        await client.load_client_certificate(str(files / "plc.der"))
        await client.load_private_key(str(files / "plc.key.pem"))
        await client.connect()
        return client

    client = run(connect())
    yield Cell(production, server, client)
    run(client.disconnect())
    run(server.stop())
    production.unit.close()
    opened.close()
    journal.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_command_is_answered_right_in_every_state(
    unit: Cell, run: Run, eventually: Eventually, state: State
) -> None:
    legal = 0
    for command in Command:
        if unit.state is not state:
            unit.bring_into(state, eventually)
        leads_to, states = LEADS_TO[command]
        # What it leads to is to be seen as well, so its action lasts too.
        unit.production.lasts = frozenset({state, State[leads_to]})
        if state.name in states.split():
            legal += 1
            run(unit.command(command))
            assert unit.state is State[leads_to]
            eventually(lambda: run(unit.shown()) is unit.state)
        else:
            with pytest.raises(UaStatusCodeError) as caught:
                run(unit.command(command))
            assert isinstance(caught.value, BadInvalidState), f"{command.name} in {state.name}"
            assert unit.state is state
            assert run(unit.shown()) is state
    assert legal == sum(state.name in states.split() for _, states in LEADS_TO.values())


@pytest.mark.parametrize("hostile", [-1, 0, 11, 999, 2**31 - 1])
@pytest.mark.parametrize("state", [State.CLEARING, State.EXECUTE, State.HOLDING])
def test_a_command_that_does_not_exist_changes_nothing_in_the_middle_of_an_action(
    unit: Cell, run: Run, eventually: Eventually, state: State, hostile: int
) -> None:
    unit.bring_into(state, eventually)

    async def ask() -> str:
        def tag(name: str) -> Node:
            return unit.client.get_node(ua.NodeId(f"GraspUnit.PackTags.{name}", 3))

        await tag("CntrlCmd").write_value(ua.Variant(hostile, ua.VariantType.Int32))
        await tag("CmdChangeRequest").write_value(True)
        answers = [await tag("LastAnswer").read_value() for _ in range(50)]
        return str(answers[-1])

    eventually(lambda: run(ask()) == Answer.UNKNOWN.value)
    assert unit.state is state
