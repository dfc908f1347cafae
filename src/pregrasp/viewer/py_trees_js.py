"""A run as snapshots for the viewer ``py_trees_js``, one for every tick."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from typing import Any

from pregrasp.runlog.message import Message
from pregrasp.runlog.state import RunState
from pregrasp.trees.exchange.py_trees_js import COLOURS, LEAF, OTHER_CONTROL

WORDS = {"I": "INVALID", "R": "RUNNING", "S": "SUCCESS", "F": "FAILURE"}
"""Statuses there by their letters here."""

Json = dict[str, Any]


def feed(messages: Iterable[Message]) -> Iterator[str]:
    """A line of JSON for every tick.

    Args:
        messages: Of a run, live or from its log.
    """
    state = RunState()
    for message in messages:
        state.apply(message)
        if message.type == "tick" and state.tree is not None:
            yield json.dumps(snapshot(state, state.tree), ensure_ascii=False)


def snapshot(state: RunState, tree: Json) -> Json:
    """The run as it stands; texts are escaped, because that viewer takes them for markup.

    Args:
        state: The run.
        tree: Its ``tree`` message.
    """
    visited = state.visited_nodes()
    nodes: list[Json] = tree["nodes"]
    values = {html.escape(key): html.escape(value["text"]) for key, value in state.values.items()}
    return {
        "timestamp": state.time,
        "changed": "true",
        "visited_path": [html.escape(nodes[number]["path"]) for number in sorted(visited)],
        "behaviours": {html.escape(node["path"]): _behaviour(node, nodes, state) for node in nodes},
        "blackboard": {"behaviours": {}, "data": values},
        "activity": [],
    }


def _behaviour(node: Json, nodes: list[Json], state: RunState) -> Json:
    now = state.nodes[node["id"]]
    other = OTHER_CONTROL if node["category"] == "control" else LEAF
    data = {"Type": html.escape(node["kind"])}
    if now.feedback:
        data["Feedback"] = html.escape(now.feedback)
    return {
        "id": html.escape(node["path"]),
        "name": html.escape(node["name"]),
        "status": WORDS[now.status],
        "colour": COLOURS.get(node["kind"], other),
        "details": html.escape(now.feedback),
        "children": [html.escape(nodes[child]["path"]) for child in node["children"]],
        "data": data,
    }
