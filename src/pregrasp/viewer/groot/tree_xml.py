"""A running tree as the XML that Groot2 asks for: every subtree where it is used.

The names of nodes are those of our export (``docs/exchange.md``); here each node also has
its number, and each subtree the path by which its blackboard is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from pregrasp.trees.exchange.vocabulary import BY_KEY, MILLISECONDS, ONE_CHILD, RESERVED
from pregrasp.trees.syntax import SUBTREE
from pregrasp.viewer.groot.protocol import uid

Json = dict[str, Any]

_PORT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ELEMENTS = {"control": "Control", "condition": "Condition", "action": "Action"}


def tree_xml(tree: Json) -> str:
    """The XML.

    Args:
        tree: A ``tree`` message.

    Raises:
        GrootError: The tree has too many nodes.
    """
    nodes: list[Json] = tree["nodes"]
    lines = ['<root BTCPP_format="4">']
    # The path of the main tree is empty; its blackboard is asked for by its name.
    lines += _behavior_tree(tree["tree"], "", nodes[0], nodes)
    for node in nodes:
        if node["kind"] == SUBTREE:
            lines += _behavior_tree(node["name"], node["path"], nodes[node["children"][0]], nodes)
    lines += ["  <TreeNodesModel>", *_models(nodes), "  </TreeNodesModel>", "</root>"]
    return "\n".join(lines) + "\n"


def subtree_paths(tree: Json) -> list[str]:
    """Where blackboards are: the tree itself, and every subtree in it."""
    return [tree["tree"], *(n["path"] for n in tree["nodes"] if n["kind"] == SUBTREE)]


def _behavior_tree(name: str, path: str, root: Json, nodes: list[Json]) -> Iterator[str]:
    yield f"  <BehaviorTree ID={quoteattr(name)} _fullpath={quoteattr(path)}>"
    yield from _node(root, nodes, "    ")
    yield "  </BehaviorTree>"


def _node(node: Json, nodes: list[Json], indent: str) -> Iterator[str]:
    number = f'_uid="{uid(node["id"])}"'
    if node["kind"] == SUBTREE:
        # Without a name: Groot2 does not open a SubTree that has one.
        ports = _ports(node)
        where = f"ID={quoteattr(node['name'])} _fullpath={quoteattr(node['path'])}"
        yield f"{indent}<SubTree {where} {number}{ports}/>"
        return
    tag = _tag(node)
    start = f"{indent}<{tag} name={quoteattr(node['name'])} {number}{_ports(node)}"
    if not node["children"]:
        yield f"{start}/>"
        return
    yield f"{start}>"
    for child in node["children"]:
        yield from _node(nodes[child], nodes, indent + "  ")
    yield f"{indent}</{tag}>"


def _tag(node: Json) -> str:
    builtin = BY_KEY.get(node["kind"])
    return builtin.tag if builtin is not None else str(node["kind"])


def _ports(node: Json) -> str:
    builtin = BY_KEY.get(node["kind"])
    texts = []
    for wired in (*node["inputs"], *node["outputs"]):
        name, text = wired["port"], wired["wire"]
        if builtin is not None:
            if name not in builtin.attributes:
                continue
            name, codec = builtin.attributes[name]
            if codec == MILLISECONDS:
                text = _milliseconds(text)
        if _PORT_NAME.fullmatch(name) and name not in RESERVED:
            texts.append(f" {name}={quoteattr(text)}")
    return "".join(texts)


def _milliseconds(seconds: str) -> str:
    try:
        return str(round(float(seconds) * 1000.0))
    except ValueError:
        return seconds


def _models(nodes: list[Json]) -> Iterator[str]:
    """What each kind of node is; BehaviorTree.CPP describes its own ones too."""
    told: set[str] = set()
    for node in nodes:
        kind = node["kind"]
        if kind in told or kind == SUBTREE:
            continue
        told.add(kind)
        yield f"    <{_element(node)} ID={quoteattr(_tag(node))}>"
        builtin = BY_KEY.get(kind)
        if builtin is not None:
            for name, _ in builtin.attributes.values():
                yield f"      <input_port name={quoteattr(name)}/>"
        for tag, ports in (("input_port", node["inputs"]), ("output_port", node["outputs"])):
            for wired in ports if builtin is None else ():
                if _PORT_NAME.fullmatch(wired["port"]) and wired["port"] not in RESERVED:
                    name, type_ = quoteattr(wired["port"]), quoteattr(wired["type"])
                    yield f"      <{tag} name={name} type={type_}/>"
        yield f"    </{_element(node)}>"


def _element(node: Json) -> str:
    if node["category"] == "control" and not node["children"]:
        return "Action"
    if node["kind"] in ONE_CHILD:
        return "Decorator"
    return _ELEMENTS.get(node["category"], "Action")
