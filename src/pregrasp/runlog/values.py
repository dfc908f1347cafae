"""Values of a blackboard as JSON, for people: units in the keys, sizes bounded.

Only what is known by its type is taken apart; of anything else the name of its type is
told, so that no object, however large or secret, ever ends up in a log by accident.
"""

from __future__ import annotations

import dataclasses
import enum
import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pregrasp.configuration import UNITS
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.estimator import Estimate, Votes
from pregrasp.skills.capture import Capture

Json = dict[str, Any]

LONGEST_TEXT = 240
"""Of a text in a value; the rest is cut off [characters]."""

MOST_ITEMS = 12
"""Of a list or a mapping that are told one by one."""

DEEPEST = 3
"""How many values may lie within each other."""

MOST_PARTS = 64
"""Of a value, however deep they lie."""

LARGEST_NUMBER = 2**53
"""Whole numbers above this are not the same in every reader of JSON."""

MOST_VOTES = 64
"""How many votes of an estimate are told, the heaviest first."""


class _Room:
    """How much may still be told about the parts of one value."""

    def __init__(self) -> None:
        self.parts = MOST_PARTS
        self.depth = 0

    def enter(self) -> bool:
        """Whether the parts of a value may be told; call `leave` after them."""
        if self.depth >= DEEPEST or self.parts <= 0:
            return False
        self.depth += 1
        return True

    def leave(self) -> None:
        self.depth -= 1


def encode_value(value: Any, unit: str | None = None) -> Json:
    """A value as JSON: always with its ``kind`` and a ``text`` that people can read.

    Args:
        value: Anything.
        unit: A key of `pregrasp.configuration.UNITS` in which numbers are told.
    """
    return _encode(value, unit, _Room())


def _encode(value: Any, unit: str | None, room: _Room) -> Json:
    room.parts -= 1
    if value is None:
        return {"kind": "nothing", "text": "-"}
    if isinstance(value, bool):
        return {"kind": "bool", "value": value, "text": "true" if value else "false"}
    if isinstance(value, (int, float)):
        return _number(value, unit)
    if isinstance(value, (str, Path)):
        text = _shortened(str(value))
        return {"kind": "text", "value": text, "text": text}
    if isinstance(value, enum.Enum):
        return {"kind": type(value).__name__, "value": value.name, "text": value.name.lower()}
    if isinstance(value, Pose):
        return encode_pose(value)
    if isinstance(value, MotionCommand):
        return encode_motion(value)
    if isinstance(value, Estimate):
        return encode_estimate(value)
    if isinstance(value, Capture):
        return _capture(value)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return _encode(value.item(), unit, room)
    return _compound(value, unit, room)


def _compound(value: Any, unit: str | None, room: _Room) -> Json:
    """A value that has parts, or of which nothing but the type is known."""
    kind = type(value).__name__
    if not room.enter():
        return {"kind": kind, "text": "..."}
    try:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _dataclass(value, room)
        if isinstance(value, Mapping):
            return _mapping(value, unit, room)
        if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
            return _sequence(value, unit, room)
    finally:
        room.leave()
    return {"kind": kind, "text": kind}


def encode_pose(pose: Pose) -> Json:
    """A pose in millimetres and degrees."""
    return {
        "kind": "Pose",
        "x_mm": _rounded(pose.x / MM),
        "y_mm": _rounded(pose.y / MM),
        "z_mm": _rounded(pose.z / MM),
        "theta_deg": _rounded(pose.theta / DEG),
        "text": str(pose),
    }


def encode_motion(motion: MotionCommand) -> Json:
    """A planar move in millimetres and degrees, with its size."""
    return {
        "kind": "MotionCommand",
        "x_mm": _rounded(motion.x / MM),
        "y_mm": _rounded(motion.y / MM),
        "theta_deg": _rounded(motion.theta / DEG),
        "translation_mm": _rounded(motion.translation / MM),
        "rotation_deg": _rounded(motion.rotation / DEG),
        "text": str(motion),
    }


def encode_estimate(estimate: Estimate) -> Json:
    """An answer with how far it can be trusted."""
    return {
        "kind": "Estimate",
        "motion": encode_motion(estimate.motion),
        "confidence": _rounded(estimate.confidence),
        "trusted": estimate.trusted,
        "reason": _shortened(estimate.reason),
        "bound_translation_mm": _rounded(estimate.bound_translation / MM),
        "bound_rotation_deg": _rounded(estimate.bound_rotation / DEG),
        "compute_ms": _rounded(estimate.compute_time * 1e3),
        "text": f"{estimate.motion}, confidence {estimate.confidence:.2f}"
        + ("" if estimate.trusted else f", not trusted: {_shortened(estimate.reason)}"),
    }


def encode_votes(votes: Votes) -> list[list[float]]:
    """``[x_px, y_px, weight]`` of the heaviest votes."""
    heaviest = np.argsort(votes.weights)[::-1][:MOST_VOTES]
    return [
        [round(float(x), 1), round(float(y), 1), round(float(weight), 2)]
        for (x, y), weight in zip(votes.points[heaviest], votes.weights[heaviest], strict=True)
    ]


def _capture(capture: Capture) -> Json:
    height, width = capture.image.shape[:2]
    return {
        "kind": "Capture",
        "T_base_tool": encode_pose(capture.T_base_tool),
        "time_s": _rounded(capture.time),
        "image": {"width": width, "height": height},
        "text": f"{width} x {height} px at {capture.T_base_tool}",
    }


def _number(value: float, unit: str | None) -> Json:
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return {"kind": "number", "value": None, "text": "a very large number"}
    shown = value / UNITS[unit] if unit else value
    if not math.isfinite(shown):
        return {"kind": "number", "value": None, "text": str(shown)}
    shown = shown if isinstance(shown, int) else round(shown, 6)
    text = f"{shown:.6g}" if isinstance(shown, float) else str(shown)
    told: Json = {"kind": "number", "value": shown, "text": f"{text} {unit}" if unit else text}
    if unit:
        told["unit"] = unit
    return told


def _array(array: np.ndarray[Any, Any]) -> Json:
    shape = " x ".join(map(str, array.shape))
    return {
        "kind": "array",
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "text": f"{array.dtype} {shape}",
    }


def _dataclass(value: Any, room: _Room) -> Json:
    fields: Json = {}
    for field in dataclasses.fields(value):
        if not field.repr or field.metadata.get("hidden") or room.parts <= 0:
            continue
        unit = field.metadata.get("unit")
        key = f"{field.name}_{unit}" if unit else field.name
        fields[key] = _encode(getattr(value, field.name), unit, room)
    return {"kind": type(value).__name__, "fields": fields, "text": _listed(fields)}


def _mapping(value: Mapping[Any, Any], unit: str | None, room: _Room) -> Json:
    fields: Json = {}
    for key in itertools.islice(value, MOST_ITEMS):
        if room.parts > 0:
            fields[_shortened(str(key))] = _encode(value[key], unit, room)
    return {"kind": "mapping", "count": len(value), "fields": fields, "text": _listed(fields)}


def _sequence(value: Sequence[Any], unit: str | None, room: _Room) -> Json:
    items = [
        _encode(item, unit, room) for item in itertools.islice(value, MOST_ITEMS) if room.parts > 0
    ]
    shown = ", ".join(item["text"] for item in items)
    more = ", ..." if len(value) > len(items) else ""
    text = _shortened(f"[{shown}{more}]")
    return {"kind": "list", "count": len(value), "items": items, "text": text}


def _listed(fields: Json) -> str:
    return _shortened(", ".join(f"{key}: {item['text']}" for key, item in fields.items()))


def _rounded(value: float) -> float | None:
    """Six digits after the point are a nanometre and a microdegree; None if not finite."""
    return round(value, 6) if math.isfinite(value) else None


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 3]}..."
