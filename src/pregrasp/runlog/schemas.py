"""What the channels of a run log hold: Foxglove's own schemas, and one of ours.

Foxglove and rerun know the first four by their names and draw them without being told how.
Their fields are those of Foxglove's published JSON schemas.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any

from pregrasp.frames import DEG, MM

Json = dict[str, Any]

_TIME: Json = {
    "type": "object",
    "title": "time",
    "properties": {
        "sec": {"type": "integer", "minimum": 0},
        "nsec": {"type": "integer", "minimum": 0, "maximum": 999999999},
    },
}
_TEXT: Json = {"type": "string"}
_VECTOR: Json = {
    "type": "object",
    "title": "foxglove.Vector3",
    "properties": {axis: {"type": "number"} for axis in "xyz"},
}
_QUATERNION: Json = {
    "type": "object",
    "title": "foxglove.Quaternion",
    "properties": {axis: {"type": "number"} for axis in "xyzw"},
}


def _schema(title: str, properties: Json) -> bytes:
    return json.dumps({"title": title, "type": "object", "properties": properties}).encode()


SCHEMAS: dict[str, bytes] = {
    "foxglove.CompressedImage": _schema(
        "foxglove.CompressedImage",
        {
            "timestamp": _TIME,
            "frame_id": _TEXT,
            "data": {"type": "string", "contentEncoding": "base64"},
            "format": _TEXT,
        },
    ),
    "foxglove.Log": _schema(
        "foxglove.Log",
        {
            "timestamp": _TIME,
            "level": {"type": "integer"},
            "message": _TEXT,
            "name": _TEXT,
            "file": _TEXT,
            "line": {"type": "integer", "minimum": 0},
        },
    ),
    "foxglove.PoseInFrame": _schema(
        "foxglove.PoseInFrame",
        {
            "timestamp": _TIME,
            "frame_id": _TEXT,
            "pose": {
                "title": "foxglove.Pose",
                "type": "object",
                "properties": {"position": _VECTOR, "orientation": _QUATERNION},
            },
        },
    ),
    "foxglove.FrameTransform": _schema(
        "foxglove.FrameTransform",
        {
            "timestamp": _TIME,
            "parent_frame_id": _TEXT,
            "child_frame_id": _TEXT,
            "translation": _VECTOR,
            "rotation": _QUATERNION,
        },
    ),
    "pregrasp.Message": _schema(
        "pregrasp.Message",
        {
            "v": {"type": "integer"},
            "seq": {"type": "integer"},
            "t": {"type": "number"},
            "type": _TEXT,
        },
    ),
}
"""JSON Schemas by name."""

EVENTS = "/tree/events"
IMAGE = "/camera/image"
PIXELS = "/camera/pixels"
LOG = "/log"
TOOL = "/robot/tool"
TRANSFORMS = "/tf"

TOPICS: dict[str, str] = {
    EVENTS: "pregrasp.Message",
    IMAGE: "foxglove.CompressedImage",
    PIXELS: "foxglove.CompressedImage",
    LOG: "foxglove.Log",
    TOOL: "foxglove.PoseInFrame",
    TRANSFORMS: "foxglove.FrameTransform",
}
"""Name of the schema of each topic."""

_LEVELS = {"info": 2, "warning": 3, "error": 4}


def compressed_image(time_ns: int, data: bytes, kind: str) -> Json:
    """A picture.

    Args:
        time_ns: Since 1970 [ns].
        data: As it would be in a file.
        kind: ``jpeg`` or ``png``.
    """
    text = base64.b64encode(data).decode("ascii")
    return {"timestamp": _time(time_ns), "frame_id": "camera", "data": text, "format": kind}


def log_line(time_ns: int, body: Json, tree: Json | None) -> Json:
    """A line of the log, with its node's name and place in the file."""
    number = body.get("node")
    node = tree["nodes"][number] if tree is not None and number is not None else {}
    return {
        "timestamp": _time(time_ns),
        "level": _LEVELS.get(body["level"], 0),
        "message": body["text"],
        "name": node.get("path", ""),
        "file": node.get("file", ""),
        "line": node.get("line", 0),
    }


def pose_in_frame(time_ns: int, T_base_tool: Json) -> Json:
    """The tool's pose, from the fields of a ``pose`` message."""
    position, orientation = _position(T_base_tool), _orientation(T_base_tool)
    pose = {"position": position, "orientation": orientation}
    return {"timestamp": _time(time_ns), "frame_id": "base", "pose": pose}


def frame_transform(time_ns: int, T_base_tool: Json) -> Json:
    """The same as a transform, so that three-dimensional views move."""
    return {
        "timestamp": _time(time_ns),
        "parent_frame_id": "base",
        "child_frame_id": "tool",
        "translation": _position(T_base_tool),
        "rotation": _orientation(T_base_tool),
    }


def _time(time_ns: int) -> Json:
    return {"sec": time_ns // 1_000_000_000, "nsec": time_ns % 1_000_000_000}


def _position(pose: Json) -> Json:
    return {axis: round(pose[f"{axis}_mm"] * MM, 9) for axis in "xyz"}


def _orientation(pose: Json) -> Json:
    half = pose["theta_deg"] * DEG / 2.0
    return {"x": 0.0, "y": 0.0, "z": math.sin(half), "w": math.cos(half)}
