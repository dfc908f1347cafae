"""Which node is to blame when a tree has failed."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import Control
from pregrasp.trees.result import NodeFailure


def explain(root: Behaviour) -> NodeFailure:
    """Follow the failure from the root down to where it began.

    Args:
        root: A node whose status is FAILURE.

    Returns:
        The leaf that failed, or the control that made the decision.
    """
    node = root
    while isinstance(node, Control) and not node.failure:
        failed = [child for child in node.children if child.status is Status.FAILURE]
        if not failed:
            break
        blamed = node.current_child
        node = blamed if blamed in failed and blamed is not None else failed[-1]
    if isinstance(node, Skill):
        return NodeFailure(
            path=node.path,
            reason=node.feedback_message or "the answer was no",
            refused=node.refused,
            cause=node.cause,
        )
    if isinstance(node, Control):
        return NodeFailure(
            path=node.path,
            reason=node.failure or "it has no child that failed",
            refused=node.refused,
            cause=node.cause,
        )
    return NodeFailure(path=node.name, reason=node.feedback_message)
