"""What clients see: a PackML unit as OPC 30050 describes it, and the hand-shake of jobs.

::

    Objects/GraspUnit                     PackMLBaseObjectType
    ├── BaseStateMachine                  Abort, Clear
    │   └── MachineState                  Stop, Reset
    │       └── ExecuteState              Start, Reset, Hold, Unhold, Suspend, Unsuspend, ToComplete
    ├── Status, Admin                     tags of the model
    ├── PackTags                          StateCurrent, CntrlCmd, CmdChangeRequest, ...
    └── Jobs                              Request, Query, Cancel; the same as tags for PLCs
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

from asyncua import Server, ua

from pregrasp.line.packml.states import Command, State

PACKML = "http://opcfoundation.org/UA/PackML/"
NODESET = "Opc.Ua.PackML.NodeSet2.xml"
OWN = "urn:pregrasp:line"
"""Namespace of what OPC 30050 does not have."""

UNIT_TYPE = 6
BASE_IDS = {State.ABORTING: 61, State.ABORTED: 62}
CLEARED, RUNNING = 71, 75
MACHINE_IDS = {State.CLEARING: 55, State.STOPPED: 53, State.STOPPING: 54}
EXECUTE_IDS = {
    State.RESETTING: 27,
    State.IDLE: 28,
    State.STARTING: 29,
    State.SUSPENDING: 30,
    State.SUSPENDED: 31,
    State.UNSUSPENDING: 32,
    State.HOLDING: 33,
    State.HELD: 34,
    State.UNHOLDING: 35,
    State.EXECUTE: 36,
    State.COMPLETING: 37,
    State.COMPLETE: 38,
}
"""Numbers of the states' nodes in the OPC Foundation's node set."""

BASE_METHODS = {"Abort": Command.ABORT, "Clear": Command.CLEAR}
MACHINE_METHODS = {"Stop": Command.STOP, "Reset": Command.RESET}
EXECUTE_METHODS = {
    "Start": Command.START,
    "Reset": Command.RESET,
    "Hold": Command.HOLD,
    "Unhold": Command.UNHOLD,
    "Suspend": Command.SUSPEND,
    "Unsuspend": Command.UNSUSPEND,
    "ToComplete": Command.COMPLETE,
}

TAGS: dict[str, tuple[str, Any]] = {
    "StateCurrent": ("Int32", 0),
    "UnitModeCurrent": ("Int32", 0),
    "ReasonCode": ("Int32", 0),
    "ReasonText": ("String", ""),
    "ReasonBy": ("String", ""),
    "LastAnswer": ("String", ""),
}
"""PackTags that are read: name, type, first value."""

WRITABLE_TAGS: dict[str, tuple[str, Any]] = {
    "CntrlCmd": ("Int32", 0),
    "CmdChangeRequest": ("Boolean", False),
    "UnitMode": ("Int32", 0),
    "UnitModeChangeRequest": ("Boolean", False),
}
"""PackTags that operators write."""

WRITABLE_JOB_TAGS: dict[str, tuple[str, Any]] = {
    "RequestJobId": ("String", ""),
    "RequestTask": ("String", ""),
    "RequestStrobe": ("Boolean", False),
}
JOB_TAGS: dict[str, tuple[str, Any]] = {
    "Accepted": ("Boolean", False),
    "Rejected": ("Boolean", False),
    "RejectReason": ("String", ""),
    "JobId": ("String", ""),
    "JobState": ("String", ""),
    "Done": ("Boolean", False),
    "Outcome": ("String", ""),
    "Reason": ("String", ""),
    "Moves": ("Int32", 0),
    "ErrorTranslation_mm": ("Double", float("nan")),
    "ErrorRotation_deg": ("Double", float("nan")),
    "BoundTranslation_mm": ("Double", float("nan")),
    "BoundRotation_deg": ("Double", float("nan")),
    "Total_s": ("Double", 0.0),
    "Pending": ("Int32", 0),
    "Running": ("String", ""),
    "CycleMean_s": ("Double", 0.0),
    "Tasks": ("String", ""),
}
"""The hand-shake as tags; from `Accepted` to `Total_s` they follow the requested job."""

STRUCTURES = {"ProdProcessedCount": 14, "ProdDefectiveCount": 14, "Alarm": 15}
"""Lists of structures in the model's Admin object, and the numbers of their types."""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """The nodes that a running server writes and listens to, by name."""

    tags: dict[str, Any]
    """PackTags."""
    jobs: dict[str, Any]
    """Tags of the hand-shake."""
    status: dict[str, Any]
    """Of the model's Status object."""
    admin: dict[str, Any]
    """Of the model's Admin object."""
    states: tuple[Any, Any, Any]
    """``CurrentState`` of the base, machine and execute state machines."""
    packml: int
    """Index of the PackML namespace."""


async def build(server: Server, name: str, commands: Any, jobs: dict[str, Any]) -> Nodes:
    """Fill the server's address space.

    Args:
        server: Initialised, not started.
        name: Of the unit's object.
        commands: Makes the callback of a command's method: called with a `Command`.
        jobs: Callbacks of ``Request``, ``Query``, ``Cancel`` and ``SetUnitMode``.
    """
    await server.import_xml(xmlstring=_nodeset())
    await server.load_data_type_definitions()
    packml = await server.get_namespace_index(PACKML)
    own = await server.register_namespace(OWN)
    unit = await server.nodes.objects.add_object(
        ua.NodeId(name, own), ua.QualifiedName(name, own), ua.NodeId(UNIT_TYPE, packml)
    )

    async def child(parent: Any, *path: str) -> Any:
        names = [step if ":" in step else f"{packml}:{step}" for step in path]
        return await parent.get_child(names)

    base = await child(unit, "BaseStateMachine")
    machine = await child(base, "MachineState")
    execute = await child(machine, "ExecuteState")
    levels = ((base, BASE_METHODS), (machine, MACHINE_METHODS), (execute, EXECUTE_METHODS))
    for node, methods in levels:
        for title, command in methods.items():
            identifier = f"{name}.{title}" if node is not machine else f"{name}.Machine.{title}"
            await node.add_method(
                ua.NodeId(identifier, own),
                ua.QualifiedName(title, packml),
                commands(command),
                [],
                [],
            )
    # What the model demands and a grasping cell has no use for, answered as such.
    for title in ("SetMachSpeed", "SetProduct", "SetParameter", "RemoteCommand", "SetInterlock"):
        server.link_method(await child(unit, title), _not_supported)
    server.link_method(await child(unit, "SetUnitMode"), jobs["SetUnitMode"])

    status = await child(unit, "Status")
    admin = await child(unit, "Admin")
    tags = await unit.add_object(ua.NodeId(f"{name}.PackTags", own), f"{own}:PackTags")
    desk = await unit.add_object(ua.NodeId(f"{name}.Jobs", own), f"{own}:Jobs")
    await _add_job_methods(desk, name, own, jobs)
    made = Nodes(
        tags=await _variables(tags, own, f"{name}.PackTags", TAGS)
        | await _variables(tags, own, f"{name}.PackTags", WRITABLE_TAGS, writable=True),
        jobs=await _variables(desk, own, f"{name}.Jobs", JOB_TAGS)
        | await _variables(desk, own, f"{name}.Jobs", WRITABLE_JOB_TAGS, writable=True),
        status={
            title: await child(status, title)
            for title in (
                *("UnitModeCurrent", "CurMachSpeed", "MachSpeed"),
                *("EquipmentBlocked", "EquipmentStarved", "UnitSupportedModes"),
            )
        },
        admin=await _admin(admin, packml, name, own),
        states=(
            await child(base, "0:CurrentState"),
            await child(machine, "0:CurrentState"),
            await child(execute, "0:CurrentState"),
        ),
        packml=packml,
    )
    await (await child(unit, "TagID")).write_value(ua.Variant(name, ua.VariantType.String))
    await made.status["MachSpeed"].write_value(ua.Variant(0.0, ua.VariantType.Float))
    await made.status["EquipmentBlocked"].write_value(ua.Variant(False, ua.VariantType.Boolean))
    modes = ua.NodeId(11, packml)
    await made.status["UnitSupportedModes"].write_value(ua.Variant(modes, ua.VariantType.NodeId))
    return made


def state_ids(state: State) -> tuple[int, int | None, int | None]:
    """Numbers of the current states' nodes, from the base machine down; None where none is."""
    if state in BASE_IDS:
        return BASE_IDS[state], None, None
    if state in MACHINE_IDS:
        return CLEARED, MACHINE_IDS[state], None
    return CLEARED, RUNNING, EXECUTE_IDS[state]


def _nodeset() -> str:
    # As text: the importer wants no encoding declaration in front of a string.
    text = resources.files("pregrasp.line.opcua").joinpath(NODESET).read_text("utf-8-sig")
    return text.partition("?>")[2]


async def _variables(
    parent: Any, own: int, prefix: str, table: dict[str, tuple[str, Any]], *, writable: bool = False
) -> dict[str, Any]:
    made = {}
    for title, (kind, first) in table.items():
        value = ua.Variant(first, getattr(ua.VariantType, kind))
        node = await parent.add_variable(
            ua.NodeId(f"{prefix}.{title}", own), ua.QualifiedName(title, own), value
        )
        if writable:
            await node.set_writable()
        made[title] = node
    return made


async def _admin(admin: Any, packml: int, name: str, own: int) -> dict[str, Any]:
    """Optional tags of the model's Admin object, with the model's own names and types."""
    made = {}
    for title, datatype in STRUCTURES.items():
        made[title] = await admin.add_variable(
            ua.NodeId(f"{name}.Admin.{title}", own),
            ua.QualifiedName(title, packml),
            ua.Variant([], ua.VariantType.ExtensionObject, is_array=True),
            datatype=ua.NodeId(datatype, packml),
        )
    made["AccTimeSinceReset"] = await admin.add_variable(
        ua.NodeId(f"{name}.Admin.AccTimeSinceReset", own),
        ua.QualifiedName("AccTimeSinceReset", packml),
        ua.Variant(0, ua.VariantType.Int32),
    )
    return made


async def _add_job_methods(desk: Any, name: str, own: int, jobs: dict[str, Any]) -> None:
    answers = [
        _argument("State", "pending, running or ended"),
        _argument("Outcome", "grasped, refused, failed, cancelled, interrupted; empty before"),
        _argument("Reason", "why, unless the part was grasped"),
        _argument("Result", "everything that is known about the result, as JSON"),
    ]
    job_id = _argument("JobId", "1 to 64 letters, digits, spaces and . _ : / -")
    inputs = {
        "Request": [job_id, _argument("Task", "name of the task")],
        "Query": [job_id],
        "Cancel": [job_id],
    }
    for title, arguments in inputs.items():
        await desk.add_method(
            ua.NodeId(f"{name}.Jobs.{title}", own),
            ua.QualifiedName(title, own),
            jobs[title],
            arguments,
            answers,
        )


def _argument(name: str, description: str) -> ua.Argument:
    return ua.Argument(
        Name=name,
        DataType=ua.NodeId(ua.ObjectIds.String),
        ValueRank=-1,
        Description=ua.LocalizedText(description),
    )


async def _not_supported(parent: ua.NodeId, *arguments: ua.Variant) -> ua.StatusCode:
    return ua.StatusCode(ua.StatusCodes.BadNotSupported)
