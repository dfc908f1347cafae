import asyncio
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asyncua import Client, Node, ua
from asyncua.ua.uaerrors import (
    BadArgumentsMissing,
    BadInvalidArgument,
    BadInvalidState,
    BadNotExecutable,
    BadNotFound,
    BadNotSupported,
    BadTooManyArguments,
    BadUserAccessDenied,
    UaStatusCodeError,
)

from pregrasp.line.packml import Command, State
from pregrasp.line.packml.states import Mode

pytestmark = pytest.mark.slow  # a server takes seconds to be made

Line = Any  # the fixture's class lives in conftest.py, which tests do not import
Eventually = Callable[[Callable[[], bool]], None]

PATHS = {
    Command.ABORT: "BaseStateMachine/Abort",
    Command.CLEAR: "BaseStateMachine/Clear",
    Command.STOP: "BaseStateMachine/MachineState/Stop",
    Command.RESET: "BaseStateMachine/MachineState/Reset",
    Command.START: "BaseStateMachine/MachineState/ExecuteState/Start",
    Command.HOLD: "BaseStateMachine/MachineState/ExecuteState/Hold",
    Command.UNHOLD: "BaseStateMachine/MachineState/ExecuteState/Unhold",
    Command.SUSPEND: "BaseStateMachine/MachineState/ExecuteState/Suspend",
    Command.UNSUSPEND: "BaseStateMachine/MachineState/ExecuteState/Unsuspend",
    Command.COMPLETE: "BaseStateMachine/MachineState/ExecuteState/ToComplete",
}


class Panel:
    """What an operator's client does, in words."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def node(self, path: str, namespace: str = "http://opcfoundation.org/UA/PackML/") -> Node:
        packml = await self.client.get_namespace_index(namespace)
        own = await self.client.get_namespace_index("urn:pregrasp:line")
        steps = [f"{own}:GraspUnit"]
        for step in path.split("/"):
            of_own = steps[-1].split(":")[1] in ("PackTags", "Jobs") or step in ("PackTags", "Jobs")
            index = 0 if step in ("CurrentState", "Id") else own if of_own else packml
            steps.append(f"{index}:{step}")
        return await self.client.nodes.objects.get_child(steps)

    async def call(self, path: str, *arguments: object) -> Any:
        method = await self.node(path)
        parent = await method.get_parent()
        assert parent is not None
        return await parent.call_method(method, *arguments)

    async def command(self, command: Command) -> None:
        await self.call(PATHS[command])

    async def read(self, path: str) -> Any:
        return await (await self.node(path)).read_value()

    async def write(self, path: str, value: object, kind: ua.VariantType) -> None:
        await (await self.node(path)).write_value(ua.Variant(value, kind))

    async def until(self, path: str, value: object) -> None:
        node = await self.node(path)
        for _ in range(500):
            if await node.read_value() == value:
                return
            await asyncio.sleep(0.02)
        pytest.fail(f"{path} is {await node.read_value()!r}, expected {value!r}")


@pytest.fixture
def in_state(line: Line, eventually: Eventually) -> Iterator[Callable[[State], None]]:
    """Bring the unit into a waiting state."""
    unit = line.production.unit

    def go(state: State) -> None:
        unit.command(Command.ABORT)
        eventually(lambda: unit.state is State.ABORTED)
        ways = {
            State.ABORTED: (),
            State.STOPPED: (Command.CLEAR,),
            State.IDLE: (Command.CLEAR, Command.RESET),
            State.EXECUTE: (Command.CLEAR, Command.RESET, Command.START),
            State.HELD: (Command.CLEAR, Command.RESET, Command.START, Command.HOLD),
            State.SUSPENDED: (Command.CLEAR, Command.RESET, Command.START, Command.SUSPEND),
            State.COMPLETE: (Command.CLEAR, Command.RESET, Command.START, Command.COMPLETE),
        }
        rest = {
            State.STOPPED,
            State.IDLE,
            State.EXECUTE,
            State.HELD,
            State.SUSPENDED,
            State.COMPLETE,
        }
        for command in ways[state]:
            unit.command(command)
            eventually(lambda: unit.state in rest)
        assert unit.state is state

    yield go
    line.devices.arm.blocked = False
    unit.command(Command.ABORT)
    eventually(lambda: unit.state is State.ABORTED)


def test_a_line_grasps_a_part_by_methods(line: Line, in_state: Callable[[State], None]) -> None:
    in_state(State.STOPPED)

    async def plc() -> None:
        async with await line.client() as client:
            panel = Panel(client)
            await panel.command(Command.RESET)
            await panel.until("PackTags/StateCurrent", State.IDLE)
            await panel.command(Command.START)
            await panel.until("PackTags/StateCurrent", State.EXECUTE)
            state, outcome, reason, result = await panel.call(
                "Jobs/Request", "method-1", "circuit_board"
            )
            for _ in range(500):
                state, outcome, reason, result = await panel.call("Jobs/Query", "method-1")
                if state == "ended":
                    break
                await asyncio.sleep(0.02)
            assert (state, outcome, reason) == ("ended", "grasped", "")
            assert json.loads(result)["job_id"] == "method-1"
            # Asking once more gives the same answer, and grasps nothing.
            assert (await panel.call("Jobs/Request", "method-1", "circuit_board"))[0] == "ended"

    before = line.production.journal.pending()
    line.run(plc())
    assert line.production.journal.pending() == before == 0


def test_a_line_grasps_a_part_by_tags(line: Line, in_state: Callable[[State], None]) -> None:
    in_state(State.EXECUTE)

    async def plc() -> None:
        async with await line.client() as client:
            panel = Panel(client)
            text, boolean = ua.VariantType.String, ua.VariantType.Boolean
            await panel.write("Jobs/RequestJobId", "tag-1", text)
            await panel.write("Jobs/RequestTask", "circuit_board", text)
            await panel.write("Jobs/RequestStrobe", True, boolean)
            await panel.until("Jobs/Accepted", True)
            await panel.until("Jobs/Done", True)
            assert await panel.read("Jobs/JobId") == "tag-1"
            assert await panel.read("Jobs/Outcome") == "grasped"
            assert await panel.read("Jobs/ErrorTranslation_mm") < 0.1
            assert math.isnan(await panel.read("Jobs/BoundTranslation_mm"))
            await panel.write("Jobs/RequestStrobe", False, boolean)
            await panel.until("Jobs/Accepted", False)

            await panel.write("Jobs/RequestTask", "circuit_bord", text)
            await panel.write("Jobs/RequestJobId", "tag-2", text)
            await panel.write("Jobs/RequestStrobe", True, boolean)
            await panel.until("Jobs/Rejected", True)
            assert "Did you mean 'circuit_board'" in await panel.read("Jobs/RejectReason")
            await panel.write("Jobs/RequestStrobe", False, boolean)
            await panel.until("Jobs/Rejected", False)
            (processed,) = await panel.read("Admin/ProdProcessedCount")
            assert processed.Count == sum(line.production.counts.values())

    line.run(plc())
    assert line.production.journal.find("tag-2") is None


def test_commands_work_as_tags(line: Line, in_state: Callable[[State], None]) -> None:
    in_state(State.STOPPED)

    async def plc() -> None:
        async with await line.client() as client:
            panel = Panel(client)
            await panel.write("PackTags/CntrlCmd", int(Command.RESET), ua.VariantType.Int32)
            await panel.write("PackTags/CmdChangeRequest", True, ua.VariantType.Boolean)
            await panel.until("PackTags/CmdChangeRequest", False)
            await panel.until("PackTags/StateCurrent", State.IDLE)
            assert await panel.read("PackTags/LastAnswer") == "done"
            await panel.write("PackTags/CntrlCmd", 77, ua.VariantType.Int32)
            await panel.write("PackTags/CmdChangeRequest", True, ua.VariantType.Boolean)
            await panel.until("PackTags/LastAnswer", "unknown")
            await panel.write("PackTags/UnitMode", int(Mode.MANUAL), ua.VariantType.Int32)
            await panel.write("PackTags/UnitModeChangeRequest", True, ua.VariantType.Boolean)
            await panel.until("PackTags/UnitModeCurrent", Mode.MANUAL)
            with pytest.raises(BadNotExecutable):
                await panel.command(Command.START)
            await panel.call("SetUnitMode", ua.Variant(1, ua.VariantType.Int32))
            await panel.until("Status/UnitModeCurrent", Mode.PRODUCE)

    line.run(plc())


REST = (
    *(State.STOPPED, State.IDLE, State.EXECUTE, State.HELD),
    *(State.SUSPENDED, State.COMPLETE, State.ABORTED),
)


@pytest.mark.parametrize("state", REST, ids=lambda state: state.name)
def test_illegal_commands_are_answered_and_change_nothing(
    line: Line, in_state: Callable[[State], None], state: State
) -> None:
    from pregrasp.line.packml.table import LEGAL

    in_state(state)

    async def plc() -> None:
        async with await line.client() as client:
            panel = Panel(client)
            for command in Command:
                if (state, command) not in LEGAL:
                    with pytest.raises(BadInvalidState):
                        await panel.command(command)
                    assert line.production.unit.state is state

    line.run(plc())


def test_the_state_machines_of_the_model_follow(
    line: Line, in_state: Callable[[State], None]
) -> None:
    async def names(panel: Panel) -> list[str]:
        paths = [
            "BaseStateMachine/CurrentState",
            "BaseStateMachine/MachineState/CurrentState",
            "BaseStateMachine/MachineState/ExecuteState/CurrentState",
        ]
        return [(await panel.read(path)).Text for path in paths]

    async def look(state: State) -> list[str]:
        async with await line.client("panel") as client:
            panel = Panel(client)
            await panel.until("PackTags/StateCurrent", state)
            return await names(panel)

    in_state(State.ABORTED)
    assert line.run(look(State.ABORTED)) == ["Aborted", "", ""]
    in_state(State.STOPPED)
    assert line.run(look(State.STOPPED)) == ["Cleared", "Stopped", ""]
    in_state(State.HELD)
    assert line.run(look(State.HELD)) == ["Cleared", "Running", "Held"]


def test_arguments_are_looked_at_before_they_are_used(line: Line) -> None:
    long, integer = "x" * 5000, ua.Variant(1, ua.VariantType.Int32)

    async def plc() -> None:
        async with await line.client() as client:
            panel = Panel(client)
            tries: list[tuple[type[UaStatusCodeError], str, tuple[object, ...]]] = [
                (BadArgumentsMissing, "Jobs/Request", ("a",)),
                (BadTooManyArguments, "Jobs/Request", ("a", "b", "c")),
                (BadInvalidArgument, "Jobs/Request", (integer, "circuit_board")),
                (BadInvalidArgument, "Jobs/Request", (long, "circuit_board")),
                (BadInvalidArgument, "Jobs/Request", ("a", long)),
                (BadInvalidArgument, "Jobs/Request", ("a", "no such task")),
                (BadInvalidArgument, "Jobs/Request", (["a"], "circuit_board")),
                (BadNotFound, "Jobs/Query", ("never asked for",)),
                (BadNotFound, "Jobs/Cancel", (long,)),
                (BadInvalidArgument, "SetUnitMode", ("manual",)),
                (BadInvalidArgument, "SetUnitMode", (ua.Variant(9, ua.VariantType.Int32),)),
                (BadTooManyArguments, PATHS[Command.ABORT], ("now",)),
                (BadNotSupported, "SetMachSpeed", (ua.Variant(1.0, ua.VariantType.Float),)),
            ]
            for error, path, arguments in tries:
                with pytest.raises(error):
                    await panel.call(path, *arguments)

    line.run(plc())
    assert line.production.journal.pending() == 0


def test_observers_look_and_do_nothing_else(line: Line, in_state: Callable[[State], None]) -> None:
    in_state(State.IDLE)

    async def look() -> None:
        async with await line.client("panel") as client:
            panel = Panel(client)
            await panel.until("PackTags/StateCurrent", State.IDLE)
            with pytest.raises(BadUserAccessDenied):
                await panel.command(Command.START)
            with pytest.raises(BadUserAccessDenied):
                await panel.call("Jobs/Request", "a", "circuit_board")
            with pytest.raises(BadUserAccessDenied):
                await panel.write("PackTags/CntrlCmd", 2, ua.VariantType.Int32)

    line.run(look())
    assert line.production.unit.state is State.IDLE


def test_even_operators_write_request_tags_only(line: Line) -> None:
    async def plc() -> None:
        async with await line.client() as client:
            panel = Panel(client)
            for path in ("PackTags/StateCurrent", "Jobs/Outcome", "Jobs/Accepted"):
                node = await panel.node(path)
                with pytest.raises(BadUserAccessDenied):
                    await node.write_value(await node.read_data_value())

    line.run(plc())


def test_who_commanded_is_the_reason(line: Line, in_state: Callable[[State], None]) -> None:
    in_state(State.IDLE)

    async def stop() -> None:
        async with await line.client("panel", user="anna") as client:
            panel = Panel(client)
            await panel.command(Command.STOP)
            await panel.until("PackTags/ReasonBy", "anna")

    line.run(stop())
    assert line.production.unit.reason.by == "anna"


def test_a_job_survives_the_client_that_asked_for_it(
    line: Line, in_state: Callable[[State], None]
) -> None:
    in_state(State.EXECUTE)
    line.devices.arm.blocked = True

    async def ask_and_vanish() -> None:
        client = await line.client()
        await client.connect()
        await Panel(client).call("Jobs/Request", "orphan", "circuit_board")
        transport = client.uaclient.protocol.transport
        transport.abort()
        with pytest.raises((ConnectionError, UaStatusCodeError, asyncio.TimeoutError)):
            await client.nodes.server_state.read_value()
        await asyncio.wait_for(client.disconnect(), 10)

    async def come_back() -> str:
        async with await line.client() as client:
            panel = Panel(client)
            for _ in range(500):
                answer = await panel.call("Jobs/Request", "orphan", "circuit_board")
                if answer[0] == "ended":
                    return str(answer[1])
                await asyncio.sleep(0.02)
        return "never"

    line.run(ask_and_vanish())
    line.devices.arm.blocked = False
    assert line.run(come_back()) == "grasped"


def test_changes_are_told_to_subscribers(line: Line, in_state: Callable[[State], None]) -> None:
    in_state(State.STOPPED)
    seen: list[int] = []

    class Hear:
        def datachange_notification(self, node: Node, value: int, data: object) -> None:
            seen.append(value)

    async def listen() -> None:
        async with await line.client("panel") as client:
            node = await Panel(client).node("PackTags/StateCurrent")
            subscription = await client.create_subscription(20, Hear())
            await subscription.subscribe_data_change(node)
            line.production.unit.command(Command.RESET)
            for _ in range(300):
                if seen and seen[-1] == State.IDLE:
                    return
                await asyncio.sleep(0.02)

    line.run(listen())
    assert seen[0] == State.STOPPED
    assert seen[-1] == State.IDLE
