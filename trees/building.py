"""From a loaded tree to py_trees nodes that are bound to one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from py_trees.behaviour import Behaviour

from pregrasp.skills.context import Context
from pregrasp.skills.ports import Constant, Sink, Source
from pregrasp.skills.skill import Skill
from pregrasp.trees.blackboard import Blackboard, FieldOfSlot
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.controls.subtree import Subtree
from pregrasp.trees.operators import Computed
from pregrasp.trees.specification import Fixed, Formula, NodeSpec, Wire
from pregrasp.trees.syntax import SUBTREE


@dataclass(slots=True)
class BuiltTree:
    """The nodes of one run."""

    root: Behaviour
    """The root."""
    nodes: dict[str, Behaviour]
    """Every node by its path, parents first."""


def build(
    spec: NodeSpec,
    context: Context,
    blackboard: Blackboard,
    skills: Mapping[str, type[Skill]],
) -> BuiltTree:
    """Make the nodes of a tree.

    Args:
        spec: Root of the loaded tree.
        context: What the nodes of the run share.
        blackboard: Where values go.
        skills: The classes behind the names.
    """
    nodes: dict[str, Behaviour] = {}
    root = _build(spec, context, blackboard, skills, nodes)
    order = {node.path: nodes[node.path] for node in spec.walk()}
    return BuiltTree(root, order)


def _build(
    spec: NodeSpec,
    context: Context,
    blackboard: Blackboard,
    skills: Mapping[str, type[Skill]],
    nodes: dict[str, Behaviour],
) -> Behaviour:
    children = [_build(child, context, blackboard, skills, nodes) for child in spec.children]
    node: Behaviour
    if spec.kind == SUBTREE:
        node = Subtree(spec.name, spec.path, children, spec.arms)
        node.context = context
    else:
        sources = {name: source_of(wire, blackboard) for name, wire in spec.inputs.items()}
        sinks: dict[str, Sink] = {
            name: blackboard.slot(wire.key) for name, wire in spec.outputs.items()
        }
        if spec.kind in CONTROLS:
            control = CONTROLS[spec.kind](spec.name, spec.path, children, spec.arms)
            control.connect(sources, sinks)
            control.context = context
            node = control
        else:
            leaf = skills[spec.kind](spec.name, path=spec.path)
            leaf.connect(sources, sinks)
            leaf.context = context
            node = leaf
    nodes[spec.path] = node
    return node


def source_of(wire: Wire, blackboard: Blackboard) -> Source:
    """What an input reads that is wired so."""
    if isinstance(wire, Fixed):
        return Constant(wire.value)
    if isinstance(wire, Formula):
        operands = tuple(source_of(operand, blackboard) for operand in wire.operands)
        return Computed(wire.operator, operands, str(wire))
    slot = blackboard.slot(wire.key)
    return FieldOfSlot(slot, wire.fields) if wire.fields else slot
