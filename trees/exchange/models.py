"""The ``TreeNodesModel``: what an editor needs to know about nodes that are not its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from pregrasp.documents import Located
from pregrasp.skills.ports import MISSING, Input, Port
from pregrasp.skills.skill import Condition
from pregrasp.trees.controls import Control
from pregrasp.trees.controls.control import OneChild
from pregrasp.trees.exchange.values import to_text
from pregrasp.trees.syntax import RawNode, RawTree
from pregrasp.trees.value_types import describe_type


def node_models(nodes: Sequence[RawNode]) -> Iterator[str]:
    """One model for each kind of node.

    Args:
        nodes: One node of each kind that the other side does not have.
    """
    for node in sorted(nodes, key=lambda node: node.kind):
        definition = node.definition
        if definition is None:
            continue
        element = _element(node)
        ports = [_port(port) for port in definition.ports.values()]
        if element == "Control":
            ports.append(
                '<input_port name="arms" type="str">Which arm each child belongs to</input_port>'
            )
        yield from _model(element, node.kind, ports)


def tree_model(raw: RawTree) -> Iterator[str]:
    """The model of a tree: its inputs and outputs."""
    ports = [*_declared("input_port", raw.inputs), *_declared("output_port", raw.outputs)]
    yield from _model("SubTree", raw.name, ports)


def _element(node: RawNode) -> str:
    definition = node.definition
    if definition is None or not issubclass(definition, Control):
        is_condition = definition is not None and issubclass(definition, Condition)
        return "Condition" if is_condition else "Action"
    if not definition.arms:
        return "Action"
    return "Decorator" if issubclass(definition, OneChild) else "Control"


def _model(element: str, name: str, ports: Sequence[str]) -> Iterator[str]:
    if not ports:
        yield f"<{element} ID={quoteattr(name)}/>"
        return
    yield f"<{element} ID={quoteattr(name)}>"
    yield from (f"  {port}" for port in ports)
    yield f"</{element}>"


def _port(port: Port[object]) -> str:
    tag = "input_port" if isinstance(port, Input) else "output_port"
    text = f"<{tag} name={quoteattr(port.key)} type={quoteattr(describe_type(port.kind))}"
    if isinstance(port, Input) and port.default is not MISSING and port.unit is None:
        shown = getattr(port.default, "value", port.default)
        if isinstance(shown, (bool, int, float, str)):
            text += f" default={quoteattr(to_text(shown))}"
    return f"{text}>{escape(port.description)}</{tag}>"


def _declared(tag: str, section: Located | None) -> Iterator[str]:
    if section is None or not isinstance(section.value, dict):
        return
    for name, declared in section.value.items():
        parts = declared.plain() if isinstance(declared.value, dict) else {"type": declared.value}
        key = f"{name}_{parts['unit']}" if "unit" in parts else name
        text = f"<{tag} name={quoteattr(key)} type={quoteattr(str(parts['type']))}"
        if "default" in parts:
            text += f" default={quoteattr(to_text(parts['default']))}"
        yield f"{text}>{escape(str(parts.get('description', '')))}</{tag}>"
