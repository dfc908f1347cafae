"""A loaded tree as text that other programs draw: Graphviz' DOT, and Mermaid."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping

from pregrasp.skills.ports import Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.drawing.labels import (
    ACTION,
    CONDITION,
    CONTROL,
    TREE,
    definitions,
    label,
    shown_children,
    signature,
)
from pregrasp.trees.drawing.palette import FILLS, STROKES
from pregrasp.trees.specification import NodeSpec, Tree

_SHAPES = {CONTROL: "box", TREE: "tab", CONDITION: "ellipse", ACTION: "box"}
_BRACKETS = {CONTROL: "[]", TREE: "[[]]", CONDITION: "([])", ACTION: "()"}


def draw_dot(
    tree: Tree,
    *,
    ports: bool = True,
    subtrees: bool = True,
    skills: Mapping[str, type[Skill]] | None = None,
) -> str:
    """A tree for Graphviz.

    Args:
        tree: A loaded tree.
        ports: Whether to show what each port is wired to.
        subtrees: Whether to open subtrees.
        skills: The skills that the tree was loaded with, if not the registered ones.
    """
    known = definitions(skills)
    lines = [
        f"digraph {_quoted(tree.name)} {{",
        f"  label={_quoted(signature(tree))}; labelloc=t; ordering=out;",
        '  node [fontname="Helvetica", fontsize=11, style="filled,rounded"];',
        '  edge [fontname="Helvetica", fontsize=9, arrowsize=0.6];',
    ]
    for node, arm, number, parent in _numbered(tree.root, subtrees):
        texts = label(node, "", known)
        words = [f"{texts.sign} {texts.title}", *(texts.ports if ports else ())]
        style = f'shape={_SHAPES[texts.category]}, fillcolor="{FILLS[texts.category]}"'
        style += f', color="{STROKES[texts.category]}"'
        lines.append(f"  n{number} [label={_quoted(chr(10).join(words))}, {style}];")
        if parent is not None:
            tip = f" [label={_quoted(arm)}]" if arm else ""
            lines.append(f"  n{parent} -> n{number}{tip};")
    return "\n".join([*lines, "}"]) + "\n"


def draw_mermaid(
    tree: Tree,
    *,
    ports: bool = True,
    subtrees: bool = True,
    skills: Mapping[str, type[Skill]] | None = None,
) -> str:
    """A tree for Mermaid, which many wikis and code hosts draw.

    Args:
        tree: A loaded tree.
        ports: Whether to show what each port is wired to.
        subtrees: Whether to open subtrees.
        skills: The skills that the tree was loaded with, if not the registered ones.
    """
    known: Mapping[str, type[Wired]] = definitions(skills)
    lines = ["flowchart LR"]
    for node, arm, number, parent in _numbered(tree.root, subtrees):
        texts = label(node, "", known)
        words = [f"{texts.sign} {texts.title}", *(texts.ports if ports else ())]
        # Quotes and brackets would end the label: entities stand for them.
        shown = "<br/>".join(html.escape(word).replace("#", "#35;") for word in words)
        brackets = _BRACKETS[texts.category]
        half = len(brackets) // 2
        lines.append(f'  n{number}{brackets[:half]}"{shown}"{brackets[half:]}:::{texts.category}')
        if parent is not None:
            tip = f'|"{html.escape(arm)}"|' if arm else ""
            lines.append(f"  n{parent} -->{tip} n{number}")
    for category, fill in FILLS.items():
        lines.append(f"  classDef {category} fill:{fill},stroke:{STROKES[category]},color:#1b1f24")
    return "\n".join(lines) + "\n"


def _numbered(root: NodeSpec, subtrees: bool) -> Iterator[tuple[NodeSpec, str, int, int | None]]:
    """Every node with its arm, its number and that of its parent, parents first."""
    waiting: list[tuple[NodeSpec, str, int | None]] = [(root, "", None)]
    number = 0
    while waiting:
        node, arm, parent = waiting.pop()
        yield node, arm, number, parent
        below = [(child, tip, number) for child, tip in shown_children(node, subtrees)]
        waiting += reversed(below)
        number += 1


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
