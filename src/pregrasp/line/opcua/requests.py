"""What clients ask: commands and jobs, by methods and by tags.

Everything that a client sends is looked at before it is used: number and types of arguments,
lengths, rights. Commands are answered with the right status and change nothing when they are
illegal::

    Good                        carried out
    BadInvalidState             not in this state
    BadNotExecutable            not in this mode
    BadInvalidArgument          no such command, mode, task or job id
    BadUserAccessDenied         not allowed
    BadResourceUnavailable      the journal cannot be written; nothing was accepted
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from asyncua import ua

from pregrasp.line.errors import JournalError, LineError
from pregrasp.line.journal import JobRecord
from pregrasp.line.opcua.display import Display
from pregrasp.line.opcua.guard import CALLER
from pregrasp.line.packml.machine import Answer, Reason
from pregrasp.line.packml.states import Command
from pregrasp.line.production import Production

log = logging.getLogger(__name__)

CODE_CLIENT = 1
"""Code of the reason of a command that a client gave."""

_ANSWERS = {
    Answer.DONE: ua.StatusCodes.Good,
    Answer.WRONG_STATE: ua.StatusCodes.BadInvalidState,
    Answer.WRONG_MODE: ua.StatusCodes.BadNotExecutable,
    Answer.UNKNOWN: ua.StatusCodes.BadInvalidArgument,
}

Method = Callable[..., Awaitable[Any]]


class Requests:
    """Carries out what clients ask for.

    Args:
        production: The unit.
    """

    def __init__(self, production: Production) -> None:
        self._production = production
        self._display: Display | None = None

    def answer_on(self, display: Display) -> None:
        """Answer requests by tags there."""
        self._display = display

    def command(self, command: Command) -> Method:
        """The callback of a command's method."""

        async def call(parent: ua.NodeId, *arguments: ua.Variant) -> Any:
            # The model's Start has a parameter, which a grasping cell does not need.
            if arguments and command is not Command.START:
                return ua.StatusCode(ua.StatusCodes.BadTooManyArguments)
            return ua.StatusCode(_ANSWERS[self._carry_out(command)])

        return call

    def _carry_out(self, command: int) -> Answer:
        by = CALLER.get()
        reason = Reason(code=CODE_CLIENT, text=f"asked for by {by}", by=by)
        answer = self._production.unit.command(command, reason)
        log.info("command %s by %s: %s", command, by, answer.value)
        return answer

    async def set_mode(self, parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        """The callback of ``SetUnitMode``."""
        if bad := _unfit(arguments, [ua.VariantType.Int32]):
            return bad
        answer = self._production.unit.set_mode(arguments[0].Value)
        log.info("mode %s by %s: %s", arguments[0].Value, CALLER.get(), answer.value)
        return ua.StatusCode(_ANSWERS[answer])

    async def request(self, parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        """The callback of ``Request``: ask for a job, or hear what became of it."""
        if bad := _unfit(arguments, [ua.VariantType.String] * 2):
            return bad
        job_id, task = (argument.Value for argument in arguments)
        try:
            # Writing through to the disk takes its time, which other clients need not wait for.
            ask = self._production.request
            record = await asyncio.to_thread(ask, job_id, task, CALLER.get())
        except JournalError as error:
            log.error("job %s was not accepted: %s", job_id, error)
            return ua.StatusCode(ua.StatusCodes.BadResourceUnavailable)
        except LineError as error:
            log.info("job refused: %s", error)
            return ua.StatusCode(ua.StatusCodes.BadInvalidArgument)
        return _answer(record)

    async def query(self, parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        """The callback of ``Query``: what is known about a job."""
        if bad := _unfit(arguments, [ua.VariantType.String]):
            return bad
        record = await asyncio.to_thread(self._production.journal.find, arguments[0].Value)
        return ua.StatusCode(ua.StatusCodes.BadNotFound) if record is None else _answer(record)

    async def cancel(self, parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        """The callback of ``Cancel``: withdraw a job, or stop it."""
        if bad := _unfit(arguments, [ua.VariantType.String]):
            return bad
        log.info("job %.64r: cancel by %s", arguments[0].Value, CALLER.get())
        try:
            record = await asyncio.to_thread(self._production.cancel, arguments[0].Value)
        except JournalError as error:
            log.error("job was not withdrawn: %s", error)
            return ua.StatusCode(ua.StatusCodes.BadResourceUnavailable)
        return ua.StatusCode(ua.StatusCodes.BadNotFound) if record is None else _answer(record)

    async def written(self, event: Any, dispatcher: Any) -> None:
        """A client has written tags: look whether one of them is a request."""
        display = self._display
        if not event.is_external or display is None:
            return
        written = {item.NodeId for item in event.request_params.NodesToWrite}
        tags, jobs = display.nodes.tags, display.nodes.jobs
        if tags["CmdChangeRequest"].nodeid in written and await _take(tags["CmdChangeRequest"]):
            answer = self._carry_out(int(await tags["CntrlCmd"].read_value()))
            await display.show(tags["LastAnswer"], answer.value, ua.VariantType.String)
        if tags["UnitModeChangeRequest"].nodeid in written and await _take(
            tags["UnitModeChangeRequest"]
        ):
            answer = self._production.unit.set_mode(int(await tags["UnitMode"].read_value()))
            await display.show(tags["LastAnswer"], answer.value, ua.VariantType.String)
        if jobs["RequestStrobe"].nodeid in written:
            await self._hand_shake(display, bool(await jobs["RequestStrobe"].read_value()))

    async def _hand_shake(self, display: Display, wanted: bool) -> None:
        """Request up: accept or reject; request down: take the answer back."""
        jobs = display.nodes.jobs
        boolean, text = ua.VariantType.Boolean, ua.VariantType.String
        words = ""
        if wanted:
            job_id = str(await jobs["RequestJobId"].read_value() or "")
            task = str(await jobs["RequestTask"].read_value() or "")
            try:
                await asyncio.to_thread(self._production.request, job_id, task, CALLER.get())
                display.followed = job_id
            except LineError as error:
                words = str(error)[:200]
        await display.show(jobs["RejectReason"], words, text)
        await display.show(jobs["Rejected"], bool(words), boolean)
        await display.show_jobs()
        # Last, so that whoever waits for it finds everything else in its place.
        await display.show(jobs["Accepted"], wanted and not words, boolean)


async def _take(request: Any) -> bool:
    """Whether a request was raised; lowers it."""
    if not await request.read_value():
        return False
    await request.write_value(ua.Variant(False, ua.VariantType.Boolean))
    return True


def _unfit(arguments: tuple[ua.Variant, ...], kinds: list[Any]) -> ua.StatusCode | None:
    """The status that refuses arguments, if they are not what the method takes."""
    if len(arguments) < len(kinds):
        return ua.StatusCode(ua.StatusCodes.BadArgumentsMissing)
    if len(arguments) > len(kinds):
        return ua.StatusCode(ua.StatusCodes.BadTooManyArguments)
    for argument, kind in zip(arguments, kinds, strict=True):
        wanted = str if kind is ua.VariantType.String else int
        if argument.VariantType is not kind or type(argument.Value) is not wanted:
            return ua.StatusCode(ua.StatusCodes.BadInvalidArgument)
    return None


def _answer(record: JobRecord) -> list[ua.Variant]:
    result = record.result
    texts = [
        record.state.value,
        "" if result is None else result.outcome.value,
        "" if result is None else result.reason,
        "" if result is None else json.dumps(result.to_json()),
    ]
    return [ua.Variant(text, ua.VariantType.String) for text in texts]
