"""JSON Schemas of tree and task files, for editors that complete and explain YAML.

They are made from the registered skills and controls, so that an editor knows as much as
the loader does of keys, choices and descriptions. What only a look at the whole tree can
tell (types of references, order of writing) stays with ``pregrasp tree check``.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import textwrap
import types
import typing
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from pregrasp.configuration import UNITS, is_required, schema_fields
from pregrasp.frames import MotionCommand, Pose
from pregrasp.skills import SKILLS
from pregrasp.skills.ports import Input, Port, Wired
from pregrasp.skills.skill import Skill
from pregrasp.task import Task
from pregrasp.trees.controls import CONTROLS, Arm, Control
from pregrasp.trees.syntax import FILE_KEYS, SUBTREE
from pregrasp.trees.value_types import describe_type

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that yaml-language-server understands best."""

REFERENCE: Schema = {
    "type": "string",
    "pattern": r"\{[^{}]+\}",
    "description": 'A value of the blackboard, "{name}" or "{name.field}", or a formula.',
}
_REFERENCE: Schema = {"$ref": "#/definitions/reference"}
_NODE: Schema = {"$ref": "#/definitions/node"}
_AROUND: dict[str, Schema] = {
    "name": {"type": "string", "description": "What the node is called in its path."},
    "when": {
        "type": ["string", "boolean"],
        "description": "Asked once: if it is not true, the node is skipped.",
    },
    "while": {
        "type": ["string", "boolean"],
        "description": "Asked at every tick: when it is not true, the node is halted and fails.",
    },
    "timeout_s": {
        "type": ["number", "string"],
        "description": "Halts the node, which fails, after as many seconds.",
    },
}

_EVERYWHERE: dict[str, Schema] = {key: {"$ref": f"#/definitions/{key}"} for key in _AROUND}


def summary(definition: type[Any]) -> str:
    """The documentation of a class in full, without indentation."""
    return inspect.cleandoc(definition.__doc__ or "")


# --- Trees --------------------------------------------------------------------------------


def tree_schema(skills: Mapping[str, type[Skill]] | None = None) -> Schema:
    """The schema of tree files.

    Args:
        skills: The skills that trees may use; without it all that are registered.
    """
    nodes: dict[str, Schema] = {}
    for key, control in CONTROLS.items():
        nodes[key] = _control(control)
    for key, skill in (SKILLS if skills is None else skills).items():
        nodes[key] = _arguments(skill, summary(skill))
    nodes[SUBTREE] = {
        "type": "object",
        "description": "Another tree, with its inputs and outputs.",
        "properties": {"tree": {"type": "string", "description": "Its name."}, **_EVERYWHERE},
        "required": ["tree"],
    }
    bare = [
        {"const": key, "description": schema["description"]}
        for key, schema in nodes.items()
        if key != SUBTREE
    ]
    return {
        "$schema": DRAFT,
        "title": "pregrasp tree",
        "type": "object",
        "required": ["tree", "root"],
        "additionalProperties": False,
        "properties": {
            "tree": {"type": "string", "description": FILE_KEYS["tree"]},
            "description": {"type": "string", "description": FILE_KEYS["description"]},
            "include": {
                "description": FILE_KEYS["include"],
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            },
            "constants": {"type": "object", "description": FILE_KEYS["constants"]},
            "inputs": _declarations(FILE_KEYS["inputs"], with_default=True),
            "outputs": _declarations(FILE_KEYS["outputs"], with_default=False),
            "root": {"description": FILE_KEYS["root"], **_NODE},
        },
        "definitions": {
            "reference": REFERENCE,
            **_AROUND,
            "node": {
                "anyOf": [
                    {"type": "string", "anyOf": bare},
                    {
                        "type": "object",
                        "minProperties": 1,
                        "maxProperties": 1,
                        "additionalProperties": False,
                        "properties": nodes,
                    },
                    {"type": "array", "description": "A sequence.", "items": _NODE},
                ]
            },
        },
    }


def _declarations(description: str, *, with_default: bool) -> Schema:
    properties: dict[str, Schema] = {
        "type": {"type": "string", "description": "Pose, float, list[Pose], Pose? ..."},
        "unit": {"enum": sorted(UNITS), "description": "The key ends in it."},
        "one_of": {"type": "array", "items": {"type": "string"}},
        "description": {"type": "string"},
    }
    if with_default:
        properties["default"] = {"description": "Taken when nothing is given."}
    declared = {
        "type": "object",
        "additionalProperties": False,
        "required": ["type"],
        "properties": properties,
    }
    return {
        "type": ["object", "null"],
        "description": description,
        "additionalProperties": {"anyOf": [{"type": "string"}, declared]},
    }


def _control(control: type[Control]) -> Schema:
    full = _arguments(control, summary(control))
    full["properties"] = {arm.name: _arm(arm) for arm in control.arms} | full["properties"]
    full["required"] = [
        *(arm.name for arm in control.arms if arm.required),
        *full.get("required", ()),
    ]
    others: list[Schema] = []
    needed = any(port.required for port in control.inputs().values())
    if control.short:
        others = [_value(control.ports[control.short])]
    elif len(control.arms) == 1 and not needed:
        # The one arm may stand in the place of all arguments.
        [arm] = control.arms
        others = [_arm(arm) | {"description": full["description"]}]
    if not others:
        return full
    return {"description": full["description"], "anyOf": [full, *others]}


def _arm(arm: Arm) -> Schema:
    if arm.keyed:
        return {
            "type": "object",
            "description": arm.description,
            "minProperties": 1,
            "additionalProperties": _NODE,
        }
    if arm.many:
        return {
            "type": "array",
            "description": arm.description,
            "minItems": 1,
            "items": _NODE,
        }
    return {"description": arm.description, "allOf": [_NODE]}


def _arguments(definition: type[Wired], description: str) -> Schema:
    ports = definition.ports.values()
    required = [
        port.key
        for port in ports
        if (isinstance(port, Input) and port.required) or port.kind is object
    ]
    schema: Schema = {
        "type": ["object", "null"],
        "description": description,
        "additionalProperties": False,
        "properties": {port.key: _value(port) for port in ports} | _EVERYWHERE,
    }
    if required:
        schema["required"] = required
        schema["type"] = "object"
    return schema


def _value(port: Port[Any]) -> Schema:
    """What may stand at the key of a port."""
    kind = describe_type(port.kind) if port.kind is not object else "name"
    unit = f" [{port.unit}]" if port.unit else ""
    text = f"{port.description} ({kind}{unit})"
    if not isinstance(port, Input):
        return {"type": "string", "description": f"Written: {text}"}
    literals = [_bounded(literal, port) for literal in _literals(port.kind)]
    schema: Schema = {"description": text, "anyOf": [_REFERENCE, *literals]}
    if not port.required:
        schema["default"] = plain_default(port)
    return schema


def _bounded(literal: Schema, port: Input[Any]) -> Schema:
    """A number with the range of its port, in the unit of its key."""
    if literal.get("type") not in ("number", "integer"):
        return literal
    scale = UNITS[port.unit] if port.unit else 1.0
    bounds = {"minimum": port.least, "exclusiveMinimum": port.above, "maximum": port.most}
    told = {key: float(f"{v / scale:.9g}") for key, v in bounds.items() if v is not None}
    return literal | told


def plain_default(port: Input[Any]) -> Any:
    """The default of an input as people would write it in YAML."""
    value = port.default
    if isinstance(value, enum.Enum):
        return value.value
    if port.unit and isinstance(value, (int, float)):
        # Rounded: 0.5 deg is no round number in radians.
        return float(f"{value / UNITS[port.unit]:.9g}")
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)


def _literals(kind: Any) -> list[Schema]:
    """Schemas of what can be written out for a type; none for a data set or an image."""
    if kind is Any or kind == tuple[Any, ...]:
        return (
            [{"not": {"type": "string"}}, {"type": "string"}]
            if kind is Any
            else [{"type": "array"}]
        )
    if kind is bool:
        return [{"type": ["boolean", "string"]}]
    schema = type_schema(kind)
    return [] if schema is None else [schema]


# --- Types --------------------------------------------------------------------------------


def type_schema(kind: Any) -> Schema | None:
    """The schema of the values of a type as they are written in YAML, or None."""
    plain = {float: "number", int: "integer", bool: "boolean", type(None): "null", Path: "string"}
    if kind in plain:
        return {"type": plain[kind]}
    if kind is str:
        return {"type": ["string", "number"]}
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        found = [type_schema(member) for member in members]
        known = [schema for schema in found if schema is not None]
        return {"anyOf": known} if known else None
    if origin is typing.Literal:
        return {"enum": list(members)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if origin is tuple:
        return _tuple_schema(members)
    if origin is dict:
        return {"type": "object", "additionalProperties": type_schema(members[1]) or {}}
    if kind in (Pose, MotionCommand) or dataclasses.is_dataclass(kind):
        return _record_schema(kind)
    return None


def _tuple_schema(members: tuple[Any, ...]) -> Schema:
    if len(members) == 2 and members[1] is Ellipsis:
        return {"type": "array", "items": type_schema(members[0]) or {}}
    count = len(members)
    items = [type_schema(member) or {} for member in members]
    return {"type": "array", "items": items, "minItems": count, "maxItems": count}


def _record_schema(kind: Any) -> Schema:
    docs = field_descriptions(kind)
    properties, required = {}, []
    for key, field, hint in schema_fields(kind):
        schema = type_schema(hint) or {}
        if field.name in docs:
            schema = schema | {"description": docs[field.name]}
        properties[key] = schema
        if is_required(kind, field):
            required.append(key)
    record: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        record["required"] = required
    return record


def field_descriptions(kind: Any) -> dict[str, str]:
    """The text below each field of a dataclass, from its source."""
    try:
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except (OSError, TypeError):
        return {}
    found: dict[str, str] = {}
    for field, below in pairwise(getattr(definition, "body", [])):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(t))
            ):
                text = " ".join(t.split())
                # A unit alone is in the key already.
                if not text.startswith("["):
                    found[name] = text
    return found


def task_schema() -> Schema:
    """The schema of ``task.yaml``."""
    return {"$schema": DRAFT, "title": "pregrasp task", **(type_schema(Task) or {})}
