"""A tree, or the state of a run, as JSON of the viewer ``py_trees_js``.

What its code wants, seen in its own sources: ``changed`` is the text ``"true"``, not a truth;
``visited_path`` must be there; no value may be null; names go into the page as they are, so
markup in them is escaped here.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

from py_trees.common import Status

from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.specification import NodeSpec, Tree
from pregrasp.trees.syntax import SUBTREE

COLOURS = {
    "sequence": "#FFA500",
    "reactive_sequence": "#FFA500",
    "selector": "#00FFFF",
    "reactive_selector": "#00FFFF",
    "parallel": "#FFFF00",
    SUBTREE: "#DDA0DD",
}
OTHER_CONTROL, LEAF = "#D3D3D3", "#808080"


def export_py_trees_js(
    tree: Tree, *, time: float = 0.0, statuses: Mapping[str, Status] | None = None
) -> str:
    """One snapshot.

    Args:
        tree: A loaded tree.
        time: Of the snapshot [s].
        statuses: Status of nodes by path; nodes that are missing have not been ticked.
    """
    known = statuses or {}
    ticked = [html.escape(path) for path, status in known.items() if status is not Status.INVALID]
    snapshot = {
        "timestamp": time,
        "changed": "true",
        "visited_path": ticked,
        "behaviours": dict(_behaviours(tree.root, known)),
        "blackboard": {"behaviours": {}, "data": {}},
        "activity": [],
    }
    return json.dumps(snapshot, ensure_ascii=False, indent=2) + "\n"


def _behaviours(
    root: NodeSpec, statuses: Mapping[str, Status]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in root.walk():
        status = statuses.get(node.path, Status.INVALID)
        colour = COLOURS.get(node.kind, OTHER_CONTROL if node.kind in CONTROLS else LEAF)
        data: dict[str, Any] = {"Type": html.escape(node.kind)}
        ports = [f"{name} = {wire}" for name, wire in node.inputs.items()]
        ports += [f"{name} => {wire}" for name, wire in node.outputs.items()]
        if ports:
            data["Ports"] = [html.escape(port) for port in ports]
        path = html.escape(node.path)
        yield (
            path,
            {
                "id": path,
                "name": html.escape(node.name),
                "status": status.name,
                "colour": colour,
                "details": html.escape(node.kind if node.kind != node.name else ""),
                "children": [html.escape(child.path) for child in node.children],
                "data": data,
            },
        )
