"""A loaded tree as text that other programs draw: Graphviz' DOT, and Mermaid."""

from __future__ import annotations

import html

from pregrasp.trees.drawing.labels import ACTION, CONDITION, CONTROL, TREE, signature
from pregrasp.trees.drawing.palette import FILLS, STROKES
from pregrasp.trees.drawing.view import EVERYTHING, DrawnNode, View
from pregrasp.trees.specification import Tree

_SHAPES = {CONTROL: "box", TREE: "tab", CONDITION: "ellipse", ACTION: "box"}
_BRACKETS = {CONTROL: "[]", TREE: "[[]]", CONDITION: "([])", ACTION: "()"}


def draw_dot(tree: Tree, view: View = EVERYTHING) -> str:
    """A loaded tree for Graphviz."""
    lines = [
        f"digraph {_quoted(tree.name)} {{",
        f"  label={_quoted(signature(tree))}; labelloc=t; ordering=out;",
        '  node [fontname="Helvetica", fontsize=11, style="filled,rounded"];',
        '  edge [fontname="Helvetica", fontsize=9, arrowsize=0.6];',
    ]
    nodes = list(view.of(tree).walk())
    for number, node in enumerate(nodes):
        category = node.texts.category
        style = f'shape={_SHAPES[category]}, fillcolor="{FILLS[category]}"'
        style += f', color="{STROKES[category]}"'
        lines.append(f"  n{number} [label={_quoted(chr(10).join(_words(node)))}, {style}];")
    for parent, number, arm in _edges(nodes):
        tip = f" [label={_quoted(arm)}]" if arm else ""
        lines.append(f"  n{parent} -> n{number}{tip};")
    return "\n".join([*lines, "}"]) + "\n"


def draw_mermaid(tree: Tree, view: View = EVERYTHING) -> str:
    """A loaded tree for Mermaid, which many wikis and code hosts draw."""
    lines = ["flowchart LR"]
    nodes = list(view.of(tree).walk())
    for number, node in enumerate(nodes):
        # Quotes and brackets would end the label: entities stand for them.
        shown = "<br/>".join(html.escape(word).replace("#", "#35;") for word in _words(node))
        brackets = _BRACKETS[node.texts.category]
        half = len(brackets) // 2
        text = f'{brackets[:half]}"{shown}"{brackets[half:]}'
        lines.append(f"  n{number}{text}:::{node.texts.category}")
    for parent, number, arm in _edges(nodes):
        tip = f'|"{html.escape(arm)}"|' if arm else ""
        lines.append(f"  n{parent} -->{tip} n{number}")
    for category, fill in FILLS.items():
        lines.append(f"  classDef {category} fill:{fill},stroke:{STROKES[category]},color:#1b1f24")
    return "\n".join(lines) + "\n"


def _words(node: DrawnNode) -> list[str]:
    return [f"{node.texts.sign} {node.texts.title}", *node.ports]


def _edges(nodes: list[DrawnNode]) -> list[tuple[int, int, str]]:
    """Numbers of parent and child, and the arm of the child, in the order of the children."""
    numbers = {id(node): number for number, node in enumerate(nodes)}
    return [
        (number, numbers[id(child)], child.texts.arm)
        for number, node in enumerate(nodes)
        for child in node.children
    ]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
