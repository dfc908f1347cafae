"""What clients see: states, reasons, counters and the job they asked for, kept up to date."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from pregrasp.frames import DEG, MM
from pregrasp.line.journal import JobRecord, JobState
from pregrasp.line.opcua import address_space
from pregrasp.line.opcua.address_space import Nodes
from pregrasp.line.packml.machine import Change, Reason
from pregrasp.line.packml.states import Mode
from pregrasp.line.production import Production
from pregrasp.line.results import Outcome


class Display:
    """Writes the tags of a unit; every tag only when it changes.

    Args:
        server: Has the address space.
        nodes: The tags.
        production: The unit.
    """

    def __init__(self, server: Any, nodes: Nodes, production: Production) -> None:
        self.nodes = nodes
        self.followed = ""
        """Id of the job that the hand-shake's tags follow."""
        self._server = server
        self._production = production
        self._cycles = 0
        self._cycle_time = 0.0
        self._began = time.monotonic()
        self._shown: dict[Any, Any] = {}

    def count(self, record: JobRecord) -> None:
        """Take note of a cycle."""
        if record.result is not None and record.result.outcome is Outcome.GRASPED:
            self._cycles += 1
            self._cycle_time += record.result.timings.total

    async def show_state(self, change: Change) -> None:
        """Write state, mode and reason; the number of the state last."""
        nodes, kinds = self.nodes, ua.VariantType
        for node, number in zip(nodes.states, address_space.state_ids(change.state), strict=True):
            title = "" if number is None else await self._name(number)
            await node.write_value(ua.Variant(ua.LocalizedText(title), kinds.LocalizedText))
            found = ua.NodeId() if number is None else ua.NodeId(number, nodes.packml)
            identifier = await node.get_child("0:Id")
            await identifier.write_value(ua.Variant(found, kinds.NodeId))
        await self.show(nodes.tags["ReasonCode"], change.reason.code, kinds.Int32)
        await self.show(nodes.tags["ReasonText"], change.reason.text[:500], kinds.String)
        await self.show(nodes.tags["ReasonBy"], change.reason.by, kinds.String)
        await self.show(nodes.tags["UnitModeCurrent"], int(change.mode), kinds.Int32)
        await self.show(nodes.status["UnitModeCurrent"], Mode(change.mode), kinds.Int32)
        alarms = [] if not change.reason.text else [_alarm(change.reason)]
        await nodes.admin["Alarm"].write_value(
            ua.Variant(alarms, kinds.ExtensionObject, is_array=True)
        )
        await self.show(nodes.tags["StateCurrent"], int(change.state), kinds.Int32)

    async def _name(self, number: int) -> str:
        node = self._server.get_node(ua.NodeId(number, self.nodes.packml))
        return str((await node.read_browse_name()).Name)

    async def show_jobs(self) -> None:
        """Write what is known of the jobs.

        Raises:
            JournalError: The journal cannot be read.
        """
        production, nodes, kinds = self._production, self.nodes, ua.VariantType
        record = None
        if self.followed:
            record = await asyncio.to_thread(production.journal.find, self.followed)
        for title, kind, value in _job_values(record):
            await self.show(nodes.jobs[title], value, kind)
        pending = await asyncio.to_thread(production.journal.pending)
        await self.show(nodes.jobs["Pending"], pending, kinds.Int32)
        await self.show(nodes.jobs["Running"], production.running, kinds.String)
        await self.show(nodes.jobs["Tasks"], ", ".join(production.tasks), kinds.String)
        mean = self._cycle_time / self._cycles if self._cycles else 0.0
        await self.show(nodes.jobs["CycleMean_s"], mean, kinds.Double)
        speed = 60.0 / mean if mean > 0.0 else 0.0
        await self.show(nodes.status["CurMachSpeed"], speed, kinds.Float)
        await self.show(nodes.status["EquipmentStarved"], production.starved, kinds.Boolean)
        elapsed = int(time.monotonic() - self._began)
        await self.show(nodes.admin["AccTimeSinceReset"], elapsed, kinds.Int32)
        counts = dict(production.counts)
        total, good = sum(counts.values()), counts[Outcome.GRASPED]
        for title, count in (("ProdProcessedCount", total), ("ProdDefectiveCount", total - good)):
            if self._shown.get(title) != count:
                self._shown[title] = count
                entry = ua.PackMLCountDataType(ID=1, Name="parts", Count=count, AccCount=count)
                await nodes.admin[title].write_value(
                    ua.Variant([entry], kinds.ExtensionObject, is_array=True)
                )

    async def show(self, node: Any, value: Any, kind: Any) -> None:
        """Write a tag, if it changes."""
        if self._shown.get(node.nodeid, self) == value:
            return
        self._shown[node.nodeid] = value
        await node.write_value(ua.Variant(value, kind))


def _job_values(record: JobRecord | None) -> list[tuple[str, Any, Any]]:
    """Tags of the followed job, the flag that it is done at the end."""
    kinds = ua.VariantType
    result = None if record is None else record.result
    error = None if result is None else result.error
    nothing = float("nan")

    def of(name: str, unit: float) -> float:
        value = getattr(error, name, None)
        return nothing if value is None else float(value) / unit

    return [
        ("JobId", kinds.String, "" if record is None else record.job_id),
        ("JobState", kinds.String, "" if record is None else record.state.value),
        ("Outcome", kinds.String, "" if result is None else result.outcome.value),
        ("Reason", kinds.String, "" if result is None else result.reason[:500]),
        ("Moves", kinds.Int32, 0 if result is None else result.moves),
        ("ErrorTranslation_mm", kinds.Double, of("translation", MM)),
        ("ErrorRotation_deg", kinds.Double, of("rotation", DEG)),
        ("BoundTranslation_mm", kinds.Double, of("bound_translation", MM)),
        ("BoundRotation_deg", kinds.Double, of("bound_rotation", DEG)),
        ("Total_s", kinds.Double, 0.0 if result is None else result.timings.total),
        ("Done", kinds.Boolean, record is not None and record.state is JobState.ENDED),
    ]


def _alarm(reason: Reason) -> Any:
    return ua.PackMLAlarmDataType(
        ID=reason.code,
        Value=0,
        Message=reason.text[:500],
        Category=1 if reason.by == "cell" else 0,
        DateTime=datetime.now(UTC),
        AckDateTime=datetime.fromtimestamp(0, UTC),
        Trigger=True,
    )
