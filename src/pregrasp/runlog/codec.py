"""The events of a run as JSON messages; ``docs/events.md`` describes every one of them.

An `Encoder` gathers what changes within a tick and tells it in one ``tick`` message, in
which nodes are numbers that the ``tree`` message has given out. Log, viewer, terminal and
statistics all read these messages, live or from a file.
"""

from __future__ import annotations

import base64
import datetime
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from py_trees.common import Status

from pregrasp.cancellation import CancelledError
from pregrasp.frames import DEG, MM
from pregrasp.runlog.images import Pictures
from pregrasp.runlog.message import LETTERS, VERSION, Message
from pregrasp.runlog.tree_message import TreeNumbers
from pregrasp.runlog.values import encode_estimate, encode_pose, encode_value, encode_votes
from pregrasp.skills.capture import Capture
from pregrasp.skills.skill import Skill
from pregrasp.task import Task, Tolerance
from pregrasp.trees.events import (
    ChangesTold,
    EstimateMade,
    Event,
    LogLevel,
    LogWritten,
    MotionCommanded,
    NodeChanged,
    PoseSampled,
    RunEnded,
    TickEnded,
    TreeStarted,
    ValueWritten,
)
from pregrasp.trees.result import NodeFailure

LONGEST_FEEDBACK = 240
"""Of a node's words; the rest is cut off [characters]."""

Json = dict[str, Any]


def new_run_id(tree: str, now: datetime.datetime) -> str:
    """A name for a run that sorts by time and is good in file names."""
    name = "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in tree)
    moment = f"{now:%Y%m%dT%H%M%S}_{now.microsecond // 1000:03d}"
    return f"{moment}-{name[:40]}-{secrets.token_hex(3)}"


def utc_now() -> datetime.datetime:
    """The time on the wall."""
    return datetime.datetime.now(datetime.UTC)


class Encoder:
    """Turns events into messages; used by one thread, for one run after the other.

    Args:
        labels: What else is known about the runs: ``task``, ``model``, ``command``, ...
        skills: The skills of the trees, if not the registered ones.
        now: The time on the wall.
        pictures_per_second: Of real time; more than that are skipped, after a burst.
    """

    def __init__(
        self,
        labels: Mapping[str, str] | None = None,
        *,
        skills: Mapping[str, type[Skill]] | None = None,
        now: Callable[[], datetime.datetime] = utc_now,
        pictures_per_second: float = 10.0,
    ) -> None:
        self._labels = dict(labels or {})
        self._skills = skills
        self._now = now
        self._pictures_per_second = pictures_per_second
        self._seq = 0
        self._numbers: TreeNumbers | None = None
        self._begin()

    def label(self, **labels: str) -> None:
        """What is known about the runs that begin from now on, added to what was known."""
        self._labels = {**self._labels, **labels}

    def _begin(self) -> None:
        self._pictures = Pictures(per_second=self._pictures_per_second)
        self._nodes: list[list[Any]] = []
        self._values: dict[str, Json] = {}
        self._told: dict[str, Json] = {}
        self._visited: Sequence[str] = ()
        self._ticks = 0
        self._began = 0.0
        self._task: Task | None = None

    def encode(self, event: Event) -> list[Message]:
        """What is to be told about an event, now; much of it waits for the end of a tick."""
        match event:
            case TreeStarted():
                return self._start(event)
            case NodeChanged():
                return self._node(event)
            case ValueWritten():
                return self._value(event)
            case TickEnded():
                self._ticks = event.number
                return [self._tick(event.time, event)]
            case ChangesTold():
                return [self._tick(event.time)] if self._nodes or self._values else []
            case MotionCommanded():
                return [self._motion(event)]
            case EstimateMade():
                return self._estimate(event)
            case PoseSampled() if self._numbers is None:
                return []
            case PoseSampled():
                return [self._message(event.time, "pose", T_base_tool=_bare_pose(event))]
            case LogWritten():
                return [self.log(event.time, event.level, event.text, event.path)]
            case RunEnded():
                return self._end(event)

    def log(self, time: float, level: LogLevel, text: str, path: str | None = None) -> Message:
        """A line for people."""
        more = {} if path is None else {"node": self._id(path)}
        return self._message(time, "log", level=level.value, text=_cut(text), **more)

    def lost(self, time: float, messages: int, pictures: int) -> Message:
        """What a reader was too slow for."""
        return self._message(time, "lost", messages=messages, pictures=pictures)

    def _message(self, time: float, kind: str, /, **content: Any) -> Message:
        self._seq += 1
        body = {"v": VERSION, "seq": self._seq, "t": round(time, 4), "type": kind, **content}
        return Message(body=body)

    def _id(self, path: str) -> int | None:
        return self._numbers.ids.get(path) if self._numbers is not None else None

    def _start(self, event: TreeStarted) -> list[Message]:
        self._begin()
        self._numbers = TreeNumbers(event.tree, self._skills)
        self._began = event.time
        now = self._now()
        return [
            self._message(
                event.time,
                "tree",
                run=new_run_id(event.tree.name, now),
                started=now.isoformat(timespec="milliseconds"),
                cell=event.cell.name,
                labels=dict(self._labels),
                **self._numbers.body(),
            )
        ]

    def _node(self, event: NodeChanged) -> list[Message]:
        number, letter = self._id(event.path), LETTERS[event.status]
        change: list[Any] = [number, letter]
        if event.feedback:
            change.append(_cut(event.feedback))
        self._nodes.append(change)
        is_leaf = self._numbers is not None and event.path in self._numbers.leaves
        if event.status is Status.FAILURE and is_leaf and event.feedback:
            return [self.log(event.time, LogLevel.INFO, event.feedback, event.path)]
        return []

    def _value(self, event: ValueWritten) -> list[Message]:
        if isinstance(event.value, Task):
            self._task = event.value
        try:
            unit = self._numbers.units.get(event.key) if self._numbers is not None else None
            told = encode_value(event.value, unit)
        except Exception as error:  # a value that cannot be looked at must not end the telling
            told = {"kind": type(event.value).__name__, "text": f"cannot be shown: {error!r:.100}"}
        messages = []
        if isinstance(event.value, Capture):
            message = self._picture(event.time, event.key, event.value)
            if message is not None:
                messages.append(message)
                told["image"]["id"] = message.body["id"]
        if self._told.get(event.key) != told:
            self._told[event.key] = self._values[event.key] = told
        return messages

    def _picture(self, time: float, key: str, capture: Capture) -> Message | None:
        picture = self._pictures.take(capture.image)
        if picture is None:
            return None
        height, width = capture.image.shape[:2]
        message = self._message(
            time,
            "image",
            id=picture.id,
            key=key,
            width=picture.width,
            height=picture.height,
            camera_width=width,
            camera_height=height,
            bytes=len(picture.jpeg),
            media="image/jpeg",
            T_base_tool=_bare(encode_pose(capture.T_base_tool)),
        )
        return Message(body=message.body, picture=picture)

    def _estimate(self, event: EstimateMade) -> list[Message]:
        answer = event.answer
        content = encode_estimate(answer.estimate)
        content.pop("kind")
        if answer.estimate.votes is not None:
            content["votes"] = encode_votes(answer.estimate.votes)
        if self._task is not None:
            content["tolerance"] = _tolerance(self._task.tolerance)
            content["within"] = _tolerance(self._task.servo.within)
        image = self._pictures.find(answer.capture.image)
        node = self._id(answer.path)
        return [self._message(event.time, "estimate", node=node, image=image, **content)]

    def _motion(self, event: MotionCommanded) -> Message:
        travel = event.travel
        return self._message(
            event.time,
            "motion",
            node=self._id(travel.path),
            shape=travel.shape.value,
            speed_percent=round(100.0 * travel.speed, 3),
            goals=[_bare(encode_pose(goal)) for goal in travel.goals[:100]],
            count=len(travel.goals),
        )

    def _tick(self, time: float, event: TickEnded | None = None) -> Message:
        content: Json = {"n": self._ticks}
        if event is not None:
            content["ms"] = round(event.duration * 1e3, 3)
            if event.visited != self._visited:
                self._visited = event.visited
                content["visited"] = self._bits(event.visited)
            if event.slow:
                content["slow"] = [[self._id(p), round(took * 1e3, 3)] for p, took in event.slow]
        if self._nodes:
            content["nodes"], self._nodes = self._nodes, []
        if self._values:
            content["values"], self._values = self._values, {}
        return self._message(time, "tick", **content)

    def _bits(self, paths: Sequence[str]) -> str:
        """A bit for every node, the lowest of the first byte for node 0, in base 64."""
        if self._numbers is None:
            return ""
        ids = self._numbers.ids
        bits = np.zeros(len(ids), np.uint8)
        bits[[ids[path] for path in paths if path in ids]] = 1
        return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode("ascii")

    def _end(self, event: RunEnded) -> list[Message]:
        messages = [self._tick(event.time)] if self._nodes or self._values else []
        failure = event.failure
        result = _result(event.status, failure)
        if failure is not None:
            level = LogLevel.WARNING if failure.refused else LogLevel.ERROR
            messages.append(
                self.log(event.time, level, f"{result}: {failure.reason}", failure.path)
            )
        messages.append(
            self._message(
                event.time,
                "end",
                result=result,
                reason="" if failure is None else _cut(failure.reason, 1000),
                node=None if failure is None else self._id(failure.path),
                path="" if failure is None else failure.path,
                duration_s=round(event.time - self._began, 4),
                ticks=self._ticks,
                pictures_skipped=self._pictures.skipped,
            )
        )
        self._numbers = None
        return messages


def _result(status: Status, failure: NodeFailure | None) -> str:
    if status is Status.SUCCESS:
        return "success"
    if failure is not None and isinstance(failure.cause, CancelledError):
        return "cancelled"
    return "refused" if failure is not None and failure.refused else "failure"


def _tolerance(tolerance: Tolerance) -> Json:
    return {
        "translation_mm": round(tolerance.translation / MM, 6),
        "rotation_deg": round(tolerance.rotation / DEG, 6),
    }


def _bare_pose(event: PoseSampled) -> Json:
    return _bare(encode_pose(event.T_base_tool))


def _bare(told: Json) -> Json:
    """Without kind and text, where the place says what it is."""
    return {key: item for key, item in told.items() if key not in ("kind", "text")}


def _cut(text: str, longest: int = LONGEST_FEEDBACK) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
